"""One source's events: a Delta table that several processes append to and follow at once.

An append
1. finds a column for each field, and widens the table's schema where one is new;
2. writes one Parquet file a day of receipt, and makes it durable;
3. commits the files as one new version, and makes its log entry durable.

A reader opens the log entries after the version it knows, one by one. Whoever finds no next entry has
paid for two small reads, and needs no listing.
"""

import re
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from deltalake.exceptions import TableNotFoundError
from deltalake.transaction import AddAction

from tocsin.kernel.errors import StoreError
from tocsin.store import columns, log
from tocsin.store.columns import DAY, SYSTEM
from tocsin.store.delta import Delta
from tocsin.store.faults import STORAGE_ERRORS, explained
from tocsin.store.parquet import concat, conform, file_schema, read_file, write_file
from tocsin.store.place import Place

_ENCODED: Final = re.compile(r"%[0-9A-Fa-f]{2}")
_SOURCE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")


@dataclass(frozen=True, slots=True)
class Progress:
    """A follower's place in what it follows, committed with the records up to there."""

    reader: str
    offset: int


@dataclass(frozen=True, slots=True)
class Commit:
    """The rows of one version: `SYSTEM_SCHEMA`, then fields as dictionaries; a field that no row has is absent."""

    version: int
    table: pa.Table


class Store:
    """All event tables.

    Args:
        uri: a folder's path or a bucket URL; each source is a folder in it.
        storage_options: how to reach the bucket, as delta-rs takes it.
        is_synced: whether a local append is flushed to the disk before it returns.
    Raises: StoreError for a path like ``a%20b``: delta-rs would write to it, and read from ``a b``.
    """

    def __init__(self, uri: str, *, storage_options: Mapping[str, str] | None = None, is_synced: bool = True) -> None:
        if found := _ENCODED.search(uri):
            raise StoreError(f"events cannot be kept in {uri}: choose a path without '{found[0]}'")
        self._place = Place(uri, storage_options, is_synced=is_synced)
        self._found: set[str] = set()

    def sources(self) -> list[str]:
        """The sources that have a table.

        Cost: one listing, and one more for each source that was not found before.
        Raises: StoreError.
        """
        with explained(self._place.uri):
            names = [name for name in self._place.folders() if _SOURCE.match(name)]
        found = [name for name in names if name in self._found or self.table(name).version() >= 0]
        self._found = set(found)
        return found

    def table(self, source: str) -> "EventTable":
        """The table of ``source``, which its first append makes.

        Raises: StoreError if ``source`` cannot be a folder's name.
        """
        if not _SOURCE.match(source):
            raise StoreError(f"'{source}' cannot be a source's name; use letters, digits, '.', '_' and '-'")
        return EventTable(self._place / source)


class EventTable:
    """One source's events. Threads may share it; each process has its own.

    Attributes:
        place: where its files are.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._lock = threading.Lock()
        self._delta = Delta(place)
        self._seen = -1

    def append(self, table: pa.Table, *, progress: Sequence[Progress] = ()) -> int:
        """Add the rows of ``table`` (`SYSTEM_SCHEMA`, then text columns) as one version.

        Args:
            progress: committed with the rows; of one reader, the last counts.
        Returns: the version; it is durable.
        Raises: StoreError. Nothing was added then, unless it is an UncertainCommitError.
        """
        if not table.num_rows and not progress:
            return self.version()
        with self._lock, explained(self.place.uri):
            fitted = self._fit(table)
            written: list[AddAction] = []
            try:
                for day, part in _by_day(fitted):
                    written.append(write_file(self.place, day, part.schema, [part]))
                return self._delta.commit(written, {each.reader: each.offset for each in progress})
            except STORAGE_ERRORS:
                self._discard(written)
                raise

    def read(self, after_version: int, *, fields: Collection[str] | None = None) -> Iterator[Commit]:
        """The commits after ``after_version`` that added rows, in order, to the newest.

        What compaction, retention and other rewriting did is passed over.

        Args:
            fields: the fields to read beside the system columns, wherever they are kept, whatever the case
                of their names; None: all columns.
        Raises: StoreError; LogGapError if ``after_version`` is too far back to follow.
        """
        entries = log.entries(self.place, after_version)
        while True:
            with explained(self.place.uri):
                entry = next(entries, None)
                if entry is None:
                    return
                commit = self._read_entry(entry, fields) if entry.added else None
            if commit is not None:
                yield commit

    def version(self) -> int:
        """The newest version; -1 where there is no table yet.

        Cost: one listing the first time, then one small read for each new version and two more.
        Raises: StoreError.
        """
        with explained(self.place.uri):
            seen = self._seen if self._seen >= 0 else max(log.versions_modified(self.place), default=-1)
            if seen >= 0:
                seen = max(seen, log.checkpoint_version(self.place))
                while self.place.read(log.entry_path(seen + 1)) is not None:
                    seen += 1
            self._seen = seen
            return seen

    def progress(self, reader: str) -> int | None:
        """The offset that ``reader`` committed last; None if it never did.

        Raises: StoreError.
        """
        with self._lock, explained(self.place.uri):
            try:
                found: int | None = self._delta.load().transaction_version(reader)
            except TableNotFoundError:
                return None
            return found

    def columns(self) -> tuple[str, ...]:
        """The system columns and the fields that have a column, in the order they came; none before the first append.

        Raises: StoreError.
        """
        with self._lock, explained(self.place.uri):
            return tuple(columns.unescape(name) for name in self._delta.column_names() if name != DAY)

    def snapshot(self) -> DeltaTable:
        """The table as it is now, for `search` and `upkeep`.

        Raises: TableNotFoundError where there is no table yet; whatever the storage raises.
        """
        return DeltaTable(self.place.uri, storage_options=self.place.options)

    def _fit(self, table: pa.Table) -> pa.Table:
        """``table`` as it is stored: only filled columns, by their columns' names, the surplus in `_extra`."""
        fields = columns.filled_fields(table)
        found = self._delta.widen(fields)
        moved = columns.move_to_extra(table, found.surplus)
        kept = [name for name in moved.column_names if name in SYSTEM or name in found.columns]
        filled = [name for name in kept if name not in columns.OPTIONAL or moved[name].null_count < moved.num_rows]
        names = [found.columns.get(name, name) for name in filled]
        return conform(moved.select(filled).rename_columns(names), file_schema(names)).unify_dictionaries()

    def _read_entry(self, entry: log.Entry, fields: Collection[str] | None) -> Commit:
        # A reader never acts on what a power cut could still take back.
        self.place.sync(log.entry_path(entry.version))
        table = concat([read_file(self.place, path, fields) for path in entry.added])
        return Commit(entry.version, table if fields is None else columns.fill_from_extra(table, fields))

    def _discard(self, written: Sequence[AddAction]) -> None:
        """Remove files that no version refers to. What cannot be removed now, `upkeep.sweep` finds later."""
        for action in written:
            try:
                self.place.remove(action.path)
            except STORAGE_ERRORS:
                return


def _by_day(table: pa.Table) -> Iterator[tuple[str, pa.Table]]:
    """``table`` by the day of receipt (UTC), as ``2026-01-31``; in nearly every case there is one."""
    days = table.column("_received").cast(pa.timestamp("us")).cast(pa.date32())
    distinct = days.unique().to_pylist()
    for day in distinct:
        yield str(day), table if len(distinct) == 1 else table.filter(pc.equal(days, day))
