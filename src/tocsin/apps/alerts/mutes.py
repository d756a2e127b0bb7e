"""Mutes: which alerts nobody is told of, for how long, and what a mute would have kept quiet."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Q

from tocsin.apps.accounts.models import User
from tocsin.apps.alerts.models import Alert, AlertAction, Mute, State
from tocsin.apps.audit.events import Event
from tocsin.apps.audit.record import record
from tocsin.kernel.errors import ConfigError

MAX_LENGTH: Final = timedelta(days=90)
MAX_REASON_CHARACTERS: Final = 2_000
LOOKED_BACK: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Scope:
    """What is muted: a rule, and the values that an alert's group must have; none of them is the whole rule."""

    rule_id: str
    values: Mapping[str, str]


def muted(at: datetime) -> Q:
    """Alerts that a mute keeps quiet at ``at``."""
    return Q(muted_by__until_at__gt=at, muted_by__lifted_at=None)


def find_mute(alert: Alert, at: datetime) -> Mute | None:
    """The mute that covers ``alert`` at ``at``: of several the one that ends last."""
    active = Mute.objects.active(at).filter(rule_id=alert.rule_id).order_by("-until_at")
    return next((mute for mute in active if mute.covers(alert.group)), None)


def preview(scope: Scope, at: datetime) -> list[Alert]:
    """The alerts of the 30 days before ``at`` that a mute of ``scope`` would have kept quiet, newest first."""
    lately = Alert.objects.exclude(state=State.MERGED).filter(rule_id=scope.rule_id, last_at__gt=at - LOOKED_BACK)
    mute = Mute(rule_id=scope.rule_id, values=dict(scope.values))
    groups = lately.order_by("-last_at", "-pk").values_list("pk", "group")
    ids = [alert_id for alert_id, group in groups if mute.covers(group)]
    rows = Alert.objects.defer("samples", "rule_text").in_bulk(ids)
    return [rows[alert_id] for alert_id in ids if alert_id in rows]


def add_mute(scope: Scope, *, title: str, until_at: datetime, reason: str, user: User, at: datetime) -> Mute:
    """Mute ``scope``, and what is open of it, until ``until_at``. Within a transaction.

    Raises: ConfigError where the reason is missing, or the moment is not within 90 days.
    """
    if not reason.strip() or len(reason) > MAX_REASON_CHARACTERS:
        raise ConfigError(f"a mute needs a reason of 1 to {MAX_REASON_CHARACTERS:,} characters; others will read it")
    if not at < until_at <= at + MAX_LENGTH:
        raise ConfigError(f"a mute ends within {MAX_LENGTH.days} days; {until_at:%Y-%m-%d %H:%M} UTC does not")
    mute = Mute.objects.create(
        rule_id=scope.rule_id,
        rule_title=title,
        values=dict(scope.values),
        reason=reason.strip(),
        until_at=until_at,
        created_by=user,
    )
    is_open = Alert.objects.select_for_update().filter(
        rule_id=scope.rule_id, state__in=(State.OPEN, State.ACKNOWLEDGED)
    )
    for alert in is_open.only("pk", "group"):
        if mute.covers(alert.group):
            Alert.objects.filter(pk=alert.pk).update(muted_by=mute)
            AlertAction.objects.create(alert=alert, user=user, verb="muted", note=mute.reason)
    record(Event.MUTE_MADE, details=_details(mute))
    return mute


def lift_mute(mute_id: int, user: User, at: datetime) -> bool:
    """End a mute before its time; False where it has ended already."""
    with transaction.atomic():
        if not Mute.objects.active(at).filter(pk=mute_id).update(lifted_at=at, lifted_by=user):
            return False
        record(Event.MUTE_ENDED, details=_details(Mute.objects.get(pk=mute_id)))
    return True


def _details(mute: Mute) -> dict[str, object]:
    values = {f"tocsin.mute.values.{field}": value for field, value in mute.values.items()}
    until = mute.until_at.isoformat()
    return {"rule.id": mute.rule_id, "tocsin.mute.until": until, "tocsin.mute.reason": mute.reason, **values}
