"""Notifications: sent, waiting, failed."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.unit.web.conftest import START, MakeAlert, read

from tocsin.apps.notify.models import Channel, Delivery, DeliveryState
from tocsin.kernel.clock import now

Queries = Callable[[int], AbstractContextManager[Any]]
WEBHOOK = "https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"


@pytest.fixture
def slack(db: None) -> Channel:
    """A Slack channel for high alerts and above."""
    return Channel.objects.create(name="team", kind="slack", config={"url": WEBHOOK}, min_level_rank=3)


def deliver(channel: Channel, **changes: Any) -> Delivery:
    """A row of the outbox; what a test does not name is ordinary."""
    number = str(Delivery.objects.count())
    values = {"channel": channel, "occasion": "opened", "idempotency_key": number, "due_at": START}
    return Delivery.objects.create(**values | changes)


def test_without_channels_the_page_says_how_to_add_one(console: Client) -> None:
    """Nobody is told until then."""
    text = read(console, "/deliveries").text
    assert "Nobody is told yet" in text
    assert "tocsin channel add email" in text


def test_a_channel_is_shown_without_its_secret(console: Client, slack: Channel) -> None:
    """Its name, kind, where it leads and from which level; the webhook's path is the secret."""
    page = read(console, "/deliveries")
    assert "team slack" in page.text
    assert "hooks.slack.com" in page.text
    assert "from level high" in page.text
    assert "T00000000" not in page.markup


def test_a_channel_that_cannot_be_used_says_so(console: Client) -> None:
    """A broken or unknown kind does not break the page, and shows nothing of its settings."""
    Channel.objects.create(name="old", kind="pigeon", config={"token": "hunter2"})
    page = read(console, "/deliveries")
    assert "cannot be used" in page.text
    assert "hunter2" not in page.markup


def test_notifications_are_listed_newest_first(console: Client, slack: Channel, make_alert: MakeAlert) -> None:
    """What about, by which channel, how often tried, why not, and when next."""
    deliver(slack, alert=make_alert(rule_title="First"), state="sent", sent_at=now() - timedelta(minutes=4))
    due_at = now() + timedelta(minutes=10)
    deliver(slack, alert=make_alert(rule_title="Second"), attempts=3, error="timed out", due_at=due_at)
    deliver(slack, occasion="undelivered", body={"channel": "oncall"}, state="superseded")
    text = read(console, "/deliveries").text
    assert text.index("Channel oncall was not reached") < text.index("Second") < text.index("First")
    assert "timed out team 3" in text
    assert "in 9 min" in text
    assert "4 min ago" in text


def test_filters_count_and_narrow(console: Client, slack: Channel, make_alert: MakeAlert) -> None:
    """By state; an unknown one is as if not given."""
    deliver(slack, alert=make_alert(rule_title="Gone wrong"), state="dead")
    deliver(slack, alert=make_alert(rule_title="Went well"), state="sent")
    failed = read(console, "/deliveries?state=dead").text
    assert "Failed 1" in failed
    assert "Gone wrong" in failed
    assert "Went well" not in failed
    assert "Went well" in read(console, "/deliveries?state=lost").text


def test_a_failed_notification_is_tried_again(console: Client, slack: Channel) -> None:
    """It is due now; a second press, or one that was sent, changes nothing."""
    failed = deliver(slack, state="dead", claimed_until=START, attempts=9)
    assert "1 notification failed" in read(console, "/").text
    address = f"/deliveries/{failed.pk}/retry"
    assert "tried again now" in console.post(address, follow=True).content.decode()
    failed.refresh_from_db()
    assert (failed.state, failed.claimed_until) == (DeliveryState.PENDING, None)
    assert now() - failed.due_at < timedelta(seconds=30)
    assert "Nothing to do" in console.post(address, follow=True).content.decode()
    assert console.post("/deliveries/999/retry").status_code == 404
    assert console.get(address).status_code == 405


def test_pages_show_every_notification_once(console: Client, slack: Channel) -> None:
    """Following `next` to the end; a mangled place shows the first page."""
    for _ in range(120):
        deliver(slack, state="dead")
    seen, address = [], "/deliveries?state=dead"
    while address:
        page = read(console, address)
        seen += [each["action"] for each in page.all("form", method="post") if "retry" in each["action"]]
        following = page.all("a", rel="next")
        address = "/deliveries" + following[0]["href"].removeprefix("/deliveries") if following else ""
    assert len(seen) == len(set(seen)) == 120
    for place in ("x", "-1", "²", "9" * 40):
        read(console, f"/deliveries?before={place}")


def test_the_page_costs_nine_queries(
    console: Client, slack: Channel, make_alert: MakeAlert, django_assert_num_queries: Queries
) -> None:
    """Session, person, three for the pulse, four for the page, however many rows."""
    for number in range(10):
        Channel.objects.create(name=f"c{number}", kind="email", config={"to": ["a@example.com"]})
    for _ in range(60):
        deliver(slack, alert=make_alert())
    with django_assert_num_queries(9):
        console.get("/deliveries")
