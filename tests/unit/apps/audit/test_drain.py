"""From the outbox into the store: every event once."""

from pathlib import Path

import pytest
from django.db import transaction

from tocsin.apps.audit import drain as work
from tocsin.apps.audit.drain import READER, SOURCE, drain, ensure_source
from tocsin.apps.audit.events import Event
from tocsin.apps.audit.models import AuditRow, Carrier
from tocsin.apps.audit.record import record
from tocsin.apps.intake.models import Source
from tocsin.kernel.errors import StoreError
from tocsin.store.table import EventTable, Store

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def table(tmp_path: Path) -> EventTable:
    """The audit table of an empty store."""
    return Store(str(tmp_path)).table(SOURCE)


def stored(table: EventTable) -> list[str]:
    """The actions in the table, in order."""
    return [action for commit in table.read(-1) for action in commit.table.column("event.action").to_pylist()]


def test_what_waits_is_carried_in_order_and_gone(table: EventTable) -> None:
    """With its own id and time."""
    record(Event.SIGNED_IN)
    record(Event.MUTE_MADE)
    content = AuditRow.objects.order_by("pk")[0].content
    assert drain(table) == 2
    assert stored(table) == ["session.started", "mute.made"]
    row = next(iter(table.read(-1))).table.slice(0, 1).to_pylist()[0]
    assert (row["_id"], row["_time"].isoformat()) == (content["_id"], content["@timestamp"])
    assert not AuditRow.objects.exists()
    assert drain(table) == 0


def test_a_process_killed_after_the_commit_carries_nothing_twice(
    table: EventTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table's progress says that the batch is there."""
    record(Event.SIGNED_IN)

    class Killed(BaseException):
        pass

    append = EventTable.append

    def append_and_die(self: EventTable, *args: object, **more: object) -> int:
        append(self, *args, **more)  # type: ignore[arg-type]
        raise Killed

    monkeypatch.setattr(EventTable, "append", append_and_die)
    with pytest.raises(Killed):
        drain(table)
    monkeypatch.undo()
    assert AuditRow.objects.count() == 1
    record(Event.SIGNED_OUT)
    while drain(table):
        pass
    assert stored(table) == ["session.started", "session.ended"]
    assert not AuditRow.objects.exists()


def test_a_store_out_of_reach_keeps_the_rows(table: EventTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """They go when it is back."""
    record(Event.SIGNED_IN)

    def fail(*_: object, **__: object) -> int:
        raise StoreError("the disk is full")

    monkeypatch.setattr(EventTable, "append", fail)
    with pytest.raises(StoreError):
        drain(table)
    assert AuditRow.objects.count() == 1
    monkeypatch.undo()
    assert drain(table) == 1
    assert stored(table) == ["session.started"]


def test_a_database_put_back_from_a_copy_loses_nothing(table: EventTable) -> None:
    """The table may have a higher batch than the database remembers; new events still come after it."""
    record(Event.SIGNED_IN)
    drain(table)
    Carrier.objects.all().delete()
    record(Event.SIGNED_OUT)
    assert drain(table) == 1
    assert stored(table) == ["session.started", "session.ended"]
    assert table.progress(READER) == 2


def test_a_row_that_comes_while_a_batch_is_carried_waits(table: EventTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not deleted with the batch."""
    record(Event.SIGNED_IN)
    append = EventTable.append

    def append_slowly(self: EventTable, *args: object, **more: object) -> int:
        with transaction.atomic():
            record(Event.MUTE_MADE)
        return append(self, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(EventTable, "append", append_slowly)
    assert drain(table) == 1
    monkeypatch.undo()
    assert drain(table) == 1
    assert stored(table) == ["session.started", "mute.made"]


def test_a_long_queue_goes_in_batches(table: EventTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is bounded."""
    monkeypatch.setattr(work, "MAX_ROWS", 2)
    for _ in range(5):
        record(Event.SIGNED_IN)
    assert [drain(table) for _ in range(4)] == [2, 2, 1, 0]
    assert len(stored(table)) == 5


def test_the_source_says_what_it_is() -> None:
    """So that rules for `product: tocsin, service: audit` look at it."""
    ensure_source()
    ensure_source()
    source = Source.objects.get(name=SOURCE)
    assert (source.product, source.service, source.format) == ("tocsin", "audit", "json")
