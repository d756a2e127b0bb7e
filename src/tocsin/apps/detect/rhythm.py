"""How a source usually sends, learnt from the minutes in which it did; and when a silence breaks that.

A silence is compared with the same span of the past weeks, so nights and weekends are part of the rhythm. It is
too long when one of two things holds:

- It outlasts the longest pause that is usual at this place in the week, and what pauses vary by, twice over.
- At least `MISSED` minutes have passed in which the source sent in the past weeks.

Of three or more weeks the one that speaks most for quiet does not count: an outage of the past is not usual.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Minutes = npt.NDArray[np.int64]
"""Minutes since 1970, ascending, each once."""

WEEK: Final = 7 * 24 * 60
_DAY: Final = 24 * 60
WEEKS: Final = 4
"""How many past weeks are looked at."""
LEAST_WEEKS: Final = 2
LEAST_PAUSE: Final = 10
"""No shorter silence is ever looked at, in minutes."""
MISSED: Final = 16
"""So many usual minutes without a record are no chance: of records that come at random one silence in nine million."""
YOUNG_LIMIT: Final = 3 * _DAY
"""The limit of a source that is not known for two weeks: longer than a weekend."""
YOUNG_DAYS: Final = 3
"""A source that was heard on fewer days has no rhythm: an import, a drill, a try."""
_AROUND: Final = 60
_PAUSES_AROUND: Final = 4
"""People are not punctual, and chance less so: pauses up to so many minutes before and after the span are usual too,
and at least so many pauses."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What is usual where a silence lies.

    Attributes:
        every: the median pause, in minutes; None where the source is too young to say.
        weeks: how many past weeks say so.
        is_broken: whether the silence is too long.
    """

    every: int | None
    weeks: int
    is_broken: bool


def compare(heard: Minutes, began: int, at: int, is_special: Callable[[int], bool]) -> Rhythm:
    """Whether nothing since ``began`` until ``at`` breaks the rhythm of the minutes that were ``heard`` before.

    Args:
        heard: the minutes in which the source sent; those before the last `WEEKS` + 1 weeks are not needed.
        began: the minute since which Tocsin has listened in vain; not before the last of ``heard``.
        is_special: whether an hour since 1970 is of a special day; what does not come then is not missed.
    """
    weeks = min(WEEKS, int(heard[-1] - heard[0]) // WEEK) if len(heard) else 0
    at = min(at, began + WEEKS * WEEK)
    ordinary = _ordinary_hours(began, at, is_special)
    length = at - began - 60 * int((~ordinary).sum())
    if weeks < LEAST_WEEKS:
        is_known = len(np.unique(heard // _DAY)) >= YOUNG_DAYS
        return Rhythm(None, weeks, is_known and length >= YOUNG_LIMIT)
    pauses = [_pauses(heard, int(heard[-1]) - week * WEEK, at - week * WEEK) for week in range(1, weeks + 1)]
    every = int(np.median(np.concatenate(pauses)))
    usual = _without_one(sorted((int(each.max()) for each in pauses), reverse=True))
    limit = usual + 2 * (usual - every) + max(LEAST_PAUSE, usual // 8)
    missed = _without_one(sorted(_missed(heard, began, at, week * WEEK, ordinary) for week in range(1, weeks + 1)))
    return Rhythm(every, weeks, length > limit or missed >= MISSED)


def _ordinary_hours(began: int, at: int, is_special: Callable[[int], bool]) -> npt.NDArray[np.bool_]:
    return np.array([not is_special(hour) for hour in range(began // 60, at // 60 + 1)])


def _pauses(heard: Minutes, first: int, last: int) -> Minutes:
    """The pauses that lie, as a whole or in part, around the span from ``first`` to ``last``; at least one."""
    around = np.searchsorted(heard, (first - _AROUND, last + _AROUND)).tolist()
    inside = np.searchsorted(heard, (first, last)).tolist()
    start = min(around[0], inside[0] - _PAUSES_AROUND) - 1
    stop = min(max(around[1], inside[1] + _PAUSES_AROUND), len(heard) - 1)
    return np.diff(heard[max(0, min(start, stop - 1)) : stop + 1])


def _missed(heard: Minutes, began: int, at: int, earlier: int, ordinary: npt.NDArray[np.bool_]) -> int:
    """How many minutes of the span, ``earlier`` by so much, had a record, but for those of special days."""
    start, stop = np.searchsorted(heard, (began - earlier, at - earlier), side="right")
    hours = (heard[start:stop] + earlier) // 60 - began // 60
    return int(ordinary[hours].sum())


def _without_one(ordered: list[int]) -> int:
    """The first; of three or more the second, so that one odd week says nothing."""
    return ordered[1] if len(ordered) > LEAST_WEEKS else ordered[0]
