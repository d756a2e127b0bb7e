"""Channels: added, tried, switched, removed."""

import pytest
from django.test import Client
from tests.unit.web.conftest import read

from tocsin.apps.audit.models import AuditRow
from tocsin.apps.notify.models import Channel

CHANNELS = "/settings/channels"


def add(console: Client, **changes: str) -> str:
    """Add a channel; returns the page that follows."""
    form = {"name": "oncall", "kind": "email", "to": "a@example.com, b@example.com", "level": "high"} | changes
    return console.post(f"{CHANNELS}/add", form, follow=True).content.decode()


def test_an_email_channel_tells_several_addresses(console: Client) -> None:
    """From its level on."""
    assert "Added the channel &#x27;oncall&#x27;" in add(console)
    channel = Channel.objects.get()
    assert (channel.config["to"], channel.min_level_rank) == (["a@example.com", "b@example.com"], 3)


def test_the_secret_of_a_webhook_is_shown_once(console: Client) -> None:
    """And is in no later page."""
    page = add(console, kind="webhook", to="https://example.com/hook")
    secret = Channel.objects.get().config["secret"]
    assert secret in page
    assert secret not in read(console, CHANNELS).markup


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "pigeon"}, "pigeon"),
        ({"name": ""}, "a channel is named"),
        ({"level": "loud"}, "is not a level"),
        ({"kind": "webhook", "to": "javascript:alert(1)"}, "Nothing was added"),
        ({"to": ""}, "Nothing was added"),
    ],
)
def test_what_cannot_be_a_channel_is_refused_with_the_reason(
    console: Client, changes: dict[str, str], words: str
) -> None:
    """Nothing is added."""
    assert words in add(console, **changes)
    assert not Channel.objects.exists()


def test_a_channel_is_switched_and_removed_and_each_is_recorded(console: Client) -> None:
    """Who silences the alarm is in the audit source."""
    add(console)
    number = Channel.objects.get().pk
    console.post(f"{CHANNELS}/{number}/switch", {"enabled": "no"})
    assert not Channel.objects.get().is_enabled
    assert "switched off" in read(console, CHANNELS).text
    console.post(f"{CHANNELS}/{number}/switch", {"enabled": "yes"})
    console.post(f"{CHANNELS}/{number}/remove")
    assert not Channel.objects.exists()
    done = [row.content for row in AuditRow.objects.order_by("pk") if "tocsin.channel" in row.content]
    assert [each["event.action"] for each in done] == [
        "channel.added",
        "channel.changed",
        "channel.changed",
        "channel.removed",
    ]
    assert {each["user.email"] for each in done} == {"owner@example.com"}


def test_a_try_that_fails_says_why(console: Client) -> None:
    """The other side's words, or that mail cannot be sent from here."""
    add(console)
    page = console.post(f"{CHANNELS}/{Channel.objects.get().pk}/try", follow=True).content.decode()
    assert "Not delivered" in page
    assert console.post(f"{CHANNELS}/99/try").status_code == 404
