"""Event tables for the store's tests."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from tocsin.formats import SYSTEM_SCHEMA
from tocsin.store.table import EventTable

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def events(
    ids: Iterable[object],
    received_at: datetime = NOON,
    *,
    fields: dict[str, Sequence[str | None]] | None = None,
    error: str | None = None,
    is_encoded: bool = True,
) -> pa.Table:
    """One event for each of ``ids``, its time so many seconds after ``received_at`` as it stands in the row."""
    names = [str(each) for each in ids]
    rows = len(names)
    columns = {
        "_id": names,
        "_time": [received_at + timedelta(seconds=row) for row in range(rows)],
        "_received": [received_at] * rows,
        "_raw": [f"raw {name}" for name in names],
        "_error": [error] * rows,
        "_extra": [None] * rows,
    }
    table = pa.table(columns, schema=SYSTEM_SCHEMA)
    for name, values in (fields or {}).items():
        column = pa.array(values, pa.string())
        table = table.append_column(name, column.dictionary_encode() if is_encoded else column)
    return table


def read_ids(table: EventTable, after_version: int = -1) -> list[str]:
    """The `_id` of every event that a reader gets after ``after_version``, in its order."""
    return [each for commit in table.read(after_version, fields=()) for each in commit.table["_id"].to_pylist()]
