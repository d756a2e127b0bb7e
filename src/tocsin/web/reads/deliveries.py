"""The outbox as people see it: what was sent to whom, what is waiting, what failed and why."""

from dataclasses import dataclass
from typing import Final

from django.db.models import Count

from tocsin.apps.notify.models import Channel, Delivery, DeliveryState
from tocsin.kernel.errors import ConfigError
from tocsin.notifiers import load_notifier
from tocsin.rules.model import Level

PAGE_SIZE: Final = 50


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel, and where its messages go, without what is secret in that."""

    channel: Channel
    target: str

    @property
    def level(self) -> Level:
        """The least urgent level that it is told of."""
        return list(Level)[min(self.channel.min_level_rank, len(Level) - 1)]


@dataclass(frozen=True, slots=True)
class DeliveriesPage:
    """What the page of the notifications shows.

    Attributes:
        states: how many notifications each state has.
        before: the id that the next page ends before; 0 on the last.
    """

    state: str
    deliveries: tuple[Delivery, ...]
    states: tuple[tuple[DeliveryState, int], ...]
    total: int
    before: int
    channels: tuple[ChannelRow, ...]


def read_deliveries(state: str, before: str) -> DeliveriesPage:
    """Read the notifications in ``state`` (any where empty) older than the one with id ``before``.

    Cost: four queries.
    """
    chosen = state if state in DeliveryState.values else ""
    rows = _rows(chosen, before)
    shown = tuple(rows[:PAGE_SIZE])
    counts: dict[str, int] = dict(Delivery.objects.values_list("state").annotate(Count("pk")).order_by())
    return DeliveriesPage(
        state=chosen,
        deliveries=shown,
        states=tuple((each, counts.get(each, 0)) for each in DeliveryState),
        total=sum(counts.values()),
        before=shown[-1].pk if len(rows) > PAGE_SIZE else 0,
        channels=tuple(ChannelRow(each, _target(each)) for each in Channel.objects.order_by("name")),
    )


def _rows(state: str, before: str) -> list[Delivery]:
    """One more than a page holds. First the ids, from an index, then the rows with what stands beside them."""
    wanted = Delivery.objects.filter(state=state) if state else Delivery.objects.all()
    if before.isdecimal():
        wanted = wanted.filter(pk__lt=int(before))
    ids = list(wanted.order_by("-pk").values_list("pk", flat=True)[: PAGE_SIZE + 1])
    beside = Delivery.objects.filter(pk__in=ids).select_related("channel", "alert").order_by("-pk")
    return list(beside.defer("channel__config", "alert__samples", "alert__rule_text", "alert__group"))


def _target(channel: Channel) -> str:
    """Where a channel's messages go, as its notifier says it for people: no secret is in it."""
    try:
        return load_notifier(channel.kind).parse(channel.config).target
    except ConfigError:
        return f"its settings cannot be used; remove it and add it again: tocsin channel remove {channel.name}"
