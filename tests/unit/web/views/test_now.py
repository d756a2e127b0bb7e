"""Now, the first page."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from django.test import Client
from tests.unit.web.conftest import MakeAlert, read

from tocsin.apps.accounts.models import User
from tocsin.apps.alerts.models import Alert, Mute, State
from tocsin.apps.detect.alarms import SILENT
from tocsin.apps.notify.models import Channel, Delivery, DeliveryState
from tocsin.apps.notify.oncall import set_rotation
from tocsin.kernel.clock import now

Queries = Callable[[int], AbstractContextManager[Any]]
HOUR = timedelta(hours=1)


def test_a_quiet_page_says_so(console: Client) -> None:
    """Nothing open, nothing in a day, nobody on call, nothing muted."""
    text = read(console, "/").text
    for words in ("All quiet", "None rang.", "No rotation is set up", "0 mutes in force"):
        assert words in text


def test_the_day_is_counted_by_level_and_hour(console: Client, make_alert: MakeAlert) -> None:
    """An alert counts in every hour in which it rang, once in the day; each number leads to just these alerts."""
    start = now().replace(minute=0, second=0, microsecond=0)
    long = make_alert(level="high", first_at=start - 2 * HOUR, last_at=start - HOUR)
    make_alert(level="low", first_at=start - 2 * HOUR, last_at=start - HOUR - timedelta(microseconds=1))
    make_alert(level="low", first_at=start - 40 * HOUR, last_at=start - 30 * HOUR)
    make_alert(level="low", state=State.MERGED, first_at=start - 2 * HOUR, last_at=start - HOUR)
    page = read(console, "/")
    hours = [each["href"] for each in page.all("a") if each.get("id", "").startswith("hour-")]
    assert f"{start - 2 * HOUR:%Y-%m-%d %H:%M} UTC 2" in page.text
    assert f"{start - HOUR:%Y-%m-%d %H:%M} UTC 1" in page.text
    found = [len(read(console, address).all("a", class_="cover")) for address in hours]
    assert found == [2, 1]
    assert "High 1" in page.text.title()
    high = page.all("a", id="legend-high")[0]["href"]
    assert [each["id"] for each in read(console, high).all("a", class_="cover")] == [f"alert-{long.pk}"]


def test_what_needs_somebody_has_its_place(console: Client, make_alert: MakeAlert, owner: User) -> None:
    """Silent sources, failed notifications, who is on call, mutes: each leads to what it is."""
    alert = make_alert()
    make_alert(rule_id=SILENT, source="web")
    channel = Channel.objects.create(name="oncall", kind="email")
    Delivery.objects.create(
        channel=channel, alert=alert, occasion="opened", state=DeliveryState.DEAD, due_at=now(), error="550 <b>no"
    )
    set_rotation("first", [owner], starts_at=now() - HOUR, shift_days=7, time_zone="UTC")
    mute = Mute.objects.create(rule_id="ssh-guessing", rule_title="Guessing", until_at=now() + HOUR, reason="x")
    Alert.objects.update(muted_by=mute)
    page = read(console, "/")
    for words in ("first: Olive Owner", "1 mute in force", "Guessing", "1 notification failed", "550 <b>no"):
        assert words in page.text
    wanted = {
        "/sources/web",
        "/deliveries?state=dead",
        f"/alerts?muted={mute.pk}",
        f"/alerts?assignee={owner.pk}",
        "/mutes",
    }
    assert wanted <= set(page.links)


def test_a_poll_that_has_seen_this_version_changes_nothing(console: Client, make_alert: MakeAlert) -> None:
    """204 while nothing changed; the chart is not drawn again every five seconds."""
    alert = make_alert()
    live = read(console, "/").all("div", id="live")[0]
    seen = live["hx-headers"].removeprefix('{"Tocsin-Seen": "').removesuffix('"}')
    poll = {"HX-Request": "true", "Tocsin-Seen": seen}
    assert console.get("/", headers=poll).status_code == 204
    Alert.objects.filter(pk=alert.pk).update(count=13)
    assert console.get("/", headers=poll).status_code == 200


def test_the_page_costs_the_same_queries_however_much_rings(
    console: Client, make_alert: MakeAlert, django_assert_num_queries: Queries
) -> None:
    """Session, person, three for the pulse, one each for the ids, rows, day, rotations, mutes and their number."""
    for _ in range(40):
        make_alert(first_at=now() - HOUR, last_at=now())
    with django_assert_num_queries(11):
        console.get("/")
