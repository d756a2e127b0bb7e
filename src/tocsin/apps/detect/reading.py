"""What the store has that the detector has not: per source, the commits after the checkpoint, as one table."""

import logging
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from tocsin.kernel.errors import StoreError
from tocsin.store import log as delta_log
from tocsin.store.faults import explained
from tocsin.store.log import LogGapError
from tocsin.store.table import Commit, EventTable, Store

log = logging.getLogger("tocsin.detect")

MAX_ROWS = 32_768
MAX_BYTES = 48 * 1024 * 1024
"""What one pass holds of all sources together; a commit is never split, so it may hold one commit more."""

RETRY_S = 2.0
"""A source that could not be read is left alone for this long."""

# A damaged file raises what pyarrow raises for wrong values; the store explains what storage raises.
_UNREADABLE = (StoreError, pa.ArrowException)


@dataclass(frozen=True, slots=True)
class Reading:
    """The news of one source.

    Attributes:
        version: the newest table version in it.
        newest_us: the newest event time, in microseconds; a clock that runs ahead counts as the time of receipt.
        received_us: the newest time of receipt. first_received_us: the oldest one.
    """

    source: str
    version: int
    table: pa.Table
    newest_us: int
    received_us: int
    first_received_us: int


class Reader:
    """Reads every table of the store from its checkpoint on.

    Attributes:
        behind: the sources of which more may be there than the last `read` gave.
        unreadable: source → why it could not be read. The others go on without it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tables: dict[str, EventTable] = {}
        self._retry_at: dict[str, float] = {}
        self.behind: set[str] = set()
        self.unreadable: dict[str, str] = {}

    def find_tables(self) -> None:
        """Look for tables that are new, and forget those that are gone. A listing: not for every pass.

        Raises: StoreError.
        """
        found = set(self._store.sources())
        for source in self._tables.keys() - found:
            log.warning("source %s: its table is gone; if it comes again it is read from its beginning", source)
            del self._tables[source]
        for source in found - self._tables.keys():
            self._tables[source] = self._store.table(source)

    def has(self, source: str) -> bool:
        """Whether ``source`` has a table."""
        return source in self._tables

    def find_replaced(self, versions: Mapping[str, int]) -> list[str]:
        """The sources whose table no longer has the version that was handled last: another one stands in its place."""
        return [
            source
            for source, version in versions.items()
            if version >= 0 and source in self._tables and not self._has(source, version)
        ]

    def find_behind(self, versions: Mapping[str, int]) -> None:
        """Tell which sources have news, without reading them."""
        self.behind = {source for source in self._tables if self._has(source, versions.get(source, -1) + 1)}

    def read(
        self,
        versions: Mapping[str, int],
        fields: Collection[str] | None,
        order: Mapping[str, int],
        max_rows: int = MAX_ROWS,
    ) -> list[Reading]:
        """The news of the sources after ``versions`` (-1 where a source is not named).

        What fits into one pass is read in ``order`` (source → its newest receipt that was handled), the
        source that is furthest behind first, so that sources catch up side by side.

        Args:
            fields: the fields to read; None reads all.
        """
        readings, rows, size_bytes = [], 0, 0
        self.behind = set()
        for source in sorted(self._tables, key=lambda source: (order.get(source, 0), source)):
            if rows >= max_rows or size_bytes >= MAX_BYTES:
                self.behind.add(source)
                continue
            reading = self._try_read(
                source, versions.get(source, -1), fields, (max_rows - rows, MAX_BYTES - size_bytes)
            )
            if reading is not None:
                readings.append(reading)
                rows += reading.table.num_rows
                size_bytes += reading.table.nbytes
        return readings

    def _try_read(
        self, source: str, after: int, fields: Collection[str] | None, room: tuple[int, int]
    ) -> Reading | None:
        """`_read`; None where the source cannot be read now. One damaged table does not stop the others."""
        if time.monotonic() < self._retry_at.get(source, 0.0):
            return None
        try:
            reading = self._read(source, after, fields, room)
        except _UNREADABLE as error:
            if self.unreadable.get(source) != str(error):
                log.error("source %s cannot be read, and is tried again every %.0f s: %s", source, RETRY_S, error)
            self.unreadable[source] = str(error)
            self._retry_at[source] = time.monotonic() + RETRY_S
            return None
        if self.unreadable.pop(source, None) is not None:
            log.warning("source %s can be read again", source)
        return reading

    def _read(self, source: str, after: int, fields: Collection[str] | None, room: tuple[int, int]) -> Reading | None:
        try:
            return self._read_after(source, after, fields, room)
        except LogGapError as gap:
            # The database is younger than the store, or was replaced: what was cleared is history to search.
            log.error("source %s: %s; detecting goes on after version %d", source, gap, gap.resume_after)
            return self._read_after(source, gap.resume_after, fields, room)

    def _read_after(
        self, source: str, after: int, fields: Collection[str] | None, room: tuple[int, int]
    ) -> Reading | None:
        tables, rows, size_bytes, version = [], 0, 0, after
        for commit in _before_damage(self._tables[source].read(after, fields=fields)):
            tables.append(commit.table)
            version = commit.version
            rows += commit.table.num_rows
            size_bytes += commit.table.nbytes
            if rows >= room[0] or size_bytes >= room[1]:
                self.behind.add(source)
                break
        if version == after:
            return None
        table = pa.concat_tables(tables, promote_options="permissive")
        return Reading(source, version, table, *_moments(table))

    def _has(self, source: str, version: int) -> bool:
        """Whether there is, or was, this version; taken for granted where the store does not say."""
        place = self._tables[source].place
        try:
            with explained(place.uri):
                entry = place.read(delta_log.entry_path(version))
                return entry is not None or delta_log.checkpoint_version(place) >= version
        except StoreError:
            return True


def _before_damage(commits: Iterator[Commit]) -> Iterator[Commit]:
    """The commits before the first that cannot be read; what that one raises, where it is the very first."""
    is_first = True
    try:
        for commit in commits:
            yield commit
            is_first = False
    except _UNREADABLE:
        if is_first:
            raise


def _moments(table: pa.Table) -> tuple[int, int, int]:
    """The newest event time, the newest and the oldest receipt."""
    if not table.num_rows:
        return 0, 0, 0
    received = table["_received"].cast(pa.int64())
    moments = pc.min_element_wise(table["_time"].cast(pa.int64()), received)
    bounds = pc.min_max(received)
    return pc.max(moments).as_py(), bounds["max"].as_py(), bounds["min"].as_py()
