"""Baseline: how many is normal at this hour, by what the same hours of past weeks had.

What is kept of the past is one number a group and hour: the most that one of its windows counted. An hour is
settled when the watermark has passed its end, and a window looks only at hours that ended nearly a season
before it, so that what is normal depends on events and never on when they arrived.

Of every past season the busiest of three hours counts: the same one, and its neighbours. The highest of the
seasons is left out, as it may have been an incident. On twice the square root of a count chance has a spread
of one, whatever the count; so there the median of the rest, and its spread by the median deviation but at
least one, give the quantile, and its square is the highest count that is still normal.

Source: F. J. Anscombe, "The transformation of Poisson, binomial and negative-binomial data", 1948.
"""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache, lru_cache
from statistics import NormalDist
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from tocsin.engine.peaks import HOUR_BITS, MIDDLE, Peaks, join_peaks, newest_peaks
from tocsin.engine.windows import Hashes, Ints
from tocsin.rules.model import Baseline

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

HOUR_US: Final = 3_600_000_000
SETTLE_US: Final = 600_000_000
"""History takes up what the watermark has passed in steps of ten minutes, not at every pass."""
LEAST_SEASONS: Final = 3
"""Fewer say too little of what is normal."""
MAX_ENTRIES: Final = 1_000_000
"""Numbers kept a rule; beyond it the oldest hours are dropped, and that is told."""
SPECIAL_DAYS: Final = 400
"""Days back to which special days are remembered."""
_SPARE_HOURS: Final = 48
"""Windows that ended shortly before the watermark may be looked at once more."""
EVERYBODY: Final = np.uint64(0)
"""The group of a history over all groups."""

_SPREAD_OF_MAD: Final = 1.4826
_ANSCOMBE: Final = 0.375
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _ordinary(_: date) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days are special. ``name_of``: a day's name, empty for an ordinary one; days begin in ``zone``."""

    zone: str = "UTC"
    name_of: Callable[[date], str] = _ordinary

    def special(self, hour: int) -> str:
        """The name of the special day on which ``hour`` (since 1970) begins; empty on an ordinary day."""
        return _special(self, hour)


@lru_cache(maxsize=65_536)
def _special(calendar: Calendar, hour: int) -> str:
    """Asked again and again for the same hours of the past."""
    try:
        return calendar.name_of((_EPOCH + timedelta(hours=hour)).astimezone(_zone(calendar.zone)).date())
    except OverflowError:  # beyond the year 9999
        return ""


@dataclass(frozen=True, slots=True)
class History:
    """What a rule has learnt.

    Attributes:
        assumed: in a rehearsal, what the hour had in each past season, oldest first, for every group and hour.
    """

    peaks: Peaks = field(default_factory=Peaks)
    calendar: Calendar = Calendar()
    assumed: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Normal:
    """What is normal for a group at an hour.

    Attributes:
        high, low: the most and the least that is normal; None where too little is known.
        seasons: how many past seasons there are to compare with.
        day: the name of the special day that it is.
    """

    high: int | None
    low: int | None
    seasons: int
    day: str = ""


def hash_groups(baseline: Baseline, texts: Iterable[str]) -> Hashes:
    """What the groups are called in a history."""
    if baseline.is_over_all:
        return np.full(len(list(texts)), EVERYBODY)
    digests = b"".join(hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts)
    return np.frombuffer(digests, np.uint64)


def learn(history: History, fresh: Peaks) -> tuple[History, int]:
    """``history`` with what has been settled, in bounds; and how many numbers were dropped for them.

    Hours are dropped whole, the oldest first, after each settled hour: whatever was settled together, the
    same hours are left.
    """
    peaks = join_peaks([history.peaks, fresh])
    dropped = 0
    if len(peaks) > MAX_ENTRIES:
        peaks = history.peaks
        hours = fresh.hour
        for hour in np.unique(hours).tolist():
            peaks = join_peaks([peaks, fresh.take(hours == hour)])
            bounded = newest_peaks(peaks, MAX_ENTRIES)
            dropped += len(peaks) - len(bounded)
            peaks = bounded
    return History(peaks, history.calendar, history.assumed), dropped


def forget(baseline: Baseline, history: History, before_us: int) -> History:
    """``history`` without what no window that ends at ``before_us`` or later looks at."""
    hour = before_us // HOUR_US - _SPARE_HOURS
    hours = history.peaks.hour
    is_kept = hours >= hour - _reach(baseline)
    old = np.unique(hours[~is_kept & (hours >= hour - SPECIAL_DAYS * 24 - 1)])
    special = [each for each in old.tolist() if any(history.calendar.special(each + by) for by in (-1, 0, 1))]
    is_kept |= np.isin(hours, special)
    return History(history.peaks.take(is_kept), history.calendar, history.assumed)


def settled_after_us(baseline: Baseline, settled_us: int) -> int:
    """The moment before which every window's history is settled, where events before ``settled_us`` are."""
    return (settled_us // HOUR_US + baseline.season_hours - 1) * HOUR_US


def find_normal(baseline: Baseline, history: History, groups: Hashes, hours: Ints) -> list[Normal]:
    """What is normal for each pair of a group (`hash_groups`) and an hour since 1970.

    Cost: some searches a pair and season in sorted numbers; on a special day a step a pair and season.
    """
    if history.assumed is not None:
        values = np.tile(np.array(history.assumed[-baseline.seasons :], float), (len(groups), 1))
        return _normals(baseline, values, [""] * len(groups))
    past = _Past(history, groups)
    names = _names(history.calendar, hours)
    found = _normals(baseline, _same_hours(baseline, past, hours), names)
    for pair in [place for place, name in enumerate(names) if name]:
        found[pair] = _on_special_day(baseline, past.one(pair), int(hours[pair]), names[pair])
    return found


def _reach(baseline: Baseline) -> int:
    """How many hours back a window looks: one season more than it compares with, to know what is all there."""
    return (baseline.seasons + 2) * baseline.season_hours


class _Past:
    """The peaks of some groups, by the group's place among those asked for."""

    def __init__(self, history: History, groups: Hashes) -> None:
        self.history = history
        self.groups = groups
        known = history.peaks.groups
        codes = np.searchsorted(known, groups)
        is_known = np.zeros(len(groups), bool)
        is_known[codes < len(known)] = known[codes[codes < len(known)]] == groups[codes < len(known)]
        self.base = np.where(is_known, codes.astype(np.int64) << HOUR_BITS, -(2**62)) + MIDDLE

    def one(self, pair: int) -> "_Past":
        """The past of one of the groups."""
        return _Past(self.history, self.groups[pair : pair + 1])

    def at(self, hours: Ints) -> Ints:
        """The peaks at ``hours``, a row a group; 0 where there was nothing."""
        peaks = self.history.peaks
        if not len(peaks):
            return np.zeros(hours.shape, np.int64)
        wanted = self.base[:, None] + hours
        found = np.minimum(np.searchsorted(peaks.place, wanted), len(peaks) - 1)
        return np.where(peaks.place[found] == wanted, peaks.peak[found], 0)

    def first(self, since: Ints, until: Ints) -> Ints:
        """Of each group the hour of its first match from ``since`` to ``until``; later if there is none."""
        peaks = self.history.peaks
        if not len(peaks):
            return until + 1
        found = np.minimum(np.searchsorted(peaks.place, self.base + since), len(peaks) - 1)
        hour = peaks.place[found] - self.base
        return np.where((hour >= since) & (hour <= until), hour, until + 1)

    def between(self, since: int, until: int) -> tuple[Ints, Ints]:
        """Hours and peaks of the one group, both ends included."""
        place = self.history.peaks.place
        left, right = np.searchsorted(place, self.base[0] + np.array([since, until + 1]))
        return place[left:right] - self.base[0], self.history.peaks.peak[left:right]


def _same_hours(baseline: Baseline, past: _Past, hours: Ints) -> Floats:
    """A row a pair: what each past season, oldest first, had at this hour; nan where it says nothing."""
    first = past.first(hours - _reach(baseline), hours - baseline.season_hours + 1)
    columns = []
    for season in range(baseline.seasons, 0, -1):
        then = hours - season * baseline.season_hours
        beside = then[:, None] + np.array([-1, 0, 1])
        is_special = _are_special(past.history.calendar, beside)
        peak = np.where(is_special, 0, past.at(beside)).max(axis=1, initial=0)
        columns.append(np.where((first <= then + 1) & ~is_special[:, 1], peak.astype(float), np.nan))
    return np.stack(columns, axis=1)


def _on_special_day(baseline: Baseline, past: _Past, hour: int, name: str) -> Normal:
    """What is normal for one group on a special day: as much as in the busiest hour of ordinary weeks, and as much
    as past special days had at this hour."""
    busiest = _normals(baseline, np.array([_busiest_hours(baseline, past, hour)]), [name])[0]
    then = _normals(baseline, np.array([_special_hours(baseline, past, hour)]), [name])[0]
    known = [each for each in (busiest, then) if each.high is not None]
    if not known:
        return busiest
    high = max(each.high or 0 for each in known)
    return Normal(high, 0, max(each.seasons for each in known), name)  # a feast may as well be quiet


def _busiest_hours(baseline: Baseline, past: _Past, hour: int) -> list[float]:
    """What the busiest ordinary hour of each past season had, oldest first."""
    found = []
    length = baseline.season_hours
    first = int(past.first(np.array([hour - _reach(baseline)]), np.array([hour - length + 1]))[0])
    for season in range(baseline.seasons, 0, -1):
        begin = hour - (season + 1) * length + 1
        hours, peaks = past.between(begin, hour - season * length)
        ordinary = peaks[~_are_special(past.history.calendar, hours)]
        found.append(float(ordinary.max(initial=0)) if first <= begin else np.nan)
    return found


def _special_hours(baseline: Baseline, past: _Past, hour: int) -> list[float]:
    """What past special days, at least a season ago, had at this hour of the day, oldest first."""
    calendar = past.history.calendar
    days = range(SPECIAL_DAYS, baseline.season_hours // 24 - 1, -1)
    thens = [then for then in (hour - 24 * day for day in days) if calendar.special(then)]
    if not thens:
        return [np.nan]
    beside = np.array(thens)[:, None] + np.array([-1, 0, 1])
    peaks = past.at(beside.reshape(1, -1)).reshape(beside.shape).max(axis=1)
    hours, _ = past.between(hour - SPECIAL_DAYS * 24 - 1, hour - baseline.season_hours + 1)
    seen = [then for then in hours.tolist() if calendar.special(then)]
    first = seen[0] if seen else hour
    return [float(peak) if first <= then + 1 else np.nan for then, peak in zip(thens, peaks.tolist(), strict=True)]


def _normals(baseline: Baseline, values: Floats, names: Sequence[str]) -> list[Normal]:
    """What is normal by a row of past counts each, nan where there is none."""
    counts = np.sum(~np.isnan(values), axis=1)
    enough = counts >= LEAST_SEASONS
    high, low = np.zeros(len(values), np.int64), np.zeros(len(values), np.int64)
    if enough.any():
        high[enough], low[enough] = _estimate(values[enough], counts[enough], baseline.quantile)
    rows = zip(enough.tolist(), high.tolist(), low.tolist(), counts.tolist(), names, strict=True)
    return [Normal(h if known else None, lo if known else None, n, name) for known, h, lo, n, name in rows]


def _estimate(values: Floats, counts: Ints, quantile: float) -> tuple[Ints, Ints]:
    """The highest and the lowest normal count of each row of ``values``."""
    rest = np.sort(values, axis=1)  # nan at the end
    rest[np.arange(len(rest)), counts - 1] = np.nan
    roots = 2 * np.sqrt(rest + _ANSCOMBE)
    middle = np.nanmedian(roots, axis=1)
    deviation = np.nanmedian(np.abs(roots - middle[:, None]), axis=1)
    reach = NormalDist().inv_cdf(quantile) * np.maximum(1.0, _SPREAD_OF_MAD * deviation)
    # A billionth more or less decides nothing: what is a whole number is taken for one.
    high = np.floor(((middle + reach) / 2) ** 2 - _ANSCOMBE + 1e-9)
    low = np.ceil((np.maximum(middle - reach, 0) / 2) ** 2 - _ANSCOMBE - 1e-9)
    return high.astype(np.int64), np.maximum(low, 0).astype(np.int64)


def _names(calendar: Calendar, hours: Ints) -> list[str]:
    named = {hour: calendar.special(hour) for hour in np.unique(hours).tolist()}
    return [named[hour] for hour in hours.tolist()]


def _are_special(calendar: Calendar, hours: Ints) -> Bools:
    distinct, places = np.unique(hours, return_inverse=True)
    special = np.array([bool(calendar.special(hour)) for hour in distinct.tolist()], bool)
    return special[places].reshape(hours.shape) if len(distinct) else np.zeros(hours.shape, bool)


@cache
def _zone(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)  # UTC is there even where no files of time zones are
