"""A store, rules, a source and a detector for the tests of detection: all real, on one folder and one database."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
from django.db import connection

from tocsin.apps.alerts.models import Alert, State
from tocsin.apps.detect.detector import Detector
from tocsin.apps.intake.models import Source
from tocsin.apps.notify.models import Delivery
from tocsin.formats import load_format
from tocsin.rules.folders import RuleFolders
from tocsin.store.table import Store

START = datetime(2026, 1, 1, tzinfo=UTC)
LATENESS_S = 3600
RECEIVED_AT = START + timedelta(hours=1)

RULES = """\
title: Failed sign-in
id: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b01
name: failed
logsource: {product: app}
detection:
  selection: {action: failed}
  condition: selection
---
title: Guessing
id: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b02
correlation:
  type: event_count
  rules: [failed]
  group-by: [ip]
  timespan: 1m
  condition: {gte: 3}
level: high
---
title: Spraying
id: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b03
correlation:
  type: value_count
  rules: [failed]
  group-by: [ip]
  timespan: 1m
  condition: {field: user, gte: 2}
level: medium
---
title: Admin made
id: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b04
logsource: {product: app}
detection:
  selection: {action: admin}
  condition: selection
level: critical
tocsin:
  group-by: [user]
"""


def event(second: float, action: str = "failed", **fields: Any) -> dict[str, Any]:
    """One event at ``second`` after `START`; the same arguments make the same `_id`."""
    body = {"action": action, "ip": "203.0.113.9", "user": "ann", **fields}
    at = (START + timedelta(seconds=second)).isoformat()
    return {"_id": fields.pop("_id", f"{second}-{body['action']}-{body['ip']}-{body['user']}"), "time": at, **body}


BURST = [event(second) for second in (0, 10, 20, 30)]


def table_of(
    records: Iterable[dict[str, Any] | bytes], received_at: datetime | None = None, format: str = "json"
) -> pa.Table:
    """``records`` as their format reads them; bytes are taken as they are. Received an hour after `START`."""
    lines = [record if isinstance(record, bytes) else orjson.dumps(record) for record in records]
    table, _ = load_format(format).parse(b"\n".join(lines), received_at=received_at or RECEIVED_AT)
    return table


@dataclass
class Bench:
    """One folder with a store and rules."""

    folder: Path
    rules: str = RULES
    store: Store = field(init=False)
    rule_folder: Path = field(init=False)

    def __post_init__(self) -> None:
        self.store = Store(str(self.folder / "events"), is_synced=False)
        self.rule_folder = self.folder / "rules"
        self.rule_folder.mkdir(exist_ok=True)
        (self.rule_folder / "app.yml").write_text(self.rules)

    def add_source(self, name: str = "app", **fields: Any) -> Source:
        """A source of JSON from an application."""
        return Source.objects.create(name=name, **{"format": "json", "product": "app", **fields})

    def send(self, *records: dict[str, Any] | bytes, source: str = "app", received_at: datetime | None = None) -> int:
        """Append ``records`` as one commit; returns its version."""
        return self.store.table(source).append(table_of(records, received_at))

    def detector(self, lateness_s: int = LATENESS_S) -> Detector:
        """A detector that has not begun."""
        return Detector(self.store, RuleFolders((self.rule_folder,)), lateness_s)

    def detect(self) -> Detector:
        """A new detector, run until nothing is left."""
        return finish(self.detector())


def finish(detector: Detector) -> Detector:
    """Pass after pass until nothing is left. What a process has to wait for is due at once here."""
    detector._checked_at = float("-inf")
    while detector.run_pass():
        pass
    return detector


def alerts() -> list[tuple[Any, ...]]:
    """(title, group, first, last, count, events, state) of every alert that was not merged."""
    fields = ("rule_title", "group", "first_at", "last_at", "count", "events", "state")
    rows = Alert.objects.exclude(state=State.MERGED).values_list(*fields)
    return sorted(((title, sorted(group.items()), *rest) for title, group, *rest in rows), key=repr)


def told() -> list[tuple[str, str]]:
    """(rule, occasion) of every delivery, whatever became of it."""
    return sorted(Delivery.objects.values_list("alert__rule_title", "occasion"))


class Crash(BaseException):
    """A process that is killed: nothing catches it."""


class CrashAt:
    """Kills before the ``number``-th statement to the database."""

    def __init__(self, number: int) -> None:
        self.left = number
        self.has_crashed = False

    def __call__(
        self, execute: Callable[..., Any], sql: str, parameters: Sequence[Any], many: bool, context: Any
    ) -> Any:
        """Pass one statement on, or not."""
        self.left -= 1
        if self.left == 0:
            self.has_crashed = True
            raise Crash
        return execute(sql, parameters, many, context)


def run_with_crash(bench: Bench, crash: CrashAt) -> None:
    """Detect everything, with ``crash`` on the way and a new process after it."""
    try:
        with connection.execute_wrapper(crash):
            bench.detect()
    except Crash:
        connection.connection.rollback()  # what the database does when a client dies
        bench.detect()


def wipe() -> None:
    """Forget everything that detection wrote."""
    from tocsin.apps.detect.models import Checkpoint, HistorySegment, Lease, WindowSegment
    from tocsin.apps.intake.models import RejectedRecord, SourceMinute

    for model in (Delivery, Alert, Checkpoint, Lease, WindowSegment, HistorySegment, RejectedRecord, SourceMinute):
        model.objects.all().delete()
