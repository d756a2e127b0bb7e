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
ODD, _ODDER = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F)
"""Odd multipliers that spread a number over 64 bits."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Matched events of one rule, sorted by (group, time), no event twice in a group.

    Attributes:
        group: code of the event's group. time: microseconds since 1970.
        event: hash of the event's identity. value: what the rule's measure takes of it (`measures.Kept`).
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
    """One window a row: ``left`` and ``right`` are its first and last row."""

    left: Ints
    right: Ints

    def __len__(self) -> int:
        return len(self.left)


@dataclass(frozen=True, slots=True)
class Chains:
    """Runs of overlapping satisfied windows, in order of (group, time).

    Attributes:
        group: code of their group. first: time of the first event in them.
        opened: the time at which the first satisfied window ends. last: the same of the last one.
        peak: the largest aggregate of a window.
    """

    group: Ints
    first: Ints
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


def sort_rows(rows: Rows, *, is_mask: bool = False) -> Rows:
    """``rows`` by (group, time); of events that are the same in the same group, one is kept.

    With ``is_mask`` the values are sets of bits, and rows that differ only in them become one that has all.
    Cost: nearly that of a merge where ``rows`` are sorted runs, as old and new rows together are.
    """
    if len(rows) < 2:
        return rows
    keys = _keys(rows)
    if keys is None:
        order = np.lexsort((rows.time, rows.group))
        rows = rows.take(order)
        is_tied = (rows.group[1:] == rows.group[:-1]) & (rows.time[1:] == rows.time[:-1])
    else:
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        rows = rows.take(order)
        is_tied = keys[1:] == keys[:-1]
    return _without_repeats(rows, is_tied, is_mask) if is_tied.any() else rows


def _without_repeats(rows: Rows, is_tied: npt.NDArray[np.bool_], is_mask: bool) -> Rows:
    """Sorted ``rows`` without repeated events; ``is_tied``: a row has the group and time of the one before.

    Among the tied rows equal ones are brought together by a mix of what they must have in common.
    """
    tied = np.flatnonzero(np.append(is_tied, False) | np.insert(is_tied, 0, False))
    few = rows.take(tied)
    mixed = few.event ^ (few.time.view(np.uint64) * _ODDER) ^ few.group.view(np.uint64)
    order = np.argsort(mixed if is_mask else mixed ^ (few.value * ODD), kind="stable")
    few, tied = few.take(order), tied[order]
    is_same = np.logical_and.reduce([column[1:] == column[:-1] for column in few.columns[: 3 if is_mask else 4]])
    if not is_same.any():
        return rows
    if is_mask:
        firsts = np.flatnonzero(np.insert(~is_same, 0, True))
        value = rows.value.copy()
        value[tied[firsts]] = np.bitwise_or.reduceat(few.value, firsts)
        rows = Rows(rows.group, rows.time, rows.event, value)
    keep = np.ones(len(rows), bool)
    keep[tied[1:][is_same]] = False
    return rows.take(keep)


def since(rows: Rows, groups: Ints, times: Ints) -> npt.NDArray[np.bool_]:
    """Which rows are at or after their group's entry in ``times``; ``groups`` are sorted and hold every row's."""
    return rows.time >= times[np.searchsorted(groups, rows.group)]


def find_windows(rows: Rows, timespan_us: int) -> Windows:
    """Every row's window; ``rows`` are sorted."""
    if not len(rows):
        return Windows(np.empty(0, np.int64), np.empty(0, np.int64))
    starts = np.flatnonzero(np.insert(rows.group[1:] != rows.group[:-1], 0, True))
    first = np.repeat(starts, np.diff(starts, append=len(rows)))
    keys = _keys(rows)
    if keys is None:
        is_last = np.append((rows.group[1:] != rows.group[:-1]) | (rows.time[1:] != rows.time[:-1]), True)
        left = _left_by_group(rows, timespan_us, starts)
    else:
        # A key that reaches below its group's first lands in the group before: no window goes there.
        is_last = np.append(keys[1:] != keys[:-1], True)
        left = np.maximum(np.searchsorted(keys, keys - timespan_us, side="left"), first)
    ends = np.flatnonzero(is_last)
    return Windows(left, np.repeat(ends, np.diff(ends, prepend=-1)))


def alone(rows: Rows) -> Windows:
    """Windows of which each holds its own row and no other."""
    places = np.arange(len(rows))
    return Windows(places, places)


def earlier(chains: Chains, delay_us: int) -> Chains:
    """``chains`` as much earlier."""
    if not delay_us:
        return chains
    first, opened, last = (times - delay_us for times in (chains.first, chains.opened, chains.last))
    return Chains(chains.group, first, opened, last, chains.peak)


def find_chains(
    rows: Rows, windows: Windows, is_hit: npt.NDArray[np.bool_], aggregate: Ints | None, timespan_us: int
) -> Chains:
    """Runs of the windows ``is_hit``, each overlapping the one before it; the peak is 0 where nothing is counted."""
    hits = np.flatnonzero(is_hit)
    if not len(hits):
        none = np.empty(0, np.int64)
        return Chains(none, none, none, none, none)
    time, group = rows.time[hits], rows.group[hits]
    is_first = np.concatenate(([True], (group[1:] != group[:-1]) | (time[1:] - timespan_us > time[:-1])))
    firsts = np.flatnonzero(is_first)
    lasts = np.append(firsts[1:], len(hits)) - 1
    return Chains(
        group=group[firsts],
        first=rows.time[windows.left[hits[firsts]]],
        opened=time[firsts],
        last=time[lasts],
        peak=np.zeros(len(firsts), np.int64) if aggregate is None else np.maximum.reduceat(aggregate[hits], firsts),
    )


def _keys(rows: Rows) -> Ints | None:
    """Group and time as one integer that sorts like both; None where they do not fit."""
    base = int(rows.time.min())
    spread = int(rows.time.max()) - base + 1
    if spread.bit_length() + int(rows.group.max()).bit_length() > _COMPOSITE_BITS:
        return None
    return rows.group * spread + (rows.time - base)


def _left_by_group(rows: Rows, timespan_us: int, starts: Ints) -> Ints:
    """First row of each window where group and time do not fit one integer: times centuries apart in many groups."""
    left = np.empty(len(rows), np.int64)
    for start, stop in zip(starts, np.append(starts[1:], len(rows)), strict=True):
        times = rows.time[start:stop]
        left[start:stop] = start + np.searchsorted(times, times - timespan_us, side="left")
    return left
