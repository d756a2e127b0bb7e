"""Durations as rules write them, within bounds."""

from datetime import timedelta
from typing import Final

from tocsin.kernel.clock import parse_duration
from tocsin.kernel.errors import ConfigError
from tocsin.kernel.issues import Issue
from tocsin.rules import issues
from tocsin.rules.documents import Document

MAX_TIMESPAN: Final = timedelta(days=366)
"""A window's matches are kept for this long at most."""


def read_timespan(document: Document, *keys: str) -> tuple[int | None, list[Issue]]:
    """Read the duration under ``keys``, in microseconds; None with its issue where it is none."""
    value = document.get(*keys)
    try:
        span = parse_duration(str(value))
    except ConfigError as error:
        return None, [issues.bad_timespan(document.at(*keys), str(error))]
    if not timedelta(0) < span <= MAX_TIMESPAN:
        problem = f"timespan {issues.show(value)} is out of bounds; use 1s to {MAX_TIMESPAN.days}d"
        return None, [issues.bad_timespan(document.at(*keys), problem)]
    return span // timedelta(microseconds=1), []
