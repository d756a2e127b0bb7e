"""The calendar of special days: a country's holidays, the days in the settings, and those in the database."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from tocsin.apps.detect.models import SpecialDay
from tocsin.engine.baseline import Calendar


class Calendars:
    """Reads the calendar; gives the same one as long as nothing has changed.

    Args:
        zone: the time zone in which days begin, as `Europe/Berlin`.
        country: whose holidays are special, as `DE` or `DE-BY`; empty for none.
        days: name by `MM-DD` for every year or `YYYY-MM-DD` for one.
    """

    def __init__(self, zone: str = "UTC", country: str = "", days: Mapping[str, str] | None = None) -> None:
        self._zone, self._country, self._days = zone, country, dict(days or {})
        self._rows: tuple[tuple[str, str], ...] | None = None
        self._calendar = Calendar(zone)

    def read(self) -> Calendar:
        """The calendar of now."""
        rows = tuple(SpecialDay.objects.order_by("pk").values_list("day", "name"))
        if rows != self._rows:
            self._rows = rows
            self._calendar = make_calendar(self._zone, self._country, self._days | dict(rows))
        return self._calendar


def make_calendar(zone: str, country: str, days: Mapping[str, str]) -> Calendar:
    """A calendar; a name in ``days`` goes before that of the country's holiday."""
    holidays = _holidays(country)

    @lru_cache(maxsize=4096)
    def name_of(day: date) -> str:
        return days.get(day.isoformat()) or days.get(f"{day:%m-%d}") or holidays.get(day) or ""

    return Calendar(zone, name_of)


def _holidays(country: str) -> Mapping[date, str]:
    """Holidays by date; the library adds a year when it is asked for one of its days."""
    if not country:
        return {}
    import holidays  # a sixth of a second, for who has chosen a country

    name, _, part = country.partition("-")
    return holidays.country_holidays(name, subdiv=part or None, language="en_US")
