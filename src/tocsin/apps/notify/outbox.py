"""The outbox: what is to be told is a row, written in the transaction that changes the alert."""

import re
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from tocsin.apps.alerts.models import Alert
from tocsin.apps.audit.events import Event
from tocsin.apps.audit.record import record
from tocsin.apps.notify.models import Channel, Delivery, DeliveryState
from tocsin.kernel import clock

OPENED = "opened"
UNDELIVERED = "undelivered"
AGAIN_PREFIX = "again"
UPDATE_PREFIX = "x"


def enqueue(alert: Alert, occasion: str) -> None:
    """Tell every channel that wants alerts of this level about ``alert``; called within its transaction.

    ``occasion`` is ``opened``; ``x10``, ``x100`` … once the count has come that far; or ``again1``,
    ``again2`` … once more came after the alert had been resolved. Called again with the same occasion
    it does nothing. An update takes the place of smaller ones that still wait: the text is written when
    it is sent, so the newest says it all. Of a muted alert nobody is told.
    Raises: ValueError for any other occasion.
    """
    smaller = _smaller_updates(occasion)
    at = clock.now()
    if alert.muted_by is not None and alert.muted_by.is_active(at):
        return
    channels = list(Channel.objects.filter(is_enabled=True, min_level_rank__lte=alert.level_rank))
    Delivery.objects.bulk_create(
        [
            Delivery(
                channel=channel,
                alert=alert,
                occasion=occasion,
                idempotency_key=f"{alert.pk}:{channel.pk}:{occasion}",
                due_at=at,
            )
            for channel in channels
        ],
        ignore_conflicts=True,
    )
    if smaller and channels:
        waiting = Delivery.objects.filter(is_free(at), alert=alert, channel__in=channels, occasion__in=smaller)
        waiting.update(state=DeliveryState.SUPERSEDED)


def enqueue_undelivered(failed: Delivery, at: datetime) -> int:
    """Tell every other channel that ``failed``'s could not be reached; returns how many are told.

    Once an hour of the clock for each pair of channels, and never about a message of this kind: two
    broken channels do not keep each other busy.
    """
    if failed.occasion == UNDELIVERED:
        return 0
    others = Channel.objects.filter(is_enabled=True).exclude(pk=failed.channel_id)
    hour = int(at.timestamp()) // 3600
    rows = [
        Delivery(
            channel=other,
            occasion=UNDELIVERED,
            idempotency_key=f"{UNDELIVERED}:{failed.channel_id}:{other.pk}:{hour}",
            body={"channel_id": failed.channel_id, "channel": failed.channel.name, "error": failed.error},
            due_at=at,
        )
        for other in others
    ]
    Delivery.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def retry(delivery_id: int, at: datetime) -> bool:
    """Make a delivery that was given up due now; False where it is not one."""
    failed = Delivery.objects.filter(pk=delivery_id, state=DeliveryState.DEAD)
    with transaction.atomic():
        if not failed.update(state=DeliveryState.PENDING, due_at=at, claimed_until=None):
            return False
        record(Event.DELIVERY_RETRIED, details={"tocsin.delivery": delivery_id})
    return True


def is_free(at: datetime) -> Q:
    """Deliveries that wait and that no notifier has in hand."""
    return Q(state=DeliveryState.PENDING) & (Q(claimed_until=None) | Q(claimed_until__lt=at))


def _smaller_updates(occasion: str) -> list[str]:
    if occasion == OPENED or re.fullmatch(rf"{AGAIN_PREFIX}\d{{1,9}}", occasion):
        return []
    if not re.fullmatch("x10{1,18}", occasion):
        raise ValueError(f"'{occasion}' is not an occasion to tell about an alert; use opened, x10, x100 … or again1 …")
    return [f"{UPDATE_PREFIX}1{'0' * zeros}" for zeros in range(1, occasion.count("0"))]
