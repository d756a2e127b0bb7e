"""One alert: what happened, what to do, the sample events, what people did, who was told."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from tocsin.apps.alerts import normal
from tocsin.apps.alerts.models import Alert, AlertAction
from tocsin.apps.notify.models import Delivery
from tocsin.kernel.clock import in_words
from tocsin.notifiers.differences import Part, find_differences

MAX_SAMPLES: Final = 20
MAX_FIELDS: Final = 60
MAX_ROWS: Final = 200


@dataclass(frozen=True, slots=True)
class Sample:
    """One event that was part of the alert.

    Attributes:
        at: its time; None where it cannot be read.
        key_fields: what the rule says to show first, and what the alert is grouped by.
        other_fields: the rest, by name, at most `MAX_FIELDS`.
        hidden: how many more fields it has.
    """

    at: datetime | None
    key_fields: tuple[tuple[str, str], ...]
    other_fields: tuple[tuple[str, str], ...]
    hidden: int
    raw: str


@dataclass(frozen=True, slots=True)
class Variant:
    """One wording: how often it was said, by whom among others, and where it differs from the most frequent one."""

    count: int
    actor: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class AlertPage:
    """What the page of one alert shows. ``normal``: why it is more than usual, of a rule that learns that."""

    alert: Alert
    summary: str
    normal: str
    samples: tuple[Sample, ...]
    variants: tuple[Variant, ...]
    actions: tuple[AlertAction, ...]
    deliveries: tuple[Delivery, ...]
    joined: tuple[int, ...]


def read_alert(alert_id: int) -> AlertPage | None:
    """Read the alert with this id; None where there is none. Cost: four queries."""
    alert = Alert.objects.filter(pk=alert_id).first()
    if alert is None:
        return None
    actions = AlertAction.objects.filter(alert=alert).select_related("user").order_by("-at", "-pk")
    told = Delivery.objects.filter(alert=alert).select_related("channel").defer("body").order_by("-pk")
    joined = Alert.objects.filter(merged_into=alert).order_by("pk").values_list("pk", flat=True)
    return AlertPage(
        alert=alert,
        summary=summarise(alert),
        normal=normal.say(alert.normal),
        samples=read_samples(alert),
        variants=read_variants(alert),
        actions=tuple(actions[:MAX_ROWS]),
        deliveries=tuple(told[:MAX_ROWS]),
        joined=tuple(joined[:MAX_ROWS]),
    )


def summarise(alert: Alert) -> str:
    """What happened, in one sentence without names and values: those stand beside it."""
    events = f"{alert.events:,} event{'s' if alert.events != 1 else ''}"
    if alert.count_of:
        plural = "s" if alert.count != 1 else ""
        what = f"{alert.count:,} different value{plural} of {alert.count_of} in {events}"
    else:
        what = events if alert.events == alert.count else f"{alert.count:,} matches in {events}"
    length = alert.last_at - alert.first_at
    return f"{what}, {'at one moment' if not length else 'within ' + in_words(length)}"


def read_samples(alert: Alert) -> tuple[Sample, ...]:
    """The alert's sample events in the order of their time, as the detector keeps them (`apps.detect.samples`).

    What is kept in another shape is shown as raw text.
    """
    first = dict.fromkeys([*_strings(alert.rule_text.get("fields")), *alert.group])
    kept: list[Any] = alert.samples if isinstance(alert.samples, list) else []
    return tuple(_read_sample(each, list(first)) for each in kept[:MAX_SAMPLES])


def read_variants(alert: Alert) -> tuple[Variant, ...]:
    """The wordings of an alert about what is nearly the same, the most frequent first."""
    kept = alert.variants
    return tuple(
        Variant(each["count"], each["actor"], find_differences(kept[0]["text"], each["text"])) for each in kept
    )


def _read_sample(event: object, first: list[str]) -> Sample:
    if not isinstance(event, dict):
        return Sample(None, (), (), 0, _text(event))
    kept = event.get("fields")
    fields = {str(key): _text(value) for key, value in kept.items()} if isinstance(kept, dict) else {}
    others = sorted(fields.keys() - set(first))
    return Sample(
        at=_moment(event.get("time")),
        key_fields=tuple((key, fields[key]) for key in first if key in fields),
        other_fields=tuple((key, fields[key]) for key in others[:MAX_FIELDS]),
        hidden=max(0, len(others) - MAX_FIELDS),
        raw=_text(event.get("raw", "")),
    )


def _moment(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _strings(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else []
