"""Channels: made, checked, listed, tried and removed."""

import json

import pytest
from tests.unit.apps.notify.cast import Settings, alert
from tests.unit.notifiers.servers import http_receiver, smtp_receiver

from tocsin.apps.notify.channels import (
    add_channel,
    ensure_owner_channel,
    list_channels,
    remove_channel,
    try_channel,
)
from tocsin.apps.notify.models import Channel, Delivery
from tocsin.apps.notify.outbox import enqueue
from tocsin.kernel.errors import ConfigError, DeliveryError

pytestmark = pytest.mark.django_db
SLACK = {"url": "https://hooks.slack.com/services/T0/B0/secret-path"}


def test_a_channel_is_listed_without_its_secrets() -> None:
    """Name, kind, host, level and how the last message fared."""
    add_channel("ops", "slack", SLACK, "high")
    enqueue(alert(), "opened")
    (listed,) = list_channels()
    assert (listed.name, listed.kind, listed.min_level, listed.last) == ("ops", "slack", "high", "pending")
    assert "secret-path" not in repr(listed)


def test_a_channel_that_cannot_be_used_is_listed_with_its_reason() -> None:
    """A row from another version does not break the list."""
    Channel.objects.create(name="old", kind="pigeon")
    assert list_channels()[0].target.startswith("cannot be used: 'pigeon' is not a kind of channel")


def test_a_name_is_taken_once() -> None:
    """The second of a name is refused, and changes nothing."""
    add_channel("ops", "slack", SLACK)
    with pytest.raises(ConfigError, match="there is a channel 'ops' already"):
        add_channel("ops", "email", {"to": ["a@example.com"]})
    assert Channel.objects.get().kind == "slack"


@pytest.mark.parametrize("name", ["", " ", "x" * 101, "a\nb", "a\x1b[2J"])
def test_an_unfit_name_is_refused(name: str) -> None:
    """A name can be typed and printed."""
    with pytest.raises(ConfigError, match="a channel is named with 1 to 100 printable characters"):
        add_channel(name, "slack", SLACK)


def test_an_unknown_level_is_refused() -> None:
    """The levels that there are, are named."""
    with pytest.raises(ConfigError, match="'hihg' is not a level; use informational, low, medium, high, critical"):
        add_channel("ops", "slack", SLACK, "hihg")


def test_only_what_was_checked_is_stored() -> None:
    """Keys that the kind does not know are not kept."""
    assert add_channel("ops", "slack", SLACK | {"token": "x"}).config == SLACK


def test_a_removed_channel_takes_its_deliveries_along() -> None:
    """What waits for a channel that is gone is not told."""
    add_channel("ops", "slack", SLACK)
    enqueue(alert(), "opened")
    remove_channel("ops")
    assert not Delivery.objects.exists()


def test_an_unknown_channel_is_answered_with_those_there_are() -> None:
    """A mistyped name is easily mended."""
    add_channel("ops", "slack", SLACK)
    with pytest.raises(ConfigError, match="there is no channel 'opps'; there are: ops"):
        remove_channel("opps")


def test_a_test_says_what_the_other_side_answered() -> None:
    """A real message goes out at once, and it is called a test."""
    with http_receiver((202, {}, b"thanks")) as hook:
        add_channel("ops", "webhook", {"url": hook.url, "secret": "s" * 32})
        answer = try_channel("ops", Settings())
    assert answer.endswith("answered 202 thanks")
    assert json.loads(hook.requests[0].body)["text"] == "[TEST] Tocsin reaches this channel"


def test_a_failed_test_says_why() -> None:
    """The refusal is told as it is."""
    with http_receiver((404, {}, b"no_service")) as slack:
        add_channel("ops", "slack", {"url": slack.url})
        with pytest.raises(DeliveryError, match="answered 404 no_service"):
            try_channel("ops", Settings())


def test_the_owner_is_told_where_nobody_else_is() -> None:
    """With a mail server and no channel, the owner gets mail; the second start changes nothing."""
    with smtp_receiver() as mailbox:
        options = Settings(smtp_url=f"smtp://127.0.0.1:{mailbox.port}")
        assert ensure_owner_channel(options)
        assert not ensure_owner_channel(options)
        try_channel("owner", options)
    assert mailbox.recipients == [["owner@example.com"]]


def test_a_channel_of_ones_own_is_enough() -> None:
    """Where someone is told, or no mail can be sent, no channel is made."""
    assert not ensure_owner_channel(Settings())
    add_channel("ops", "slack", SLACK)
    assert not ensure_owner_channel(Settings(smtp_url="smtp://localhost"))
    assert [each.name for each in Channel.objects.all()] == ["ops"]
