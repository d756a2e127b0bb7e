"""What the store has that the detector has not: per source, the commits after the checkpoint, as one table."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from tocsin.store.log import LogGapError
from tocsin.store.table import EventTable, Store

log = logging.getLogger("tocsin.detect")

MAX_ROWS = 100_000
"""Rows of one source in one pass; a commit is never split, so a pass may hold one commit more."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The news of one source.

    Attributes:
        version: the newest table version in it.
        newest_us: the newest event time, in microseconds; a clock that runs ahead counts as the time of receipt.
        received_us: the newest time of receipt.
    """

    source: str
    version: int
    table: pa.Table
    newest_us: int
    received_us: int


class Reader:
    """Reads every table of the store from its checkpoint on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tables: dict[str, EventTable] = {}

    def find_tables(self) -> None:
        """Look for tables that are new. A listing: not for every pass."""
        for source in self._store.sources():
            if source not in self._tables:
                self._tables[source] = self._store.table(source)

    def read(self, versions: Mapping[str, int], fields: Collection[str] | None) -> list[Reading]:
        """The news of every source after ``versions`` (-1 where a source is not named); ``fields`` None reads all."""
        found = (self._read(source, versions.get(source, -1), fields) for source in sorted(self._tables))
        return [reading for reading in found if reading is not None]

    def _read(self, source: str, after: int, fields: Collection[str] | None) -> Reading | None:
        try:
            return self._read_after(source, after, fields)
        except LogGapError as gap:
            # The database is younger than the store, or was replaced: what was cleared is history to search.
            log.error("source %s: %s; detecting goes on after version %d", source, gap, gap.resume_after)
            return self._read_after(source, gap.resume_after, fields)

    def _read_after(self, source: str, after: int, fields: Collection[str] | None) -> Reading | None:
        tables, rows, version = [], 0, after
        for commit in self._tables[source].read(after, fields=fields):
            tables.append(commit.table)
            version = commit.version
            rows += commit.table.num_rows
            if rows >= MAX_ROWS:
                break
        if version == after:
            return None
        table = pa.concat_tables(tables, promote_options="permissive")
        return Reading(source, version, table, *_newest(table))


def _newest(table: pa.Table) -> tuple[int, int]:
    if not table.num_rows:
        return 0, 0
    received = table["_received"].cast(pa.int64())
    moments = pc.min_element_wise(table["_time"].cast(pa.int64()), received)
    return pc.max(moments).as_py(), pc.max(received).as_py()
