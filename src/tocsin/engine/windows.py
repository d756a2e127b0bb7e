"""Sliding event-time windows, exact and set-wise: every event ends one, both ends included.

A window of rule r that ends at event e covers the events of e's group with e.time - timespan <= time
<= e.time; so events of one moment share their window, and the order of arrival cannot matter. All
groups of a rule are computed together, in O(n log n), without a Python step per event.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]

_COMPOSITE_BITS = 62


@dataclass(frozen=True, slots=True)
class Rows:
    """Matched events of one rule, sorted by (group, time, event), no event twice in a group.

    Attributes:
        group: code of the event's group. time: microseconds since 1970.
        event: hash of the event's identity. value: hash of the counted field, 0 where none is counted.
    """

    group: Ints
    time: Ints
    event: Hashes
    value: Hashes

    def __len__(self) -> int:
        return len(self.time)

    @property
    def columns(self) -> tuple[Ints, Ints, Hashes, Hashes]:
        """Group, time, event, value."""
        return self.group, self.time, self.event, self.value

    def take(self, index: npt.NDArray[np.intp] | npt.NDArray[np.bool_] | slice) -> "Rows":
        """The rows at ``index``, which must keep their order."""
        return Rows(self.group[index], self.time[index], self.event[index], self.value[index])


@dataclass(frozen=True, slots=True)
class Windows:
    """One window a row. ``left`` and ``right`` are its first and last row; ``aggregate`` what it counts."""

    left: Ints
    right: Ints
    aggregate: Ints


@dataclass(frozen=True, slots=True)
class Chains:
    """Runs of overlapping satisfied windows, in order of (group, time).

    Attributes:
        start, stop: first and last row of the union of the windows.
        opened: the time at which the first satisfied window ends. last: the same of the last one.
        peak: the largest aggregate of a window.
    """

    start: Ints
    stop: Ints
    opened: Ints
    last: Ints
    peak: Ints


def empty_rows() -> Rows:
    """No rows."""
    ints, hashes = np.empty(0, np.int64), np.empty(0, np.uint64)
    return Rows(ints, ints, hashes, hashes)


def concat_rows(*parts: Rows) -> Rows:
    """All of ``parts``, one after the other."""
    return Rows(*(np.concatenate(columns) for columns in zip(*(part.columns for part in parts), strict=True)))


def sort_rows(rows: Rows) -> Rows:
    """``rows`` in order; of events that are the same in the same group, one is kept."""
    rows = rows.take(np.lexsort((rows.event, rows.time, rows.group)))
    if len(rows) < 2:
        return rows
    is_same = (
        (rows.group[1:] == rows.group[:-1]) & (rows.time[1:] == rows.time[:-1]) & (rows.event[1:] == rows.event[:-1])
    )
    return rows.take(np.concatenate(([True], ~is_same))) if is_same.any() else rows


def count_windows(rows: Rows, timespan_us: int, *, is_distinct: bool) -> Windows:
    """Every row's window, with its number of events or of distinct values.

    Source: Sigma correlation rules specification 2.1, "Event Count", "Value Count".
    """
    left, right = _edges(rows, timespan_us)
    aggregate = _distinct(rows, left)[right] if is_distinct else right - left + 1
    return Windows(left, right, aggregate)


def find_chains(rows: Rows, windows: Windows, threshold: int, timespan_us: int) -> Chains:
    """Runs of windows that reach ``threshold``, each overlapping the one before it."""
    hits = np.flatnonzero(windows.aggregate >= threshold)
    if not len(hits):
        none = np.empty(0, np.int64)
        return Chains(none, none, none, none, none)
    time, group = rows.time[hits], rows.group[hits]
    is_first = np.concatenate(([True], (group[1:] != group[:-1]) | (time[1:] - timespan_us > time[:-1])))
    firsts = np.flatnonzero(is_first)
    lasts = np.append(firsts[1:], len(hits)) - 1
    return Chains(
        start=windows.left[hits[firsts]],
        stop=windows.right[hits[lasts]],
        opened=time[firsts],
        last=time[lasts],
        peak=np.maximum.reduceat(windows.aggregate[hits], firsts),
    )


def _edges(rows: Rows, timespan_us: int) -> tuple[Ints, Ints]:
    """First and last row of each row's window."""
    if not len(rows):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    base = int(rows.time.min()) - timespan_us
    spread = int(rows.time.max()) - base + 1
    ranks = np.cumsum(np.concatenate(([0], np.diff(rows.group) != 0)))
    if spread.bit_length() + int(ranks[-1]).bit_length() <= _COMPOSITE_BITS:
        keys = ranks * spread + (rows.time - base)
        left = np.searchsorted(keys, keys - timespan_us, side="left")
        # A window never reaches into the group before: that group's keys are below this one's first.
        left = np.maximum(left, np.searchsorted(keys, ranks * spread, side="left"))
        return left, np.searchsorted(keys, keys, side="right") - 1
    return _edges_by_group(rows, timespan_us, ranks)


def _edges_by_group(rows: Rows, timespan_us: int, ranks: Ints) -> tuple[Ints, Ints]:
    """`_edges` where group and time do not fit one integer: times centuries apart in very many groups."""
    left, right = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
    starts = np.flatnonzero(np.concatenate(([True], np.diff(ranks) != 0)))
    for start, stop in zip(starts, np.append(starts[1:], len(rows)), strict=True):
        times = rows.time[start:stop]
        left[start:stop] = start + np.searchsorted(times, times - timespan_us, side="left")
        right[start:stop] = start + np.searchsorted(times, times, side="right") - 1
    return left, right


def _distinct(rows: Rows, left: Ints) -> Ints:
    """Per row, the distinct values among the rows from ``left`` to it.

    A row counts for the windows that end at or after it, until its value comes again or it falls out
    on the left: two steps of a difference array, whose running sum is the answer for all windows.
    """
    count = len(rows)
    order = np.lexsort((np.arange(count), rows.value, rows.group))
    again = np.full(count, count, np.int64)
    follows = (rows.value[order][1:] == rows.value[order][:-1]) & (rows.group[order][1:] == rows.group[order][:-1])
    again[order[:-1][follows]] = order[1:][follows]
    falls_out = np.searchsorted(left, np.arange(count), side="right")
    steps = np.ones(count + 1, np.int64)
    steps[count] = 0
    np.subtract.at(steps, np.minimum(again, falls_out), 1)
    return np.cumsum(steps[:-1])
