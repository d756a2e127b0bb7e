"""Find: one page of what a query finds, the newest first."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.search.tokens import QueryError
from tocsin.search.tree import All, Between, Node
from tocsin.search.walk import Effort, Piece, Tables, Walk, no_rows
from tocsin.store.faults import explained
from tocsin.store.parquet import concat, open_file, pick_columns, restore

SECONDS: Final = 5.0
"""A page takes at most this long, and one row group; what was found until then is shown, and how far that reaches."""
SOURCE: Final = "_source"
"""The column of a result that says which source a row is of."""
_CURSOR: Final = re.compile(r"(-?[0-9]{1,18})(?::([A-Za-z0-9._-]+):(.*))?", re.DOTALL)
_ORDER: Final = [("time_us", "descending"), ("id", "descending"), ("source", "descending")]
_RANKED: Final = pa.schema(
    [
        ("time_us", pa.int64()),
        ("id", pa.string()),
        ("source", pa.string()),
        ("path", pa.string()),
        ("group", pa.int64()),
        ("row", pa.int64()),
    ]
)


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place after one row in the order of results: `_time`, then `_id`, then the source, all descending.

    Attributes:
        id: None: before all rows of that moment.
    """

    time_us: int
    id: str | None = None
    source: str = ""

    @classmethod
    def read(cls, text: str) -> Self | None:
        """The cursor that `str` wrote; None for an empty text.

        Raises: QueryError.
        """
        if not text:
            return None
        found = _CURSOR.fullmatch(text)
        if not found:
            raise QueryError(f"'{text[:100]}' is no place in a result; leave 'after' out", 1)
        return cls(int(found[1]), found[3], found[2] or "")

    def __str__(self) -> str:
        return f"{self.time_us}" if self.id is None else f"{self.time_us}:{self.source}:{self.id}"


@dataclass(frozen=True, slots=True)
class Page:
    """A page of results.

    Attributes:
        rows: system columns, `_source`, then the fields, newest first.
        next: where the next page begins; None where there is none.
        reached_us: everything newer than this was searched; None: all was.
        took_s: how long it took.
    """

    rows: pa.Table
    next: Cursor | None
    reached_us: int | None
    took_s: float
    effort: Effort


def find(tables: Tables, node: Node, limit: int, *, after: Cursor | None = None, seconds: float = SECONDS) -> Page:
    """The first ``limit`` rows that ``node`` finds ``after`` a place, newest first.

    Cost: the row groups that may hold what is sought, until ``limit`` rows are found that none left can come before.
    Memory: one row group's needed columns, and the page.
    Raises: StoreError.
    """
    began = time.monotonic()
    best = _RANKED.empty_table()

    def is_needed(newest_us: int) -> bool:
        return best.num_rows <= limit or newest_us >= int(best["time_us"][limit].as_py())

    bounded = node if after is None else All((node, Between("_time", None, after.time_us)))
    walk = Walk(tables, bounded, seconds=seconds, is_needed=is_needed)
    for piece in walk:
        ranked = pa.concat_tables([best, _rank(piece, after)])
        # One more than the page has, which says whether there is a next one.
        best = ranked.sort_by(_ORDER).slice(0, limit + 1)
    if walk.reached_us is not None:
        # What waits may come before the rows that are older than it: they are found again on the next page.
        best = best.filter(pc.greater(best["time_us"], walk.reached_us))
    page = best.slice(0, limit)
    return Page(
        _fetch(tables, page),
        _next(best, limit, walk.reached_us),
        walk.reached_us,
        time.monotonic() - began,
        walk.effort,
    )


def with_source(rows: pa.Table, source: str) -> pa.Table:
    """``rows`` with a column that says where they are from."""
    return rows.append_column(SOURCE, pa.array([source] * rows.num_rows, pa.string()))


def _next(best: pa.Table, limit: int, reached_us: int | None) -> Cursor | None:
    if best.num_rows > limit:
        last = best.slice(limit - 1, 1).to_pylist()[0]
        return Cursor(last["time_us"], last["id"], last["source"])
    return None if reached_us is None else Cursor(reached_us)


def _rank(piece: Piece, after: Cursor | None) -> pa.Table:
    count = piece.rows.num_rows
    columns = [
        piece.rows["_time"].cast(pa.int64()),
        piece.rows["_id"],
        pa.array([piece.source] * count, pa.string()),
        pa.array([piece.path] * count, pa.string()),
        pa.array(np.full(count, piece.group)),
        pa.array(piece.places),
    ]
    ranked = pa.table(columns, schema=_RANKED)
    if after is None or after.id is None:
        return ranked
    same_id = pc.and_(pc.equal(ranked["id"], after.id), pc.less(ranked["source"], after.source))
    is_behind = pc.or_(pc.less(ranked["id"], after.id), same_id)
    return ranked.filter(pc.or_(pc.less(ranked["time_us"], after.time_us), is_behind))


def _fetch(tables: Tables, page: pa.Table) -> pa.Table:
    """All columns of the rows of ``page``, in its order."""
    page = page.append_column("place", pa.array(np.arange(page.num_rows)))
    parts, places = [], []
    for path, group, source in _groups_of(page):
        is_here = pc.and_(pc.equal(page["path"], path), pc.equal(page["group"], group))
        here = page.filter(is_here)
        with explained(tables[source].place.uri), open_file(tables[source].place, path) as file:
            names = pick_columns(file, None)
            rows = restore(file.read_row_group(group, columns=names).select(names)).take(here["row"])
        parts.append(with_source(rows, source))
        places += here["place"].to_pylist()
    if not parts:
        return with_source(no_rows(), "")
    return join(parts).take(pa.array(np.argsort(places)))


def join(parts: Sequence[pa.Table]) -> pa.Table:
    """Results of several sources as one: the columns that any has."""
    sources = pa.chunked_array([chunk for part in parts for chunk in part[SOURCE].chunks], pa.string())
    rows = concat([part.drop_columns([SOURCE]) for part in parts])
    return rows.add_column(6, SOURCE, sources)


def _groups_of(page: pa.Table) -> list[tuple[str, int, str]]:
    columns = (page[name].to_pylist() for name in ("path", "group", "source"))
    return sorted(set(zip(*columns, strict=True)))
