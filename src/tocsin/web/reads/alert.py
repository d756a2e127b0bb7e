"""One alert: what happened, what to do, the sample events, what people did, who was told."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from tocsin.apps.alerts import normal
from tocsin.apps.alerts.models import Alert, AlertAction, AlertEntity, State
from tocsin.apps.notify.models import Delivery
from tocsin.kernel.clock import in_words, to_us
from tocsin.notifiers.differences import Part, find_differences
from tocsin.search.write import write_condition
from tocsin.web.asked_search import Asked
from tocsin.web.reads.alerts import LIST_COLUMNS, read_rows
from tocsin.web.reads.why import Piece, Why, mark

MAX_SAMPLES: Final = 20
MAX_FIELDS: Final = 60
MAX_ROWS: Final = 200
MAX_RELATED: Final = 10
EPISODE_WIDTH: Final = 1_000


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
    source: str = ""
    id: str = ""

    @property
    def at_us(self) -> int | None:
        """Its time, in microseconds since 1970."""
        return to_us(self.at) if self.at else None


@dataclass(frozen=True, slots=True)
class Marked:
    """A field of a sample, with what a test of the rule found in it marked."""

    name: str
    pieces: tuple[Piece, ...]
    is_key: bool


@dataclass(frozen=True, slots=True)
class Episode:
    """When it happened, on a line of `EPISODE_WIDTH`: where it rang, and where the samples are."""

    opened: int
    samples: tuple[int, ...]
    words: str


@dataclass(frozen=True, slots=True)
class Variant:
    """One wording: how often it was said, by whom among others, and where it differs from the most frequent one."""

    count: int
    actor: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class AlertPage:
    """What the page of one alert shows.

    Attributes:
        normal: why it is more than usual, of a rule that learns that.
        entities: who or what it is about.
        related: other alerts about one of these, the newest first.
        search: where its events are found.
    """

    alert: Alert
    summary: str
    normal: str
    samples: tuple[Sample, ...]
    variants: tuple[Variant, ...]
    actions: tuple[AlertAction, ...]
    deliveries: tuple[Delivery, ...]
    joined: tuple[int, ...]
    entities: tuple[str, ...]
    related: tuple[Alert, ...]
    search: str
    episode: Episode


def read_alert(alert_id: int) -> AlertPage | None:
    """Read the alert with this id; None where there is none. Cost: seven queries at most."""
    alert = Alert.objects.select_related("assignee", "muted_by").filter(pk=alert_id).first()
    if alert is None:
        return None
    actions = AlertAction.objects.filter(alert=alert).select_related("user").order_by("-at", "-pk")
    told = Delivery.objects.filter(alert=alert).select_related("channel").defer("body").order_by("-pk")
    joined = Alert.objects.filter(merged_into=alert).order_by("pk").values_list("pk", flat=True)
    entities = tuple(AlertEntity.objects.filter(alert=alert).order_by("value").values_list("value", flat=True))
    samples = read_samples(alert)
    return AlertPage(
        alert=alert,
        summary=summarise(alert),
        normal=normal.say(alert.normal),
        samples=samples,
        variants=read_variants(alert),
        actions=tuple(actions[:MAX_ROWS]),
        deliveries=tuple(told[:MAX_ROWS]),
        joined=tuple(joined[:MAX_ROWS]),
        entities=entities,
        related=_related(alert, entities),
        search=search_address(alert),
        episode=read_episode(alert, samples),
    )


def _related(alert: Alert, entities: tuple[str, ...]) -> tuple[Alert, ...]:
    """Other alerts about the same, the newest first: found in the index of entities alone."""
    if not entities:
        return ()
    others = AlertEntity.objects.filter(value__in=entities).exclude(alert=alert).order_by("-alert_id")
    ids = list(others.values_list("alert_id", flat=True).distinct()[:MAX_RELATED])
    return tuple(each for each in read_rows(ids, LIST_COLUMNS) if each.state != State.MERGED)


def search_address(alert: Alert) -> str:
    """The part of an address that searches the alert's sources for its group, from its first to its last event."""
    conditions = [write_condition(name, _text(value)) for name, value in alert.group.items()]
    return Asked(
        query=" ".join(each for each in conditions if each),
        sources=tuple(alert.source.split(", ")),
        from_s=max(0, int(alert.first_at.timestamp())),
        to_s=max(0, int(alert.last_at.timestamp())),
    ).address


def read_episode(alert: Alert, samples: tuple[Sample, ...]) -> Episode:
    """The alert's time as a line."""
    length = (alert.last_at - alert.first_at).total_seconds()

    def place(moment: datetime) -> int:
        share = (moment - alert.first_at).total_seconds() / length if length > 0 else 0.0
        return round(min(max(share, 0.0), 1.0) * EPISODE_WIDTH)

    times = [sample.at for sample in samples if sample.at]
    after = alert.opened_at - alert.first_at
    words = f"It rang {in_words(after)} after the first event" if after else "It rang with the first event"
    return Episode(place(alert.opened_at), tuple(place(each) for each in times), words)


def mark_fields(sample: Sample, why: Why | None) -> tuple[Marked, ...]:
    """The fields of ``sample``, with what ``why`` found in them marked."""
    found = why.found if why else {}
    keys = [Marked(name, mark(value, found.get(name)), True) for name, value in sample.key_fields]
    return (*keys, *(Marked(name, mark(value, found.get(name)), False) for name, value in sample.other_fields))


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
        source=_text(event.get("source", "")),
        id=_text(event.get("id", "")),
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
