"""What an address asks for, made fit for a database."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_AGO: Final = re.compile(r"(\d{1,5})([mhdw])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
MAX_ID: Final = 2**63 - 1


def storable(text: str) -> str:
    """``text`` without NUL characters: PostgreSQL refuses them, and nothing that it holds has one."""
    return text.replace("\x00", "")


def moment(text: str, at: datetime) -> datetime | None:
    """The moment that ``text`` says: `24h`, `7d` before ``at``; or a date or date and time of ISO 8601, in UTC
    where it says no other zone. None where it says none.
    """
    try:
        if ago := _AGO.fullmatch(text):
            return at - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
        said = datetime.fromisoformat(text)
        return said.astimezone(UTC) if said.tzinfo else said.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def number(text: str) -> int | None:
    """The id that ``text`` says; None where it says none that a database can hold."""
    is_id = text.isascii() and text.isdecimal() and len(text) < len(str(MAX_ID))
    return int(text) if is_id else None
