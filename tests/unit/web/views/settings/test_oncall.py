"""On call: rotations are made, shown for four weeks, stood in for, removed."""

from datetime import timedelta

from django.test import Client
from tests.unit.web.conftest import read

from tocsin.apps.accounts.models import User
from tocsin.apps.notify.models import Rotation
from tocsin.kernel.clock import now

SET = "/settings/oncall/set"


def rotation(**changes: str) -> dict[str, str]:
    """A rotation as the form sends it."""
    start = f"{now() - timedelta(days=1):%Y-%m-%dT%H:%M}"
    people = "owner@example.com\r\nteammate@example.com"
    said = {"name": "primary", "people": people, "starts_at": start, "shift_days": "7", "time_zone": "UTC"}
    return said | changes


def test_a_rotation_shows_who_is_on_call_for_four_weeks(console: Client, teammate: User) -> None:
    """In the order in which its people were written."""
    console.post(SET, rotation())
    page = read(console, "/settings/oncall").text
    assert "Now: Olive Owner" in page
    turns = page[page.index("On call", page.index("The next four weeks")) :]
    assert turns.index("Olive Owner") < turns.index("Tom Teammate")


def test_who_stands_in_is_on_call_now(console: Client, teammate: User) -> None:
    """And the page says that it is a substitution."""
    console.post(SET, rotation(people="owner@example.com"))
    begin, end = now() - timedelta(hours=1), now() + timedelta(hours=5)
    said = {"email": teammate.email, "from_at": f"{begin:%Y-%m-%dT%H:%M}", "until_at": f"{end:%Y-%m-%dT%H:%M}"}
    console.post(f"/settings/oncall/{Rotation.objects.get().pk}/substitute", said)
    page = read(console, "/settings/oncall").text
    assert page.index("Now: Tom Teammate") < page.index("standing in")


def test_what_cannot_be_makes_no_rotation(console: Client, teammate: User) -> None:
    """The page says what is wrong."""
    wrong = (
        ({"people": "nobody@example.com"}, "nobody here has the address"),
        ({"time_zone": "Mars/Olympus"}, "no moment"),
        ({"starts_at": "soon"}, "no moment"),
        ({"shift_days": "0"}, "a shift of 0 days"),
        ({"name": "<b>"}, "needs a name"),
    )
    for changes, words in wrong:
        assert words in console.post(SET, rotation(**changes), follow=True).content.decode()
    assert not Rotation.objects.exists()


def test_a_rotation_is_removed(console: Client) -> None:
    """A second time there is none to be found."""
    console.post(SET, rotation(people="owner@example.com"))
    address = f"/settings/oncall/{Rotation.objects.get().pk}/remove"
    assert "is removed" in console.post(address, follow=True).content.decode()
    assert console.post(address).status_code == 404
