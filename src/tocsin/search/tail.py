"""Tail: what a query finds among the records that came since it was asked last."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from tocsin.search.find import join, with_source
from tocsin.search.judge import Judge
from tocsin.search.tree import Node
from tocsin.search.walk import Tables, no_rows
from tocsin.store.log import LogGapError
from tocsin.store.table import EventTable

SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Tail:
    """What came.

    Attributes:
        rows: as a page's, the newest by their commit first.
        versions: where the next call goes on, per source.
        skipped: how many commits were passed over because more came than could be read in time.
    """

    rows: pa.Table
    versions: dict[str, int]
    skipped: int


def start(tables: Tables) -> dict[str, int]:
    """Where a tail begins that shows nothing yet.

    Raises: StoreError.
    """
    return {source: table.version() for source, table in tables.items()}


def follow(tables: Tables, node: Node, versions: Mapping[str, int], limit: int, *, seconds: float = SECONDS) -> Tail:
    """The newest ``limit`` records that ``node`` finds in the commits after ``versions``; a new source from its first.

    Memory: ``limit`` rows of a source and one commit.
    Raises: StoreError.
    """
    judge = Judge(node)
    ends_at = time.monotonic() + seconds
    parts, reached, skipped = [], {}, 0
    for source, table in tables.items():
        newest = table.version()
        found, at = _follow(table, source, judge, min(versions.get(source, -1), newest), limit, ends_at)
        parts += found
        reached[source] = newest if at < newest else at
        skipped += max(0, newest - at)
    rows = join(parts) if parts else with_source(no_rows(), "")
    return Tail(rows.slice(max(0, rows.num_rows - limit)).take(_backwards(min(limit, rows.num_rows))), reached, skipped)


def _follow(
    table: EventTable, source: str, judge: Judge, after: int, limit: int, ends_at: float
) -> tuple[list[pa.Table], int]:
    """The newest ``limit`` rows found, and the version up to which all were looked at."""
    kept: list[pa.Table] = []
    at = after
    try:
        for commit in table.read(after):
            rows = commit.table.take(pa.array(np.flatnonzero(judge.holds(commit.table, source))))
            at = commit.version
            if rows.num_rows:
                kept.append(with_source(rows, source))
                while sum(each.num_rows for each in kept[1:]) >= limit:
                    kept.pop(0)
            if time.monotonic() > ends_at:
                return kept, at
    except LogGapError as gap:
        return kept, max(at, gap.resume_after)
    # Versions without new rows (compaction) are behind too.
    return kept, max(at, table.version())


def _backwards(count: int) -> pa.Array:
    return pa.array(np.arange(count)[::-1])
