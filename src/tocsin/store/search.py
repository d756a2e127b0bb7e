"""Finding events without reading the table: the log says what each file holds, and only likely files are opened.

Newest first, a file or row group is read only while it may hold something newer than what was found.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake.exceptions import TableNotFoundError

from tocsin.formats import SYSTEM_SCHEMA
from tocsin.store.faults import explained
from tocsin.store.parquet import concat, conform, open_file, pick_columns, restore
from tocsin.store.table import EventTable

_MILLISECOND: Final = timedelta(milliseconds=1)
_RANKING: Final = pa.schema([SYSTEM_SCHEMA.field(name) for name in ("_time", "_received", "_error")])
_RANKED: Final = pa.schema(
    [("at", pa.timestamp("us", tz="UTC")), ("path", pa.string()), ("group", pa.int64()), ("row", pa.int64())]
)
_FOR_EVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Part:
    """A file, or a row group of one, that may hold what is sought; ``newest``: no row in it is newer."""

    path: str
    group: int | None
    newest: datetime


def recent(
    table: EventTable,
    limit: int,
    *,
    before: datetime | None = None,
    fields: Collection[str] | None = None,
) -> pa.Table:
    """The newest events by event time, newest first.

    Args:
        before: only events before this moment (for the next page).
        fields: the fields to read beside the system columns; None: all.
    Returns: at most ``limit`` rows.
    Raises: StoreError.
    """
    bound = pa.scalar(before or _FOR_EVER, pa.timestamp("us", tz="UTC"))
    return _newest(table, limit, "_time", lambda rows: pc.less(rows["_time"], bound), _any_file, fields)


def rejected(table: EventTable, limit: int) -> pa.Table:
    """The newest records, by receipt, that no field could be read from: their system columns, newest first.

    Raises: StoreError.
    """
    return _newest(table, limit, "_received", lambda rows: pc.is_valid(rows["_error"]), _has_rejected, ())


def by_ids(table: EventTable, ids: Collection[str], *, fields: Collection[str] | None = None) -> pa.Table:
    """The events that are called one of ``ids``, oldest first; those that are kept no more are not among them.

    Cost: files are skipped by their least and greatest `_id`; in the others, that column is read first.
    Raises: StoreError.
    """
    wanted = pa.array(sorted(set(ids)), pa.string())
    found: list[pa.Table] = []
    with explained(table.place.uri):
        for file in _files(table):
            if not _may_hold(file, wanted):
                continue
            with open_file(table.place, file["path"]) as opened:
                found.extend(_pick(opened, group, wanted, fields) for group in _groups_with(opened, wanted))
    return concat(found).sort_by("_time") if found else SYSTEM_SCHEMA.empty_table()


def _files(table: EventTable) -> list[dict[str, Any]]:
    """What the log says of each file: ``path``, ``num_records``, ``min._time``, ``max._time`` and so on."""
    try:
        files: list[dict[str, Any]] = pa.table(table.snapshot().get_add_actions(flatten=True)).to_pylist()
    except TableNotFoundError:
        return []
    return files


def _any_file(_: dict[str, Any]) -> bool:
    return True


def _has_rejected(file: dict[str, Any]) -> bool:
    nulls = file.get("null_count._error")
    return nulls is None or nulls < file["num_records"]


def _may_hold(file: dict[str, Any], ids: pa.Array) -> bool:
    low, high = file.get("min._id"), file.get("max._id")
    if low is None or high is None:
        return True
    return _is_between(ids, low, high)


def _is_between(ids: pa.Array, low: str, high: str) -> bool:
    """Whether one of ``ids`` is."""
    return bool(pc.any(pc.and_(pc.greater_equal(ids, low), pc.less_equal(ids, high))).as_py())


def _newest(
    table: EventTable,
    limit: int,
    by: str,
    condition: Callable[[pa.Table], pa.ChunkedArray],
    is_likely: Callable[[dict[str, Any]], bool],
    fields: Collection[str] | None,
) -> pa.Table:
    """The ``limit`` rows with the greatest ``by`` that satisfy ``condition``, greatest first.

    1. Put the files in order of the newest row that they may hold.
    2. Take the first: a file gives way to its row groups; of a row group, the moments of its rows are ranked.
    3. Stop when enough are ranked and none of what is left may hold a newer one.
    4. Read the rows that are best.
    """
    best = _RANKED.empty_table()
    with explained(table.place.uri):
        parts = [_Part(file["path"], None, _latest(file.get(f"max.{by}"))) for file in _files(table) if is_likely(file)]
        while parts:
            part = max(parts, key=lambda each: each.newest)
            if best.num_rows >= limit and part.newest <= best["at"][limit - 1].as_py():
                break
            parts.remove(part)
            with open_file(table.place, part.path) as file:
                if part.group is None:
                    parts.extend(_groups(file, part, by))
                else:
                    ranked = pa.concat_tables([best, _rank(file, part, by, condition)])
                    best = ranked.take(pc.select_k_unstable(ranked, limit, sort_keys=[("at", "descending")]))
        found = [_take(table, row, best, fields) for row in _distinct_groups(best)]
    return concat(found).sort_by([(by, "descending")]) if found else SYSTEM_SCHEMA.empty_table()


def _rank(file: pq.ParquetFile, part: _Part, by: str, condition: Callable[[pa.Table], pa.ChunkedArray]) -> pa.Table:
    """When and where the rows of a row group are that satisfy ``condition``; reads no field and no `_raw`."""
    names = [name for name in _RANKING.names if name in file.schema_arrow.names]
    rows = conform(file.read_row_group(part.group, columns=names), _RANKING)
    count = rows.num_rows
    columns = [rows[by], pa.repeat(part.path, count), pa.repeat(part.group, count), np.arange(count)]
    return pa.table(columns, names=_RANKED.names).cast(_RANKED).filter(condition(rows))


def _distinct_groups(best: pa.Table) -> list[tuple[str, int]]:
    return sorted(set(zip(best["path"].to_pylist(), best["group"].to_pylist(), strict=True)))


def _take(table: EventTable, at: tuple[str, int], best: pa.Table, fields: Collection[str] | None) -> pa.Table:
    """The rows of ``best`` that are in the row group ``at``."""
    path, group = at
    here = best.filter(pc.and_(pc.equal(best["path"], path), pc.equal(best["group"], group)))
    with open_file(table.place, path) as file:
        return _read_group(file, group, fields).take(here["row"])


def _latest(stat: datetime | None) -> datetime:
    """The latest moment that ``stat`` allows: other writers cut milliseconds off (or give none)."""
    return stat + _MILLISECOND if stat is not None else _FOR_EVER


def _groups(file: pq.ParquetFile, part: _Part, by: str) -> Iterator[_Part]:
    """The row groups of ``part``."""
    for group in range(file.metadata.num_row_groups):
        stats = _statistics(file, group, by)
        yield _Part(part.path, group, stats.max.replace(tzinfo=UTC) if stats is not None else _FOR_EVER)


def _statistics(file: pq.ParquetFile, group: int, name: str) -> pq.Statistics | None:
    """The least and greatest value of a column in a row group; None where the writer did not say."""
    stats = file.metadata.row_group(group).column(file.schema_arrow.names.index(name)).statistics
    return stats if stats is not None and stats.has_min_max else None


def _read_group(file: pq.ParquetFile, group: int, fields: Collection[str] | None) -> pa.Table:
    names = pick_columns(file, fields)
    return restore(file.read_row_group(group, columns=names).select(names))


def _groups_with(file: pq.ParquetFile, ids: pa.Array) -> Iterator[int]:
    """The row groups that hold one of ``ids``."""
    for group in range(file.metadata.num_row_groups):
        stats = _statistics(file, group, "_id")
        if stats is not None and not _is_between(ids, stats.min, stats.max):
            continue
        column = file.read_row_group(group, columns=["_id"])["_id"]
        if pc.any(pc.is_in(column, value_set=ids)).as_py():
            yield group


def _pick(file: pq.ParquetFile, group: int, ids: pa.Array, fields: Collection[str] | None) -> pa.Table:
    rows = _read_group(file, group, fields)
    return rows.filter(pc.is_in(rows["_id"], value_set=ids))
