"""From the outbox into the source `tocsin.audit`: every event once, whatever process is killed when.

1. Choose: in one transaction, give every row that has none the next batch number.
2. Carry: append the batch to the table, the number with it as this reader's progress (Delta keeps both or
   none), then delete its rows.

Killed between the two halves of 2, the next turn sees by the table's progress that the batch is there, and
only deletes. Both steps hold the one row of `Carrier`, so that of several processes one carries at a time.
"""

import logging
import threading
from typing import Final

import orjson
from django.db import DatabaseError, close_old_connections, transaction

from tocsin.apps.audit.models import AuditRow, Carrier
from tocsin.apps.intake.models import Source
from tocsin.formats import json as json_format
from tocsin.kernel.clock import now
from tocsin.kernel.errors import StoreError
from tocsin.store.table import EventTable, Progress, Store

SOURCE: Final = "tocsin.audit"
READER: Final = "tocsin.audit.outbox"
MAX_ROWS: Final = 5_000
EVERY_S: Final = 0.5

log = logging.getLogger("tocsin.audit")


def drain(table: EventTable) -> int:
    """Carry what waits into ``table``; returns how many events were carried.

    Raises: StoreError, DatabaseError. Nothing is lost then; the next call goes on.
    """
    if not AuditRow.objects.exists():
        return 0
    _choose(table)
    return _carry(table)


def _choose(table: EventTable) -> None:
    with transaction.atomic():
        carrier = _hold_carrier()
        if AuditRow.objects.filter(batch__isnull=False).exists():
            return  # a batch that was begun goes first
        waiting = list(AuditRow.objects.order_by("pk").values_list("pk", flat=True)[:MAX_ROWS])
        # The table may be ahead of a database that was put back from a copy.
        carrier.batch = max(carrier.batch, table.progress(READER) or 0) + 1
        carrier.save(update_fields=["batch"])
        AuditRow.objects.filter(pk__in=waiting).update(batch=carrier.batch)


def _carry(table: EventTable) -> int:
    with transaction.atomic():
        number = _hold_carrier().batch
        contents = list(AuditRow.objects.filter(batch=number).order_by("pk").values_list("content", flat=True))
        if contents and (table.progress(READER) or 0) < number:
            parsed, _ = json_format.parse(b"\n".join(map(orjson.dumps, contents)), received_at=now())
            table.append(parsed, progress=[Progress(READER, number)])
        AuditRow.objects.filter(batch=number).delete()
    return len(contents)


def _hold_carrier() -> Carrier:
    return Carrier.objects.select_for_update().get_or_create(pk=1)[0]


def ensure_source() -> None:
    """The source that audit events are in, so that rules and pages know what it is."""
    Source.objects.get_or_create(
        name=SOURCE, defaults={"format": "json", "product": "tocsin", "category": "", "service": "audit"}
    )


def run(store: Store, stop: threading.Event) -> None:
    """Drain until ``stop``; what fails is logged and tried again."""
    ensure_source()
    table = store.table(SOURCE)
    while not stop.wait(EVERY_S):
        try:
            while drain(table):
                pass
        except (StoreError, DatabaseError) as error:
            log.error("audit events wait in the database: %s", error)
            close_old_connections()
