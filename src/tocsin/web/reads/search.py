"""Search: a page of records, their counts over time, their fields, and what comes in."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final

import orjson
from django.conf import settings

from tocsin.engine.fields import read_list
from tocsin.formats import REJECTED
from tocsin.kernel.clock import from_us, now, to_us
from tocsin.kernel.errors import StoreError, TocsinError
from tocsin.search import tail
from tocsin.search.find import SOURCE, find
from tocsin.search.histogram import extent, histogram
from tocsin.search.toplist import FieldList, Toplist, list_fields, top_values
from tocsin.search.walk import Tables
from tocsin.search.write import write_condition
from tocsin.store.columns import SYSTEM
from tocsin.store.table import EventTable, Store
from tocsin.web.asked_search import Asked
from tocsin.web.plots import Plot, Series

PAGE_SIZE: Final = 50
TAIL_SIZE: Final = 50
AT_ONCE: Final = 4
"""Searches that run at a time in this process, each with a row group in memory."""
_PATIENCE_S: Final = 15
_SUMMARY_FIELDS: Final = 8
_TIMES: Final = frozenset({"@timestamp", "time", "timestamp", "eventTime"})
"""Fields that a summary leaves out: the record's moment stands beside it."""
_TELLING: Final = ("message", "msg", "text", "event.action", "action", "eventName")
_slots = threading.BoundedSemaphore(AT_ONCE)


class BusyError(TocsinError):
    """Too many searches at once."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A field's value, or a column's where the record has none (``value`` None)."""

    name: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Row:
    """One record found.

    Attributes:
        error: why it could not be read, or a note on it.
        cells: the chosen columns; without any, the first fields that it has.
    """

    source: str
    id: str
    at: datetime
    error: str
    is_rejected: bool
    raw: str
    cells: tuple[Cell, ...]

    @property
    def at_us(self) -> int:
        """Its moment, in microseconds since 1970."""
        return to_us(self.at)


@dataclass(frozen=True, slots=True)
class SearchPage:
    """A page of records.

    Attributes:
        next: the address of the next page; empty where there is none.
        reached_at: everything newer was searched, and time was over; None: all was.
        took_ms: what the search took.
    """

    rows: tuple[Row, ...]
    next: str
    reached_at: datetime | None
    took_ms: int


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the histogram, and the search of its time alone."""

    at: datetime
    count: int
    address: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Records over time.

    Attributes:
        total: all of them.
        plot: None where there is nothing.
        bars: those that are not empty.
        reached_at: as in `SearchPage`.
    """

    total: int
    plot: Plot | None
    bars: tuple[Bar, ...]
    reached_at: datetime | None


@dataclass(frozen=True, slots=True)
class Value:
    """A value, how often it was there, and the searches for it and without it; empty where none can be written."""

    text: str
    count: int
    include: str
    exclude: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the found records; ``toggle``: the search with its column shown, or not any more."""

    name: str
    records: int
    distinct: int
    values: tuple[Value, ...]
    is_column: bool
    toggle: str


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of the newest records found; of one field, its values over all (``exact`` if every record was)."""

    fields: tuple[Field, ...]
    sampled: int
    is_all: bool


@dataclass(frozen=True, slots=True)
class Tail:
    """What came since, newest first, and the address to ask at next."""

    asked: Asked
    rows: tuple[Row, ...]
    next: str
    skipped: int


@contextmanager
def slot() -> Iterator[None]:
    """Wait for one of the searches that run to end, where there are too many.

    Raises: BusyError.
    """
    if not _slots.acquire(timeout=_PATIENCE_S):
        raise BusyError(f"{AT_ONCE} searches are running already; try again in a moment")
    try:
        yield
    finally:
        _slots.release()


@lru_cache(maxsize=1)
def _store(uri: str) -> Store:
    return Store(uri)


def store() -> Store:
    """The event store."""
    return _store(settings.TOCSIN_OPTIONS.events_uri)


def known_sources() -> tuple[str, ...]:
    """The sources that have sent something; none where the store does not answer."""
    try:
        return tuple(store().sources())
    except StoreError:
        return ()


def tables(asked: Asked) -> dict[str, EventTable]:
    """The tables to search; a source that there is not (any more) is left out.

    Raises: StoreError.
    """
    known = store().sources()
    return {name: store().table(name) for name in known if not asked.sources or name in asked.sources}


def read_search(asked: Asked) -> SearchPage:
    """Read a page.

    Raises: QueryError; StoreError; BusyError.
    """
    at = now()
    node, cursor = asked.node(at), asked.cursor()
    with slot():
        page = find(tables(asked), node, PAGE_SIZE, after=cursor)
    rows = tuple(_row(row, asked) for row in page.rows.to_pylist())
    following = replace(asked, after=str(page.next)).address if page.next else ""
    reached = None if page.reached_us is None else from_us(page.reached_us)
    return SearchPage(rows, following, reached, round(page.took_s * 1000))


def read_counts(asked: Asked, zoom: str) -> Counts:
    """Count the records over time; ``zoom`` is the page that a bar leads to.

    Raises: QueryError; StoreError; BusyError.
    """
    at = now()
    node = asked.node(at)
    found = tables(asked)
    with slot():
        low, high = _span(found, asked, at)
        counted = histogram(found, node, low, high)
    moments = [from_us(counted.start_us + place * counted.width_us) for place in range(len(counted.counts))]
    width = timedelta(microseconds=counted.width_us)
    bars = tuple(
        Bar(moment, count, zoom + _within(asked, moment, width))
        for moment, count in zip(moments, counted.counts, strict=True)
        if count
    )
    words = f"{counted.total:,} records over time"
    series = (Series("records", "accent", counted.counts),)
    plot = Plot(words, moments, series, zoom + replace(asked, after="").address) if counted.total else None
    return Counts(counted.total, plot, bars, None if counted.reached_us is None else from_us(counted.reached_us))


def read_fields(asked: Asked, page: str) -> Fields:
    """The fields of the records found; links lead to ``page``.

    Raises: QueryError; StoreError; BusyError.
    """
    with slot():
        found: FieldList = list_fields(tables(asked), asked.node(now()))
    fields = tuple(
        Field(
            field.name,
            field.records,
            field.distinct,
            tuple(_value(asked, page, field.name, *each) for each in field.top),
            field.name in asked.columns,
            page + _toggled(asked, field.name).address,
        )
        for field in found.fields
    )
    return Fields(fields, found.sampled, found.is_all)


def read_values(asked: Asked, page: str, name: str) -> tuple[Toplist, tuple[Value, ...]]:
    """The most frequent values of one field over all records found.

    Raises: QueryError; StoreError; BusyError.
    """
    with slot():
        found = top_values(tables(asked), asked.node(now()), name)
    return found, tuple(_value(asked, page, name, *each) for each in found.top)


def read_tail(asked: Asked, since: str) -> Tail:
    """What came since ``since``, the end of an earlier tail; from now on where that is empty.

    Raises: QueryError; StoreError; BusyError.
    """
    found = tables(asked)
    node = replace(asked, window="all", from_s=None, to_s=None).node(now())
    with slot():
        versions = _read_versions(since)
        came = tail.follow(found, node, versions if versions is not None else tail.start(found), TAIL_SIZE)
    rows = tuple(_row(row, asked) for row in came.rows.to_pylist())
    return Tail(asked, rows, ",".join(f"{name}:{version}" for name, version in came.versions.items()), came.skipped)


def fields_of(row: dict[str, Any]) -> dict[str, str]:
    """The fields that a record has, those in `_extra` too."""
    fields = {name: value for name, value in row.items() if name not in SYSTEM and name != SOURCE and value is not None}
    extra = orjson.loads(row["_extra"]) if row["_extra"] else {}
    for name, value in extra.items():
        fields.setdefault(name, value if isinstance(value, str) else orjson.dumps(value).decode())
    return fields


def filters(asked: Asked, page: str, name: str, value: str) -> tuple[str, str]:
    """The addresses of the search for a value and of that without it; empty where no query can say it."""
    is_list = value.startswith("[") and read_list(value) is not None
    condition = None if is_list else write_condition(name, value)
    if condition is None:
        return "", ""
    include, exclude = asked.narrowed(condition), asked.narrowed(condition, is_negated=True)
    return page + include.address, page + exclude.address


def _row(row: dict[str, Any], asked: Asked) -> Row:
    fields = fields_of(row)
    if asked.columns:
        cells = [Cell(name, fields.get(name, _system(row, name))) for name in asked.columns]
    else:
        first = [name for name in _TELLING if name in fields]
        names = [*first, *(name for name in fields if name not in first and name not in _TIMES)]
        cells = [Cell(name, fields[name]) for name in names[:_SUMMARY_FIELDS]]
    error = row["_error"] or ""
    return Row(row[SOURCE], row["_id"], row["_time"], error, error.startswith(REJECTED), row["_raw"], tuple(cells))


def _system(row: dict[str, Any], name: str) -> str | None:
    value = row.get(name) if name in SYSTEM or name == SOURCE else None
    return value.isoformat() if isinstance(value, datetime) else value


def _value(asked: Asked, page: str, name: str, text: str, count: int) -> Value:
    return Value(text, count, *filters(asked, page, name, text))


def _toggled(asked: Asked, name: str) -> Asked:
    if name in asked.columns:
        return asked.with_columns([each for each in asked.columns if each != name])
    return asked.with_columns([*asked.columns, name])


def _span(found: Tables, asked: Asked, at: datetime) -> tuple[int, int]:
    """From when to when a histogram goes: as asked, and where that has no end, as far as there are records."""
    low, high = asked.bounds(at)
    first, last = (None, None) if low is not None and asked.is_absolute and high is not None else _extent(found)
    low = low if low is not None else (first if first is not None else to_us(at))
    if high is None:
        high = max(to_us(at), last or 0) if not asked.is_absolute or last is None else last
    return min(low, high), high


def _extent(found: Tables) -> tuple[int | None, int | None]:
    return extent(found) or (None, None)


def _within(asked: Asked, moment: datetime, width: timedelta) -> str:
    start = int(moment.timestamp())
    return replace(asked, from_s=start, to_s=start + int(width.total_seconds()) - 1, after="").address


def _read_versions(text: str) -> dict[str, int] | None:
    if not text:
        return None
    pairs = (each.rpartition(":") for each in text.split(","))
    return {
        name: int(version)
        for name, _, version in pairs
        if version.isascii() and version.isdigit() and len(version) < 16
    }
