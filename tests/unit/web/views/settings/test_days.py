"""Special days: shown, added, removed."""

import pytest
from django.test import Client
from tests.unit.web.conftest import read

from tocsin.apps.detect.models import SpecialDay


def test_a_day_is_added_and_removed(console: Client) -> None:
    """What it is called is data."""
    console.post("/settings/days/add", {"day": "2026-11-27", "name": "<b>Black Friday"})
    page = read(console, "/settings/days")
    assert "<b>Black Friday" in page.text
    address = f"/settings/days/{SpecialDay.objects.get().pk}/remove"
    assert page.all("form", action=address)
    console.post(address)
    assert not SpecialDay.objects.exists()
    assert console.post(address).status_code == 404


@pytest.mark.parametrize("day", ["13-01", "2026-02-30", "x", "", "11-27-2026"])
def test_what_is_no_day_is_refused(console: Client, day: str) -> None:
    """Nothing is added."""
    console.post("/settings/days/add", {"day": day, "name": "x"})
    assert not SpecialDay.objects.exists()


def test_a_day_that_is_special_already_stays(console: Client) -> None:
    """The first name holds, and the page says so."""
    console.post("/settings/days/add", {"day": "12-24", "name": "first"})
    assert (
        "already"
        in console.post("/settings/days/add", {"day": "12-24", "name": "second"}, follow=True).content.decode()
    )
    assert SpecialDay.objects.get().name == "first"


def test_the_days_of_the_settings_are_shown(console: Client) -> None:
    """The default ones here."""
    assert "12-31: New Year's Eve" in read(console, "/settings/days").text
