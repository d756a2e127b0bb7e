"""What the tests of search share: tables of a few events, and what a query finds in them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pyarrow as pa

from tocsin.formats import SYSTEM_SCHEMA
from tocsin.search.find import find
from tocsin.search.judge import Judge
from tocsin.search.parse import parse
from tocsin.store.table import EventTable, Store

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
Event = Mapping[str, str | None]


def rows(events: Sequence[Event], first: int = 0) -> pa.Table:
    """Events as a format gives them: one a second from `NOW`, `_id` its number, system columns as given or usual."""
    columns: dict[str, list[object]] = {
        "_id": [event.get("_id") or f"{first + place:04}" for place, event in enumerate(events)],
        "_time": [NOW + timedelta(seconds=first + place) for place in range(len(events))],
        "_received": [NOW] * len(events),
        "_raw": [event.get("_raw") or "raw" for event in events],
        "_error": [event.get("_error") for event in events],
        "_extra": [event.get("_extra") for event in events],
    }
    table = pa.table(columns, schema=SYSTEM_SCHEMA)
    for name in sorted({name for event in events for name in event} - set(SYSTEM_SCHEMA.names)):
        column = pa.array([event.get(name) for event in events], pa.string())
        table = table.append_column(name, column.dictionary_encode())
    return table


def found(query: str, *events: Event, source: str = "web") -> list[int]:
    """The places of those of ``events`` that ``query`` finds."""
    places: list[int] = Judge(parse(query, now=NOW)).holds(rows(events), source).nonzero()[0].tolist()
    return places


def table_of(folder: object, *batches: Sequence[Event], source: str = "web") -> EventTable:
    """A table with one commit for each of ``batches``."""
    table = Store(str(folder), is_synced=False).table(source)
    first = 0
    for batch in batches:
        table.append(rows(batch, first))
        first += len(batch)
    return table


def ids(tables: Mapping[str, EventTable], query: str, limit: int = 50) -> list[str]:
    """The ids of the first page that ``query`` finds."""
    names: list[str] = find(tables, parse(query, now=NOW), limit).rows["_id"].to_pylist()
    return names
