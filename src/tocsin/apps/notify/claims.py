"""The life of an outbox row: due, claimed, then sent, put off, dead or superseded.

Every change is one conditional UPDATE, right on SQLite and PostgreSQL with any number of notifiers.
"""

import logging
import random
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from tocsin.apps.notify.models import Delivery, DeliveryState
from tocsin.apps.notify.outbox import UPDATE_PREFIX, enqueue_undelivered, is_free
from tocsin.kernel.errors import DeliveryError
from tocsin.kernel.processes import is_gone, this_process
from tocsin.notifiers.text import visible

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=120)
"""A claim lasts longer than any delivery's time limits; after it, another notifier may try."""

BASE_DELAY_S = 5.0
MAX_DELAY_S = 3600.0
GIVE_UP_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery in this notifier's hand.

    Attributes:
        until: the end of the lease, and its name: what is written back is written back under it.
        covered: ids of waiting updates that a message written after this claim tells as well.
    """

    delivery: Delivery
    until: datetime
    covered: tuple[int, ...]

    def __str__(self) -> str:
        about = f"alert #{self.delivery.alert_id}" if self.delivery.alert_id else "a channel"
        return f"'{self.delivery.occasion}' about {about} to channel '{self.delivery.channel.name}'"


def due(at: datetime, busy: Collection[int], limit: int) -> list[tuple[int, int]]:
    """(delivery id, channel id) of what may be sent, oldest first, without the channels in ``busy``.

    An update waits for the message that its alert rang, or rang again.
    """
    rings = Delivery.objects.filter(alert=OuterRef("alert"), channel=OuterRef("channel"), state=DeliveryState.PENDING)
    rings = rings.exclude(occasion__startswith=UPDATE_PREFIX)
    rows = Delivery.objects.filter(is_free(at), due_at__lte=at, channel__is_enabled=True)
    rows = rows.exclude(channel__in=busy).exclude(Q(occasion__startswith=UPDATE_PREFIX) & Exists(rings))
    return list(rows.order_by("due_at", "id").values_list("id", "channel_id")[:limit])


def claim(delivery_id: int, at: datetime) -> Claim | None:
    """Take one delivery in hand until `LEASE` has passed; None where another notifier was faster.

    What its message covers is read here, and its alert only later, by `render`: an update that is
    enqueued in between is not covered, and is sent.
    """
    until = at + LEASE
    free = Delivery.objects.filter(is_free(at), pk=delivery_id)
    if not free.update(claimed_until=until, claimed_by=this_process(), attempts=F("attempts") + 1):
        return None
    delivery = Delivery.objects.select_related("channel").filter(pk=delivery_id, claimed_until=until).first()
    return Claim(delivery, until, _waiting_updates(delivery, at)) if delivery else None


def release_abandoned() -> None:
    """Free what notifiers of this machine had in hand that are gone; for one that begins and holds nothing yet.

    An alarm that a killed notifier was telling is told by the next one at once, not when the lease lapses.
    """
    held = Delivery.objects.filter(state=DeliveryState.PENDING).exclude(claimed_until=None)
    holders = set(held.exclude(claimed_by="").values_list("claimed_by", flat=True))
    # A container may give a new process the id of the old one.
    gone = [holder for holder in holders if holder == this_process() or is_gone(holder)]
    held.filter(claimed_by__in=gone).update(claimed_until=None)


def sent(claim: Claim, at: datetime) -> None:
    """Mark a delivery as sent, and what it covered as told."""
    with transaction.atomic():
        if not _close(claim, state=DeliveryState.SENT, sent_at=at, error=""):
            return
        covered = Delivery.objects.filter(is_free(at), pk__in=claim.covered)
        covered.update(state=DeliveryState.SUPERSEDED)
    log.info("sent %s", claim)


def superseded(claim: Claim) -> None:
    """Close a delivery that has nothing to say any more."""
    _close(claim, state=DeliveryState.SUPERSEDED)


def failed(claim: Claim, error: DeliveryError, at: datetime) -> None:
    """Put a delivery off, or give it up and tell the other channels: a silent failure is the worst one."""
    reason = visible(str(error), 1_000)
    claim.delivery.error = reason
    is_old = at - claim.delivery.created_at >= GIVE_UP_AFTER
    if not (error.is_permanent or is_old):
        wait_s = delay_s(claim.delivery.attempts, error.retry_after_s)
        _close(claim, due_at=at + timedelta(seconds=wait_s), error=reason)
        log.warning("could not send %s, next try in %.0f s: %s", claim, wait_s, reason)
        return
    with transaction.atomic():
        if not _close(claim, state=DeliveryState.DEAD, error=reason):
            return
        told = enqueue_undelivered(claim.delivery, at)
    log.error("gave up on %s (%d other channels are told): %s", claim, told, reason)


def delay_s(attempts: int, retry_after_s: float | None) -> float:
    """How long to wait after ``attempts`` failed ones: exponential, with full jitter, 1 h at most.

    Jitter over the whole span keeps notifiers that failed together from coming back together. What the
    other side asked for is the least, up to the same hour.
    """
    longest = min(MAX_DELAY_S, BASE_DELAY_S * 2.0 ** min(attempts - 1, 30))
    asked = min(MAX_DELAY_S, max(0.0, retry_after_s or 0.0))
    return max(asked, random.uniform(0.0, longest))


def _close(claim: Claim, **changes: object) -> bool:
    """Write ``changes`` and end the claim; False where it had ended and someone else took over."""
    own = Delivery.objects.filter(pk=claim.delivery.pk, state=DeliveryState.PENDING, claimed_until=claim.until)
    return bool(own.update(claimed_until=None, **changes))


def _waiting_updates(delivery: Delivery, at: datetime) -> tuple[int, ...]:
    if delivery.alert_id is None:
        return ()
    updates = Delivery.objects.filter(
        is_free(at),
        alert=delivery.alert_id,
        channel=delivery.channel_id,
        occasion__startswith=UPDATE_PREFIX,
    )
    return tuple(updates.exclude(pk=delivery.pk).values_list("id", flat=True))
