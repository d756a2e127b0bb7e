"""Channels: made, checked, listed, tried and removed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from tocsin.apps.audit.events import Event
from tocsin.apps.audit.record import record
from tocsin.apps.notify.models import Channel, Delivery
from tocsin.apps.notify.oncall import resolve_addresses
from tocsin.apps.notify.options import NotifyOptions
from tocsin.apps.notify.render import test_message
from tocsin.apps.notify.smtp import mail_sender, parse_smtp_url
from tocsin.kernel import clock
from tocsin.kernel.errors import ConfigError
from tocsin.notifiers import load_notifier
from tocsin.notifiers.transport import Transports
from tocsin.rules.model import Level

OWNER_CHANNEL = "owner"
_NAME_LENGTH = 100


@dataclass(frozen=True, slots=True)
class ChannelSummary:
    """A channel for people: without its secrets.

    Attributes:
        last: the state of its newest delivery (`DeliveryState`); empty where there was none.
    """

    name: str
    kind: str
    target: str
    min_level: Level
    is_enabled: bool
    last: str


@transaction.atomic
def add_channel(name: str, kind: str, config: Mapping[str, Any], min_level: str = Level.MEDIUM) -> Channel:
    """Make a channel that is told of alerts of ``min_level`` and above.

    Raises: ConfigError where the name is taken or unfit, or the kind, its config or the level is wrong.
    """
    checked = load_notifier(kind).parse(config)
    if not name.strip() or len(name) > _NAME_LENGTH or not name.isprintable():
        raise ConfigError(f"a channel is named with 1 to {_NAME_LENGTH} printable characters, not {name!r}")
    if min_level not in list(Level):
        raise ConfigError(f"'{min_level}' is not a level; use {', '.join(Level)}")
    channel, is_new = Channel.objects.get_or_create(
        name=name, defaults={"kind": kind, "config": checked.as_json(), "min_level_rank": Level(min_level).rank}
    )
    if not is_new:
        raise ConfigError(f"there is a channel '{name}' already; choose another name or remove it first")
    record(Event.CHANNEL_ADDED, details=_details(channel))
    return channel


@transaction.atomic
def remove_channel(name: str) -> None:
    """Remove a channel, and with it the record of its deliveries.

    Raises: ConfigError where there is none of this name.
    """
    channel = find_channel(name)
    record(Event.CHANNEL_REMOVED, details=_details(channel))
    channel.delete()


@transaction.atomic
def switch_channel(name: str, *, is_enabled: bool) -> None:
    """Tell a channel, or do not.

    Raises: ConfigError where there is none of this name.
    """
    channel = find_channel(name)
    channel.is_enabled = is_enabled
    channel.save(update_fields=["is_enabled"])
    record(Event.CHANNEL_CHANGED, details=_details(channel) | {"tocsin.channel_enabled": is_enabled})


def _details(channel: Channel) -> dict[str, object]:
    return {"tocsin.channel": channel.name, "tocsin.channel_kind": channel.kind}


def find_channel(name: str) -> Channel:
    """The channel of this name.

    Raises: ConfigError naming the channels there are.
    """
    channel = Channel.objects.filter(name=name).first()
    if channel is None:
        names = ", ".join(Channel.objects.order_by("name").values_list("name", flat=True)) or "none yet"
        raise ConfigError(f"there is no channel '{name}'; there are: {names}")
    return channel


def list_channels() -> list[ChannelSummary]:
    """All channels, by name."""
    return [summarize(channel) for channel in Channel.objects.order_by("name")]


def summarize(channel: Channel) -> ChannelSummary:
    """``channel`` without its secrets; a config that cannot be used says so in place of a target."""
    try:
        target = load_notifier(channel.kind).parse(channel.config).target
    except ConfigError as error:
        target = f"cannot be used: {error}"
    newest = Delivery.objects.filter(channel=channel).order_by("-created_at").first()
    return ChannelSummary(
        channel.name,
        channel.kind,
        target,
        list(Level)[min(channel.min_level_rank, len(Level) - 1)],
        channel.is_enabled,
        newest.state if newest else "",
    )


def try_channel(name: str, options: NotifyOptions) -> str:
    """Send a test message now; returns what the other side answered.

    Raises: ConfigError where the channel cannot be used, DeliveryError where the message was not taken.
    """
    channel = find_channel(name)
    record(Event.CHANNEL_TRIED, details=_details(channel))
    notifier = load_notifier(channel.kind)
    message = test_message(channel, options.base_url, clock.now())
    config = resolve_addresses(channel.config, clock.now())
    return notifier.deliver(notifier.parse(config), message, transports(options))


def ensure_owner_channel(options: NotifyOptions) -> bool:
    """Where mail can be sent and nobody would be told anything, write to the owner; True if this was new."""
    if not options.smtp_url or Channel.objects.exists():
        return False
    parse_smtp_url(options.smtp_url)
    config = load_notifier("email").parse({"to": [options.owner]}).as_json()
    _, is_new = Channel.objects.get_or_create(name=OWNER_CHANNEL, defaults={"kind": "email", "config": config})
    return is_new


def transports(options: NotifyOptions) -> Transports:
    """The ways out that the settings allow.

    Raises: ConfigError where TOCSIN_SMTP_URL cannot be used.
    """
    if not options.smtp_url:
        return Transports()
    return Transports(send_mail=mail_sender(parse_smtp_url(options.smtp_url)))
