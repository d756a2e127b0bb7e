"""What is normal the slow and obvious way: hour by hour, out of a dictionary.

Nothing of `tocsin.engine` is used here.
"""

import math
import statistics
from collections.abc import Callable, Mapping, Sequence

from tocsin.rules.model import Baseline

Special = Callable[[int], bool]
"""Whether an hour since 1970 lies on a special day."""


def nothing_special(_: int) -> bool:
    """No day is."""
    return False


def normal_high(rule: Baseline, past: Mapping[int, int], hour: int, special: Special) -> int | None:
    """The most that is normal for a group at ``hour``, by its ``past`` (hour → most that a window counted)."""
    season = rule.season_hours
    settled = {each: peak for each, peak in past.items() if each <= hour - season + 1}
    known = [each for each in settled if each >= hour - (rule.seasons + 2) * season]
    if not special(hour):
        return bound(rule, same_hours(rule, settled, min(known, default=hour), hour, special))
    found = [
        bound(rule, busiest_hours(rule, settled, min(known, default=hour), hour, special)),
        bound(rule, special_hours(rule, settled, hour, special)),
    ]
    return max((each for each in found if each is not None), default=None)


def same_hours(rule: Baseline, past: Mapping[int, int], first: int, hour: int, special: Special) -> list[int]:
    """Of each past season the most of three hours; special days are left out."""
    found = []
    for season in range(1, rule.seasons + 1):
        then = hour - season * rule.season_hours
        if first <= then + 1 and not special(then):
            found.append(max(past.get(each, 0) for each in (then - 1, then, then + 1) if not special(each)))
    return found


def busiest_hours(rule: Baseline, past: Mapping[int, int], first: int, hour: int, special: Special) -> list[int]:
    """Of each past season that is wholly known the most of its ordinary hours."""
    found = []
    for season in range(1, rule.seasons + 1):
        last = hour - season * rule.season_hours
        hours = range(last - rule.season_hours + 1, last + 1)
        if first <= hours[0]:
            found.append(max([past.get(each, 0) for each in hours if not special(each)], default=0))
    return found


def special_hours(rule: Baseline, past: Mapping[int, int], hour: int, special: Special) -> list[int]:
    """Of each special day of 400 days the most of three hours, from the first with a match on."""
    first = min((each for each in past if special(each) and each >= hour - 400 * 24 - 1), default=hour)
    thens = [hour - 24 * day for day in range(rule.season_hours // 24, 401) if special(hour - 24 * day)]
    return [max(past.get(then + by, 0) for by in (-1, 0, 1)) for then in thens if first <= then + 1]


def bound(rule: Baseline, counts: Sequence[int]) -> int | None:
    """The quantile of ``counts`` without their highest; None where they are fewer than three."""
    if len(counts) < 3:
        return None
    roots = [2 * math.sqrt(each + 3 / 8) for each in sorted(counts)[:-1]]
    middle = statistics.median(roots)
    spread = max(1.0, 1.4826 * statistics.median([abs(root - middle) for root in roots]))
    highest = (middle + statistics.NormalDist().inv_cdf(rule.quantile) * spread) / 2
    return math.floor(highest**2 - 3 / 8 + 1e-9)
