"""Walk: the rows that a query finds, row group by row group, the newest first, and nothing read that need not be.

1. The Delta log says of each file which moments and ids are in it; what may hold something waits, newest first.
2. The first that waits is taken. A file gives way to its row groups, as far as their statistics and sketches allow.
3. Of a row group, the columns that the query looks at are read, and the engine judges them.
4. Whoever walks stops when nothing that waits can matter to it any more, or when its time is over.
"""

import heapq
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake.exceptions import TableNotFoundError

from tocsin.formats import SYSTEM_SCHEMA
from tocsin.kernel.clock import to_us
from tocsin.kernel.errors import StoreError
from tocsin.search.judge import Judge
from tocsin.search.pruning import Content, may_hold
from tocsin.search.tree import MOMENT_COLUMNS, Node
from tocsin.store.faults import explained
from tocsin.store.parquet import open_file, pick_columns, read_sketches, restore
from tocsin.store.table import EventTable

_MILLISECOND: Final = timedelta(milliseconds=1)
_FOR_EVER_US: Final = to_us(datetime.max.replace(tzinfo=UTC))

_BLANKS: Final = {
    name: pa.scalar("", pa.string()) if name in {"_id", "_raw"} else pa.scalar(0, pa.timestamp("us", tz="UTC"))
    for name in ("_id", "_time", "_received", "_raw")
}
"""What stands for a column that nobody asked for; to read `_id` and `_raw` costs more than all fields."""

Tables = Mapping[str, EventTable]
"""The tables to search, by the names of their sources."""


@dataclass(frozen=True, slots=True)
class Piece:
    """What was found in one row group.

    Attributes:
        rows: the found rows: system columns (those nobody asked for blank) and the fields read.
        places: their places in the row group.
    """

    source: str
    path: str
    group: int
    rows: pa.Table
    places: np.ndarray[Any, np.dtype[np.int64]]


@dataclass(order=True, slots=True)
class _Part:
    """A file, or a row group of one, that may hold something; ``newest_us`` (negated): no row in it is newer."""

    older_us: int
    source: str
    path: str
    group: int = -1
    opened: "_Open | None" = field(default=None, compare=False)


@dataclass(slots=True)
class _Open:
    """An open file, and how many of its row groups still wait."""

    file: pq.ParquetFile
    waiting: int = 0


@dataclass(slots=True)
class Effort:
    """What a walk did, for the reader of its result."""

    groups_read: int = 0
    groups_passed_over: int = 0
    rows_read: int = 0


class Walk:
    """One query over some tables.

    Args:
        fields: fields to read beside those that the query looks at; None: all.
        system: columns of the collector that are wanted of the found rows; the others may come as blanks.
        seconds: after so much time the walk ends; None: never.
        is_needed: given the moment (µs) that no waiting row is newer than, whether it is worth going on.

    Attributes:
        reached_us: no row newer than this was left out; None where the walk came to its end.
    """

    def __init__(
        self,
        tables: Tables,
        node: Node,
        *,
        fields: Collection[str] | None = (),
        system: Collection[str] = ("_id", "_time"),
        seconds: float | None = None,
        is_needed: Callable[[int], bool] = lambda _: True,
    ) -> None:
        self._tables, self._node = tables, node
        self._judge = Judge(node)
        wanted = None if fields is None or self._judge.fields is None else {*fields, *self._judge.fields}
        self._fields, self._system = wanted, {*system, *self._judge.system}
        self._ends_at = None if seconds is None else time.monotonic() + seconds
        self._is_needed = is_needed
        self.reached_us: int | None = None
        self.effort = Effort()

    def __iter__(self) -> Iterator[Piece]:
        """Raises: StoreError."""
        parts = [part for source in self._tables for part in self._files(source)]
        heapq.heapify(parts)
        try:
            yield from self._take(parts)
        finally:
            for part in parts:
                if part.opened:
                    part.opened.file.close(force=True)

    def _take(self, parts: list[_Part]) -> Iterator[Piece]:
        while parts:
            if not self._is_needed(-parts[0].older_us):
                return
            if self._ends_at is not None and time.monotonic() > self._ends_at:
                self.reached_us = -parts[0].older_us
                return
            part = heapq.heappop(parts)
            with self._explained(part):
                if part.opened is None:
                    for group in self._groups(part):
                        heapq.heappush(parts, group)
                    continue
                piece = self._read(part, part.opened)
            if piece.rows.num_rows:
                yield piece

    @contextmanager
    def _explained(self, part: _Part) -> Iterator[None]:
        uri = self._tables[part.source].place.uri
        try:
            with explained(uri):
                yield
        except pa.ArrowInvalid as error:
            raise StoreError(
                f"the file {part.path} of {uri} is damaged ({str(error)[:200]}); "
                "restore it, or search times and sources that it is not of"
            ) from error

    def _files(self, source: str) -> Iterator[_Part]:
        table = self._tables[source]
        with explained(table.place.uri):
            try:
                files = pa.table(table.snapshot().get_add_actions(flatten=True)).to_pylist()
            except TableNotFoundError:
                return
        for file in files:
            content = _content_of_file(source, file)
            if may_hold(self._node, content):
                yield _Part(-_newest(content), source, file["path"])
            else:
                self.effort.groups_passed_over += 1

    def _groups(self, part: _Part) -> Iterator[_Part]:
        """The row groups of a file that may hold something."""
        place = self._tables[part.source].place
        try:
            file = open_file(place, part.path)
        except FileNotFoundError:  # retention took it, and it was not part of the table any more
            return
        sketches = read_sketches(place, part.path, file)
        opened = _Open(file)
        found = []
        for group in range(file.metadata.num_row_groups):
            content = _content_of_group(part.source, file, group, sketches)
            if may_hold(self._node, content):
                found.append(_Part(-min(-part.older_us, _newest(content)), part.source, part.path, group, opened))
            else:
                self.effort.groups_passed_over += 1
        opened.waiting = len(found)
        if not found:
            file.close(force=True)
        yield from found

    def _read(self, part: _Part, opened: _Open) -> Piece:
        file = opened.file
        has_raw = "_raw" in self._system or (self._judge.has_words and "_error" in file.schema_arrow.names)
        blank = {name: value for name, value in _BLANKS.items() if name not in self._system}
        if has_raw:
            blank.pop("_raw", None)
        names = [name for name in pick_columns(file, self._fields) if name not in blank]
        read = file.read_row_group(part.group, columns=names).select(names)
        for name, value in blank.items():
            read = read.append_column(SYSTEM_SCHEMA.field(name), pa.repeat(value, read.num_rows))
        rows = restore(read)
        opened.waiting -= 1
        if not opened.waiting:
            file.close(force=True)
        self.effort.groups_read += 1
        self.effort.rows_read += rows.num_rows
        places = np.flatnonzero(self._judge.holds(rows, part.source))
        found = rows if len(places) == rows.num_rows else rows.take(pa.array(places))
        return Piece(part.source, part.path, part.group, found, places)


def _newest(content: Content) -> int:
    return content.moments.get("_time", (0, _FOR_EVER_US))[1]


def _content_of_file(source: str, file: dict[str, Any]) -> Content:
    """What the log says of a file."""
    moments = {}
    for name in MOMENT_COLUMNS:
        low, high = file.get(f"min.{name}"), file.get(f"max.{name}")
        if low is not None and high is not None:
            # Other writers cut milliseconds off.
            moments[name] = (to_us(_aware(low)), to_us(_aware(high) + _MILLISECOND))
    ids = (file.get("min._id"), file.get("max._id"))
    return Content(source, moments, ids if None not in ids else None)  # type: ignore[arg-type]


def _content_of_group(source: str, file: pq.ParquetFile, group: int, sketches: list[memoryview] | None) -> Content:
    """What the footer of ``file``, and its sketch, say of a row group."""
    metadata, names = file.metadata.row_group(group), file.schema_arrow.names
    moments = {}
    for name in MOMENT_COLUMNS:
        stats = metadata.column(names.index(name)).statistics
        if stats is not None and stats.has_min_max:
            moments[name] = (to_us(_aware(stats.min)), to_us(_aware(stats.max)))
    stats = metadata.column(names.index("_id")).statistics
    ids = (stats.min, stats.max) if stats is not None and stats.has_min_max else None
    sketch = np.frombuffer(sketches[group], np.uint8) if sketches else None
    return Content(source, moments, ids, sketch)


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def no_rows() -> pa.Table:
    """An empty result."""
    return SYSTEM_SCHEMA.empty_table()
