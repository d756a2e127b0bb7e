"""Moments and durations. Moments are aware and UTC; on the way of an event they are microseconds since 1970."""

import re
from datetime import UTC, datetime, timedelta

from tocsin.kernel.errors import ConfigError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_WORDS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def now() -> datetime:
    """The present moment, UTC."""
    return datetime.now(UTC)


def to_us(moment: datetime) -> int:
    """Microseconds from 1970 to ``moment``, exactly."""
    return (moment - EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """The moment ``us`` microseconds after 1970, UTC."""
    return EPOCH + timedelta(microseconds=us)


def parse_duration(text: str) -> timedelta:
    """Read ``90s``, ``5m``, ``1h``, ``7d`` or ``2w``.

    Raises: ConfigError with the text and what is allowed.
    """
    found = re.fullmatch(r"\s*(\d{1,6})\s*([smhdw])\s*", text)
    if not found:
        raise ConfigError(f"'{text}' is not a duration; write a whole number and s, m, h, d or w, such as 5m")
    return timedelta(seconds=int(found[1]) * _UNITS_S[found[2]])


def in_words(length: timedelta) -> str:
    """A duration for a person, in its largest unit: `79 seconds`, `3 hours`."""
    seconds = max(length.total_seconds(), 0)
    for unit, size_s in _WORDS:
        # Two of a unit at least: "79 seconds" says more than "1 minute".
        if seconds >= 2 * size_s:
            return f"{seconds / size_s:,.0f} {unit}s"
    return "1 second" if seconds >= 1 else "a second"


def parse_moment(text: str, *, relative_to: datetime) -> datetime:
    """Read an ISO 8601 moment (UTC where it names no zone) or a duration before ``relative_to``.

    Raises: ConfigError with the text and what is allowed.
    """
    try:
        if re.fullmatch(r"\s*\d{1,6}\s*[smhdw]\s*", text):
            return relative_to - parse_duration(text)
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            f"'{text}' is not a time; write 2026-01-31T09:30:00Z, 2026-01-31 or a duration back from now, such as 2h"
        ) from error
