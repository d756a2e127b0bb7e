"""What a window is judged by: Sigma's correlation types, for all windows of a rule at once.

Nothing here depends on the order in which rows arrived, nor on rows that lie before a window: sums are
taken of whole numbers, and a percentile is compared by counting, so that both are exact.

Source: Sigma correlation rules specification 2.1, "Correlation Types"; `docs/correlations.md`.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from tocsin.engine.windows import ODD, Ints, Rows, Windows
from tocsin.rules.model import CorrelationType, Threshold

Bools = npt.NDArray[np.bool_]

MAX_NUMBER: Final = 2.0**45
"""Numbers beyond it, or below its negative, count as it: a hundred thousand of them still add up in 64 bits."""
_NANO: Final = 1_000_000_000
_COMPARE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "eq": operator.eq,
    "neq": operator.ne,
}
_GROWING: Final = frozenset(
    {
        CorrelationType.EVENT_COUNT,
        CorrelationType.VALUE_COUNT,
        CorrelationType.TEMPORAL,
        CorrelationType.TEMPORAL_ORDERED,
    }
)
"""Types whose aggregate can only grow with more events."""


class Kept(Enum):
    """What a row's 64-bit value holds."""

    NOTHING = auto()
    HASH = auto()
    """Of the field's text: equal texts are one value."""
    NUMBER = auto()
    """The bits of a 64-bit float."""
    RULES = auto()
    """A bit for each rule, by its place, that the event matches."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to satisfy a temporal condition: rules, by place, that must and that must not be in the window."""

    present: tuple[int, ...]
    absent: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """By what a rule judges its windows.

    Attributes:
        thresholds: all must hold. rules: how many rules feed it.
        alternatives: of a temporal type without thresholds, one of them must hold.
        percentile: None judges a `value_percentile` by the share of the value that ends the window.
        ends_with: the place of the rule that the event which ends a window must match; None: any.
    """

    type: CorrelationType
    thresholds: tuple[Threshold, ...] = ()
    rules: int = 1
    alternatives: tuple[Alternative, ...] = ()
    percentile: float | None = None
    ends_with: int | None = None

    @property
    def is_growing(self) -> bool:
        """Whether more events can only make a window truer: such a rule rings at once, others wait."""
        return (
            self.type in _GROWING
            and all(each.comparison in {"gt", "gte"} for each in self.thresholds)
            and not any(each.absent for each in self.alternatives)
        )

    @property
    def is_single(self) -> bool:
        """Whether one event is enough, so that no other is needed to judge it: a detection rule by itself."""
        is_count = self.type is CorrelationType.EVENT_COUNT and self.is_growing
        return is_count and all(each.value < 1 or each == Threshold("gte", 1) for each in self.thresholds)

    @property
    def kept(self) -> Kept:
        """What it needs of every event."""
        if self.type is CorrelationType.EVENT_COUNT:
            return Kept.NOTHING
        if self.type in {CorrelationType.TEMPORAL, CorrelationType.TEMPORAL_ORDERED}:
            return Kept.RULES
        is_text = self.type is CorrelationType.VALUE_COUNT or (
            self.type is CorrelationType.VALUE_PERCENTILE and self.percentile is None
        )
        return Kept.HASH if is_text else Kept.NUMBER


@dataclass(frozen=True, slots=True)
class Judged:
    """Of each window, whether the condition holds; and the count it was judged by, None where it is no count."""

    is_satisfied: Bools
    aggregate: Ints | None = None


def judge(measure: Measure, rows: Rows, windows: Windows) -> Judged:
    """Judge every window of ``rows``, which are sorted."""
    return _JUDGES[measure.type](measure, rows, windows)


def _event_count(measure: Measure, _: Rows, windows: Windows) -> Judged:
    return _counted(measure, windows.right - windows.left + 1)


def _value_count(measure: Measure, rows: Rows, windows: Windows) -> Judged:
    return _counted(measure, _distinct(rows, windows.left)[windows.right])


def _counted(measure: Measure, counts: Ints) -> Judged:
    holds = [_COMPARE[each.comparison](counts, each.value) for each in measure.thresholds]
    return Judged(_all_of(holds, len(counts)), counts)


def _temporal(measure: Measure, rows: Rows, windows: Windows) -> Judged:
    is_present = [_in_order(rows, windows, (place,)) for place in range(measure.rules)]
    if measure.thresholds:
        return _counted(measure, np.sum(is_present, axis=0, dtype=np.int64))
    return Judged(_any_of(measure, rows, windows, lambda places: _all_of([is_present[p] for p in places], len(rows))))


def _temporal_ordered(measure: Measure, rows: Rows, windows: Windows) -> Judged:
    if measure.thresholds:
        return _counted(measure, _longest(rows, windows, measure.rules))
    found = _any_of(measure, rows, windows, lambda places: _in_order(rows, windows, places))
    return Judged(found if measure.ends_with is None else found & _has_rule(rows, measure.ends_with))


def _has_rule(rows: Rows, place: int) -> Bools:
    has: Bools = (rows.value >> np.uint64(place)) & np.uint64(1) != 0
    return has


def _any_of(measure: Measure, rows: Rows, windows: Windows, are_present: Callable[[tuple[int, ...]], Bools]) -> Bools:
    """Windows that satisfy one of the alternatives."""
    found = np.zeros(len(rows), bool)
    for each in measure.alternatives:
        holds = are_present(each.present)
        for place in each.absent:
            holds = holds & ~_in_order(rows, windows, (place,))
        found |= holds
    return found


def _in_order(rows: Rows, windows: Windows, places: Sequence[int]) -> Bools:
    """Windows in which the rules at ``places`` come one after the other, or at the same moment.

    For each rule in turn: the latest first row from which the rules up to it follow each other by now. A
    first row of another group lies before every window of this one.
    """
    begin = np.arange(len(rows))
    for place in places:
        has_rule = _has_rule(rows, place)
        begin = np.maximum.accumulate(np.where(has_rule, begin, -1))[windows.right] if len(rows) else begin
    is_found: Bools = begin >= windows.left
    return is_found


def _longest(rows: Rows, windows: Windows, rules: int) -> Ints:
    """Of each window, how many of the rules come in their order, the others left out: the most that can be.

    ``begins[place]``: the latest first row of so many rules, of those before ``place``, one after the other.
    """
    longest = np.zeros(len(rows), np.int64)
    if not len(rows):
        return longest
    begins = [np.arange(len(rows))] * (rules + 1)
    for length in range(1, rules + 1):
        following = [np.full(len(rows), -1)]
        for place in range(rules):
            has_rule = _has_rule(rows, place)
            ends_here = np.maximum.accumulate(np.where(has_rule, begins[place], -1))[windows.right]
            following.append(np.maximum(following[-1], ends_here))
        longest[following[-1] >= windows.left] = length
        begins = following
    return longest


def _value_sum(measure: Measure, rows: Rows, windows: Windows) -> Judged:
    return _judge_sums(measure, rows, windows, np.ones(len(rows), np.int64))


def _value_avg(measure: Measure, rows: Rows, windows: Windows) -> Judged:
    return _judge_sums(measure, rows, windows, windows.right - windows.left + 1)


def _judge_sums(measure: Measure, rows: Rows, windows: Windows, times: Ints) -> Judged:
    """Windows whose sum compares with ``times`` the threshold: exact, as both are whole billionths."""
    wholes, nanos = _split(rows.value.view(np.float64))
    sums = _carried(_sums(wholes, windows), _sums(nanos, windows))
    holds = []
    for each in measure.thresholds:
        whole, nano = _split(np.array([each.value]))
        limits = _carried(whole * times, nano * times)
        order = np.where(sums[0] == limits[0], np.sign(sums[1] - limits[1]), np.sign(sums[0] - limits[0]))
        holds.append(_COMPARE[each.comparison](order, 0))
    return Judged(_all_of(holds, len(rows)))


def _split(numbers: npt.NDArray[np.float64]) -> tuple[Ints, Ints]:
    """Each number as a whole part and billionths of the same sign."""
    bounded = np.clip(numbers, -MAX_NUMBER, MAX_NUMBER)
    wholes = np.trunc(bounded)
    return wholes.astype(np.int64), np.rint((bounded - wholes) * _NANO).astype(np.int64)


def _carried(wholes: Ints, nanos: Ints) -> tuple[Ints, Ints]:
    """The same with between 0 and a billion billionths, so that equal sums are equal pairs."""
    return wholes + nanos // _NANO, nanos % _NANO


def _sums(numbers: Ints, windows: Windows) -> Ints:
    """Each window's sum; a running sum that overflows still has the right differences."""
    running = np.concatenate(([0], np.cumsum(numbers)))
    return running[windows.right + 1] - running[windows.left]


def _value_percentile(measure: Measure, rows: Rows, windows: Windows) -> Judged:
    if measure.percentile is None:
        return _value_share(measure, rows, windows)
    part = Fraction(str(measure.percentile)) / 100
    sizes = windows.right - windows.left + 1
    rank = np.maximum(1, -(-sizes * part.numerator // part.denominator))
    numbers = np.clip(rows.value.view(np.float64), -MAX_NUMBER, MAX_NUMBER)
    holds = []
    for each in measure.thresholds:
        # The number of that rank is at least x where fewer than rank numbers are below x.
        is_gte = _sums((numbers < each.value).astype(np.int64), windows) < rank
        is_gt = _sums((numbers <= each.value).astype(np.int64), windows) < rank
        order = is_gte.astype(np.int64) + is_gt - 1
        holds.append(_COMPARE[each.comparison](order, 0))
    return Judged(_all_of(holds, len(rows)))


def _value_share(measure: Measure, rows: Rows, windows: Windows) -> Judged:
    """How many in a hundred events of the window have the value of the one that ends it."""
    count = len(rows)
    order = by_value(rows)
    runs = np.cumsum(np.insert(_changes(rows, order), 0, True))
    keys = runs * count + order
    run_of = np.empty(count, np.int64)
    run_of[order] = runs
    first = np.searchsorted(keys, run_of * count + windows.left, side="left")
    stop = np.searchsorted(keys, run_of * count + windows.right, side="right")
    shares = (stop - first) * 100 / (windows.right - windows.left + 1)
    holds = [_COMPARE[each.comparison](shares, each.value) for each in measure.thresholds]
    return Judged(_all_of(holds, count))


def _all_of(holds: Sequence[Bools], count: int) -> Bools:
    return np.logical_and.reduce(holds) if holds else np.ones(count, bool)


def _distinct(rows: Rows, left: Ints) -> Ints:
    """Per row, the distinct values among the rows from ``left`` to it.

    A row counts for the windows that end at or after it, until its value comes again or it falls out
    on the left: two steps of a difference array, whose running sum is the answer for all windows.
    """
    count = len(rows)
    order = by_value(rows)
    again = np.full(count, count, np.int64)
    follows = ~_changes(rows, order)
    again[order[:-1][follows]] = order[1:][follows]
    falls_out = np.searchsorted(left, np.arange(count), side="right")
    ends = np.bincount(np.minimum(again, falls_out), minlength=count + 1)[:count]
    return np.cumsum(1 - ends)


def _changes(rows: Rows, order: npt.NDArray[np.intp]) -> Bools:
    """Whether, in ``order``, a row has another group or value than the row before it."""
    group, value = rows.group[order], rows.value[order]
    changes: Bools = (value[1:] != value[:-1]) | (group[1:] != group[:-1])
    return changes


def by_value(rows: Rows) -> npt.NDArray[np.intp]:
    """An order of ``rows`` in which those of one group and value are together, each such run by place.

    Two sorts of one integer each take a fraction of the time of one sort by three.
    """
    mixed = rows.value ^ (rows.group.view(np.uint64) * ODD)
    order = np.argsort(mixed)
    runs = np.cumsum(np.insert(mixed[order][1:] != mixed[order][:-1], 0, True))
    return order[np.argsort(runs * len(rows) + order)]


_JUDGES: Final[dict[CorrelationType, Callable[[Measure, Rows, Windows], Judged]]] = {
    CorrelationType.EVENT_COUNT: _event_count,
    CorrelationType.VALUE_COUNT: _value_count,
    CorrelationType.TEMPORAL: _temporal,
    CorrelationType.TEMPORAL_ORDERED: _temporal_ordered,
    CorrelationType.VALUE_SUM: _value_sum,
    CorrelationType.VALUE_AVG: _value_avg,
    CorrelationType.VALUE_PERCENTILE: _value_percentile,
}
