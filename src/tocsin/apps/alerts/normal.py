"""What an alert of a rule with a baseline says of itself: how many, in how long, and how many are normal."""

from typing import Any

from tocsin.engine.baseline import LEAST_SEASONS, Normal
from tocsin.engine.ringers import Ringer

_WORDS = {"gte": "at least", "gt": "more than"}
_UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def record(ringer: Ringer, normal: Normal, peak: int) -> dict[str, Any]:
    """What is kept in `Alert.normal`: keys are those of `Normal`, and what the words need beside them."""
    baseline = ringer.baseline
    assert baseline is not None  # noqa: S101 -- there is no `Normal` without it
    return {
        "peak": peak,
        "low": normal.low,
        "high": normal.high,
        "seasons": normal.seasons,
        "season": "week" if baseline.season_hours == 168 else "day",
        "day": normal.day,
        "over": "all" if baseline.is_over_all else "group",
        "condition": " and ".join(f"{_WORDS[each.comparison]} {each.value:g}" for each in ringer.measure.thresholds),
        "timespan_s": ringer.timespan_us // 1_000_000,
        "count_of": ringer.counted[:200],
    }


def say(normal: dict[str, Any]) -> str:
    """``47 in 10 minutes; at this hour 0 to 3 are normal``. Empty for an alert without a baseline."""
    if not normal:
        return ""
    peak, name = normal["peak"], normal["count_of"]
    many = f"{peak:,} different {name}" if name else f"{peak:,}"
    head = f"{many} in {_length(normal['timespan_s'])}"
    if normal["high"] is None:
        return f"{head}; {_unknown(normal)}, so the written condition ({normal['condition']}) decided"
    when = f"on {normal['day']}" if normal["day"] else "at this hour"
    everybody = " over all groups" if normal["over"] == "all" else ""
    return f"{head}; {when} {normal['low']:,} to {normal['high']:,} are normal{everybody}"


def _unknown(normal: dict[str, Any]) -> str:
    """Why it is not known what is normal."""
    season, seasons = normal["season"], normal["seasons"]
    if not seasons:
        whose = "" if normal["over"] == "all" else " of this group"
        return f"nothing{whose} is known from the past {season}s"
    plural = "" if seasons == 1 else "s"
    return f"what is normal is not known yet: {seasons} past {season}{plural} of at least {LEAST_SEASONS}"


def _length(seconds: int) -> str:
    for unit, size_s in _UNITS:
        if seconds >= size_s and seconds % size_s == 0:
            return f"{seconds // size_s:,} {unit}{'' if seconds == size_s else 's'}"
    return "one moment"
