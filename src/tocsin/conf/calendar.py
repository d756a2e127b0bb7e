"""The settings of the calendar: time zone, country and special days, checked."""

from collections.abc import Callable
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tocsin.kernel.days import check_days

UTC: Final = "UTC"
"""Known without any files of time zones."""


def check_zone(name: str) -> None:
    """Raises: ValueError where ``name`` is no time zone."""
    if name == UTC:
        return
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError) as error:
        message = f"'{name}' is not a time zone; write one such as UTC, Europe/Berlin or America/New_York"
        raise ValueError(message) from error


def check_country(code: str) -> None:
    """Raises: ValueError where no holidays are known for ``code``."""
    if not code:
        return
    import holidays

    name, _, part = code.partition("-")
    known = holidays.list_supported_countries()
    if name not in known:
        raise ValueError(f"no holidays are known for '{name}'; write a code of two letters, such as DE, US or IN")
    if part and part not in known[name]:
        shown = ", ".join(known[name]) or "none"
        raise ValueError(f"'{part}' is not a part of {name} with holidays of its own; those are: {shown}")


CHECKS: Final[dict[str, Callable[[Any], None]]] = {
    "timezone": check_zone,
    "country": check_country,
    "special_days": check_days,
}
