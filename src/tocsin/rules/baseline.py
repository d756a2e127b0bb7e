"""`tocsin.baseline`: a threshold that learns what is normal, read and checked."""

from datetime import timedelta
from typing import Final

from tocsin.kernel.clock import parse_duration
from tocsin.kernel.errors import ConfigError
from tocsin.kernel.issues import Issue
from tocsin.rules import issues
from tocsin.rules.correlations import Correlation
from tocsin.rules.documents import Document
from tocsin.rules.model import Baseline, CorrelationType

_KEYS: Final = ("history", "season", "quantile", "over")
_WANTED: Final = "a mapping of history, season, quantile and over"
_SEASONS_H: Final = {"week": 168, "day": 24}
_COUNTS: Final = (CorrelationType.EVENT_COUNT, CorrelationType.VALUE_COUNT)
LEAST_SEASONS: Final = 3
MAX_HISTORY: Final = timedelta(days=182)
MAX_WINDOW_US: Final = 86_400_000_000
"""A window over more than a day is no matter of the hour."""


def read_baseline(document: Document, correlation: Correlation | None) -> tuple[Baseline | None, list[Issue]]:
    """Read `tocsin.baseline` of a correlation; None where there is none, or it is wrong."""
    section = document.get("tocsin", "baseline")
    if section is None and not _stands(document):
        return None, []
    if not isinstance(section, dict):
        place = document.at("tocsin", "baseline")
        return None, [issues.wrong_type(place, "baseline", section, _WANTED)]
    found = [
        issues.unknown_key(document.at_key("tocsin", "baseline", str(key)), str(key), "baseline", _KEYS)
        for key in section
        if key not in _KEYS
    ]
    season_hours = _read_choice(document, "season", _SEASONS_H, found)
    is_over_all = _read_choice(document, "over", {"group": 0, "all": 1}, found)
    quantile = _read_quantile(document, found)
    seasons = _read_history(document, season_hours or _SEASONS_H["week"], found)
    found += _check_rule(document, correlation)
    if found or season_hours is None:
        return None, found
    return Baseline(seasons, season_hours, quantile, bool(is_over_all)), []


def _stands(document: Document) -> bool:
    section = document.data.get("tocsin")
    return isinstance(section, dict) and "baseline" in section


def _read_choice(document: Document, key: str, choices: dict[str, int], found: list[Issue]) -> int | None:
    """One of ``choices``, the first where nothing is written."""
    value = document.get("tocsin", "baseline", key)
    if value is None:
        return next(iter(choices.values()))
    if isinstance(value, str) and value in choices:
        return choices[value]
    place = document.at("tocsin", "baseline", key)
    message = f"'{key}' is {issues.show(value)}"
    found.append(Issue("bad-baseline", message, place, f"use {issues.listing(choices, 'or')}"))
    return None


def _read_quantile(document: Document, found: list[Issue]) -> float:
    value = document.get("tocsin", "baseline", "quantile")
    if value is None:
        return Baseline().quantile
    if isinstance(value, int | float) and not isinstance(value, bool) and 0.5 <= value < 1:
        return float(value)
    place = document.at("tocsin", "baseline", "quantile")
    mend = "use a number from 0.5 to below 1, such as 0.999: of a thousand such hours one is more than normal"
    found.append(Issue("bad-baseline", f"'quantile' is {issues.show(value)}", place, mend))
    return Baseline().quantile


def _read_history(document: Document, season_hours: int, found: list[Issue]) -> int:
    """How many whole seasons `history` holds."""
    value = document.get("tocsin", "baseline", "history")
    if value is None:
        return 28 * 24 // season_hours
    place = document.at("tocsin", "baseline", "history")
    try:
        span = parse_duration(str(value))
    except ConfigError as error:
        message, _, mend = str(error).partition("; ")
        found.append(Issue("bad-baseline", f"'history': {message}", place, mend))
        return LEAST_SEASONS
    least = timedelta(hours=LEAST_SEASONS * season_hours)
    if not least <= span <= MAX_HISTORY:
        message = f"'history' is {issues.show(value)}, out of bounds"
        found.append(Issue("bad-baseline", message, place, f"use {least.days}d to {MAX_HISTORY.days}d"))
        return LEAST_SEASONS
    return span // timedelta(hours=season_hours)


def _check_rule(document: Document, correlation: Correlation | None) -> list[Issue]:
    """What a baseline cannot be the baseline of."""
    place = document.at_key("tocsin", "baseline")
    if correlation is None:
        return []
    if correlation.type not in _COUNTS:
        mend = "use it with event_count or value_count, or take it out"
        return [Issue("bad-baseline", f"a baseline of {correlation.type} is not a count", place, mend)]
    found = [
        Issue("bad-baseline", f"a baseline asks for more than is normal, and '{each.comparison}' for less", place, mend)
        for each in correlation.condition.thresholds
        if each.comparison not in {"gt", "gte"}
        for mend in ("write the condition with gt or gte alone, or take the baseline out",)
    ]
    if correlation.timespan_us > MAX_WINDOW_US:
        message = "a baseline is learnt by the hour, and the timespan is longer than a day"
        found.append(Issue("bad-baseline", message, place, "use a timespan of at most 24h, or take the baseline out"))
    return found
