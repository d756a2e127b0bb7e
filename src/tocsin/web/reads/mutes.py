"""Mutes: those that hold, those that ended, and what one would have kept quiet."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.urls import reverse

from tocsin.apps.alerts.models import Alert, Mute, State
from tocsin.apps.alerts.mutes import LOOKED_BACK, Scope, preview
from tocsin.kernel.clock import now

MAX_ENTITY: Final = 600
MAX_SHOWN: Final = 10
MAX_ENDED: Final = 50
MAX_ACTIVE: Final = 500


@dataclass(frozen=True, slots=True)
class Preview:
    """What a mute would have kept quiet in the last 30 days: how many alerts and events, and the newest of them.

    `address` is the list of these; empty where no filter says it.
    """

    count: int
    events: int
    alerts: tuple[Alert, ...]
    address: str


@dataclass(frozen=True, slots=True)
class MutesPage:
    """The mutes that hold, the one that ends first before the others, each with `quiet`, how many alerts it keeps
    quiet; and the newest that have ended."""

    active: tuple[Mute, ...]
    ended: tuple[Mute, ...]


def scope_of(alert: Alert, fields: Collection[str]) -> Scope:
    """The rule of ``alert``, and those of its group's values whose fields are among ``fields``."""
    return Scope(alert.rule_id, {name: value for name, value in alert.group.items() if name in fields})


def read_preview(scope: Scope) -> Preview:
    """Read what a mute of ``scope`` would have kept quiet. Cost: two queries."""
    found = preview(scope, now())
    return Preview(len(found), sum(each.events for each in found), tuple(found[:MAX_SHOWN]), _address(scope))


def _address(scope: Scope) -> str:
    """A group of one value is what the filter by an entity finds; one of several it cannot say."""
    if len(scope.values) > 1:
        return ""
    said = {"rule": scope.rule_id, "since": f"{LOOKED_BACK.days}d"}
    for value in scope.values.values():
        said["entity"] = str(value)[:MAX_ENTITY]
    return f"{reverse('alerts')}?{urlencode(said)}"


def read_mutes() -> MutesPage:
    """Read the page. Cost: two queries."""
    at = now()
    ended = Mute.objects.filter(Q(until_at__lte=at) | Q(lifted_at__isnull=False))
    newest = ended.select_related("created_by", "lifted_by").order_by("-pk")
    return MutesPage(tuple(active_mutes(at)[:MAX_ACTIVE]), tuple(newest[:MAX_ENDED]))


def active_mutes(at: datetime) -> QuerySet[Mute]:
    """The mutes that hold at ``at``, as `MutesPage` has them."""
    counted = Mute.objects.active(at).annotate(quiet=Count("alerts", filter=~Q(alerts__state=State.MERGED)))
    return counted.select_related("created_by").order_by("until_at", "pk")
