"""Which days are special."""

import pytest

from tocsin.apps.detect.calendar import Calendars, make_calendar
from tocsin.apps.detect.models import SpecialDay
from tocsin.kernel.clock import now, parse_moment, to_us


def hour(text: str) -> int:
    """The hour since 1970 of a moment."""
    return to_us(parse_moment(text, relative_to=now())) // 3_600_000_000


def test_a_countrys_holidays_are_special() -> None:
    """And those of its parts only there."""
    germany, bavaria = make_calendar("UTC", "DE", {}), make_calendar("UTC", "DE-BY", {})
    assert germany.special(hour("2026-10-03T12:00Z")) == "German Unity Day"
    assert germany.special(hour("2026-01-06T12:00Z")) == ""
    assert bavaria.special(hour("2026-01-06T12:00Z")) == "Epiphany"


def test_own_days_are_of_every_year_or_of_one_and_go_before_holidays() -> None:
    """`MM-DD` and `YYYY-MM-DD`."""
    calendar = make_calendar("UTC", "DE", {"12-31": "New Year's Eve", "2026-11-27": "Sale", "10-03": "Launch"})
    assert calendar.special(hour("2031-12-31T23:59Z")) == "New Year's Eve"
    assert calendar.special(hour("2026-11-27T00:00Z")) == "Sale"
    assert calendar.special(hour("2027-11-27T00:00Z")) == ""
    assert calendar.special(hour("2026-10-03T00:00Z")) == "Launch"


def test_days_begin_where_the_people_are() -> None:
    """New Year's Eve in Auckland begins and ends thirteen hours earlier."""
    calendar = make_calendar("Pacific/Auckland", "", {"12-31": "New Year's Eve"})
    special = [each for each in range(hour("2026-12-30T00:00Z"), hour("2027-01-02T00:00Z")) if calendar.special(each)]
    assert special == list(range(hour("2026-12-30T11:00Z"), hour("2026-12-31T11:00Z")))


def test_an_hour_that_no_date_has_is_ordinary() -> None:
    """A clock can claim anything."""
    assert make_calendar("UTC", "DE", {}).special(2**31 - 1) == ""


@pytest.mark.django_db
def test_days_in_the_database_are_read_again_when_they_change() -> None:
    """What the settings say stays; while nothing changes the calendar is the same one."""
    calendars = Calendars("UTC", "", {"12-31": "New Year's Eve"})
    first = calendars.read()
    assert calendars.read() is first
    SpecialDay.objects.create(day="2026-11-27", name="Sale")
    second = calendars.read()
    assert second is not first
    assert second.special(hour("2026-11-27T00:00Z")) == "Sale"
    assert second.special(hour("2026-12-31T00:00Z")) == "New Year's Eve"
