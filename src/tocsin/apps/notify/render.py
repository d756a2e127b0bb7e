"""Outbox rows → messages, from what the database says now: a delayed first message tells the newest count."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from tocsin.apps.alerts import normal
from tocsin.apps.alerts.models import Alert, State
from tocsin.apps.notify.models import Channel, Delivery, DeliveryState
from tocsin.apps.notify.outbox import AGAIN_PREFIX, OPENED, UNDELIVERED
from tocsin.kernel.ids import new_id
from tocsin.notifiers.message import Message, Occasion, Sample, Variant

_MAX_SAMPLES = 5
_COUNTED_BACK = timedelta(hours=48)


def message_for(delivery: Delivery, base_url: str, at: datetime) -> Message | None:
    """The message of ``delivery``; None where there is nothing to tell any more.

    That is so where late events have joined the alert to another one, which has its own messages.
    """
    if delivery.occasion == UNDELIVERED:
        return _undelivered(delivery, base_url, at)
    alert = Alert.objects.filter(deliveries=delivery).first()
    if alert is None or alert.state == State.MERGED:
        return None
    return _alert(delivery, alert, base_url, at)


def test_message(channel: Channel, base_url: str, at: datetime) -> Message:
    """What `tocsin channel test` sends."""
    key = outgoing_key(channel, f"test:{channel.pk}:{new_id()}")
    return Message(
        occasion=Occasion.TEST,
        at=at,
        level="informational",
        title="Tocsin reaches this channel",
        url=f"{base_url}/deliveries",
        idempotency_key=key,
        thread_key=key,
        first_at=at,
        last_at=at,
        description=f"This is a test of the channel '{channel.name}'. Real alarms will arrive here.",
    )


def outgoing_key(channel: Channel, key: str) -> str:
    """An outbox key as receivers see it: with the channel's moment of making in it.

    A database that is made anew counts alerts from 1 again, and a receiver that remembers keys (a
    mailbox remembers Message-IDs) must not take a new alarm for one it has had.
    """
    return f"{key}:{int(channel.created_at.timestamp() * 1_000_000):x}"


def _alert(delivery: Delivery, alert: Alert, base_url: str, at: datetime) -> Message:
    rule: dict[str, Any] = alert.rule_text
    channel = delivery.channel
    return Message(
        occasion=_occasion(delivery),
        at=at,
        level=alert.level,
        title=alert.rule_title,
        url=f"{base_url}/alerts/{alert.pk}",
        idempotency_key=outgoing_key(channel, delivery.idempotency_key),
        thread_key=outgoing_key(channel, f"{alert.pk}:{channel.pk}:{OPENED}"),
        first_at=alert.first_at,
        last_at=alert.last_at,
        alert_id=alert.pk,
        rule_id=alert.rule_id,
        description=_text(rule.get("description")),
        next_steps=_text(rule.get("next_steps")),
        falsepositives=_texts(rule.get("falsepositives")),
        references=_texts(rule.get("references")),
        tags=_texts(rule.get("tags")),
        group=tuple((field, _text(value)) for field, value in alert.group.items()),
        source=alert.source,
        count=alert.count,
        count_of=alert.count_of,
        events=alert.events,
        normal=normal.say(alert.normal),
        samples=tuple(_sample(each, _texts(rule.get("fields"))) for each in _first_and_last(alert.samples)),
        variants=tuple(Variant(each["text"], each["actor"], each["count"]) for each in alert.variants),
    )


def _occasion(delivery: Delivery) -> Occasion:
    if delivery.occasion == OPENED:
        return Occasion.OPENED
    return Occasion.AGAIN if delivery.occasion.startswith(AGAIN_PREFIX) else Occasion.UPDATE


def _first_and_last(samples: list[Any]) -> list[Any]:
    """How it began says most; how it goes on comes second."""
    return samples if len(samples) <= _MAX_SAMPLES else [*samples[:3], *samples[-2:]]


def _undelivered(delivery: Delivery, base_url: str, at: datetime) -> Message | None:
    """About a channel that fails: how many of the messages of two days were given up, and the newest of them."""
    lost = Delivery.objects.filter(
        channel=delivery.body["channel_id"],
        state=DeliveryState.DEAD,
        created_at__gte=at - _COUNTED_BACK,
    )
    newest = list(lost.select_related("alert").order_by("-created_at")[:_MAX_SAMPLES])
    if not newest:
        return None
    count = lost.count()
    name = _text(delivery.body["channel"])
    many = "1 message was" if count == 1 else f"{count:,} messages were"
    key = outgoing_key(delivery.channel, delivery.idempotency_key)
    return Message(
        occasion=Occasion.UNDELIVERED,
        at=at,
        level="high",
        title=f"{many} not delivered to {name}",
        url=f"{base_url}/deliveries",
        idempotency_key=key,
        thread_key=key,
        first_at=newest[-1].created_at,
        last_at=newest[0].created_at,
        description=f"Tocsin has given up. {_text(delivery.body['error'])}",
        next_steps=(
            "1. Look at the alerts that nobody was told of, below and in the console.\n"
            f"2. Mend the channel, and try it with: tocsin channel test {name}"
        ),
        group=(("Channel", name),),
        count=count,
        events=count,
        samples=tuple(_lost(each) for each in newest),
    )


def _lost(delivery: Delivery) -> Sample:
    alert = delivery.alert
    about = f"alert #{alert.pk} [{alert.level.upper()}] {alert.rule_title}" if alert else "about another channel"
    return Sample(delivery.created_at, f"{delivery.occasion}: {about}")


def _sample(event: object, first: tuple[str, ...]) -> Sample:
    """A sample as `detect.samples` keeps it, {time, raw, fields, …}; the fields in ``first`` come first."""
    if not isinstance(event, dict):
        return Sample(None, _text(event))
    fields = event.get("fields")
    named = {name: _text(value) for name, value in fields.items()} if isinstance(fields, dict) else {}
    order = dict.fromkeys([name for name in first if name in named])
    return Sample(_moment(event.get("time")), _text(event.get("raw")), tuple((n, named[n]) for n in order | named))


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _texts(value: object) -> tuple[str, ...]:
    """A rule's list of texts; Sigma allows a single text in its place."""
    items: Iterable[object] = value if isinstance(value, list) else [value]
    return tuple(text for text in map(_text, items) if text)


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
