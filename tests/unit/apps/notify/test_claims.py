"""The life of an outbox row."""

import socket
import subprocess
import sys
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.apps.notify.cast import alert, channel, states

from tocsin.apps.notify import claims
from tocsin.apps.notify.claims import GIVE_UP_AFTER, LEASE, Claim, delay_s
from tocsin.apps.notify.models import Delivery
from tocsin.apps.notify.outbox import UNDELIVERED, enqueue
from tocsin.kernel import clock
from tocsin.kernel.errors import DeliveryError

pytestmark = pytest.mark.django_db
TEMPORARY = DeliveryError("503 later")
PERMANENT = DeliveryError("410 gone", is_permanent=True)


def ring(*occasions: str) -> list[Delivery]:
    """One alert, told to all channels on ``occasions``."""
    ringing = alert()
    for occasion in occasions:
        enqueue(ringing, occasion)
    return list(Delivery.objects.filter(alert=ringing).order_by("id"))


def take(delivery: Delivery) -> Claim:
    """A claim that must succeed."""
    claimed = claims.claim(delivery.pk, clock.now())
    assert claimed is not None
    return claimed


def due_ids(busy: tuple[int, ...] = ()) -> list[int]:
    """The deliveries that are due now."""
    return [delivery_id for delivery_id, _ in claims.due(clock.now(), busy, 10)]


def test_one_of_two_notifiers_gets_a_delivery() -> None:
    """A claim excludes every other until its lease ends; then the delivery is anyone's."""
    channel()
    (delivery,) = ring("opened")
    at = clock.now()
    assert claims.claim(delivery.pk, at)
    assert claims.claim(delivery.pk, at) is None
    assert due_ids() == []
    later = at + LEASE + timedelta(seconds=1)
    assert claims.due(later, (), 10) == [(delivery.pk, delivery.channel_id)]
    assert claims.claim(delivery.pk, later)


def test_what_a_dead_notifier_held_is_free_at_once() -> None:
    """The next one of its machine does not wait for the lease; what lives, or may live elsewhere, keeps its claim."""
    channel()
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    holders = [f"{socket.gethostname()}:{process.pid}", f"{socket.gethostname()}:1", "elsewhere:1"]
    taken = [take(delivery).delivery for delivery in ring("opened", "again1", "again2")]
    for delivery, holder in zip(taken, holders, strict=True):
        Delivery.objects.filter(pk=delivery.pk).update(claimed_by=holder)
    claims.release_abandoned()
    assert due_ids() == [taken[0].pk]


def test_an_update_waits_for_the_first_message() -> None:
    """Nobody hears that something grew before they have heard of it."""
    channel()
    first, update = ring("opened", "x10")
    assert due_ids() == [first.pk]
    claimed = take(first)
    assert due_ids() == []
    claims.failed(claimed, PERMANENT, clock.now())
    assert due_ids() == [update.pk]


def test_an_update_waits_for_the_message_that_it_rang_again() -> None:
    """That a resolved alert goes on comes before how far."""
    channel()
    again, _ = ring("again1", "x100")
    assert due_ids() == [again.pk]


def test_a_first_message_tells_the_updates_that_waited() -> None:
    """What was enqueued before the message was written is not sent after it; what came later is."""
    channel()
    first, early = ring("opened", "x10")
    claimed = take(first)
    enqueue(claimed.delivery.alert, "x1000")  # type: ignore[arg-type]
    claims.sent(claimed, clock.now())
    assert states() == [("hook", "opened", "sent"), ("hook", "x10", "superseded"), ("hook", "x1000", "pending")]
    assert early.pk in claimed.covered


def test_another_channels_update_is_not_covered() -> None:
    """That one channel was told does not tell the other."""
    channel("one")
    channel("two")
    rows = ring("opened", "x10")
    claims.sent(take(rows[0]), clock.now())
    assert [state for _, _, state in states()] == ["sent", "pending", "superseded", "pending"]


def test_busy_and_disabled_channels_are_passed_over() -> None:
    """A channel with a delivery under way waits; a disabled one too."""
    busy, off = channel("busy"), channel("off")
    ring("opened")
    off.is_enabled = False
    off.save()
    assert due_ids((busy.pk,)) == []


def test_the_oldest_comes_first() -> None:
    """Alarms are told in the order in which they rang."""
    channel()
    first, second = ring("opened")[0], ring("opened")[0]
    assert due_ids() == [first.pk, second.pk]


def test_sent_is_written_with_its_time() -> None:
    """A sent delivery is nobody's, and has no error any more."""
    channel()
    (delivery,) = ring("opened")
    Delivery.objects.update(error="503 later")
    at = clock.now()
    claims.sent(take(delivery), at)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.sent_at, delivery.attempts) == ("sent", at, 1)
    assert (delivery.error, delivery.claimed_until) == ("", None)


def test_a_lapsed_claim_writes_nothing() -> None:
    """A notifier that woke from the dead does not overrule the one that took over."""
    channel()
    (delivery,) = ring("opened")
    lapsed = take(delivery)
    assert claims.claim(delivery.pk, clock.now() + LEASE + timedelta(seconds=1))
    claims.failed(lapsed, PERMANENT, clock.now())
    assert states() == [("hook", "opened", "pending")]


def test_a_temporary_failure_is_put_off() -> None:
    """The row says why, when next, and is free again."""
    channel()
    (delivery,) = ring("opened")
    at = clock.now()
    claims.failed(take(delivery), DeliveryError("503 \x1b[2J", retry_after_s=90), at)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error, delivery.claimed_until) == ("pending", r"503 \x1b[2J", None)
    assert delivery.due_at == at + timedelta(seconds=90)
    assert due_ids() == []


def test_a_permanent_failure_is_dead_and_told() -> None:
    """The channel that works hears of the one that does not."""
    channel("broken")
    other = channel("other")
    other_row = ring("opened")[0]
    claims.failed(take(other_row), PERMANENT, clock.now())
    assert ("broken", "opened", "dead") in states()
    assert ("other", UNDELIVERED, "pending") in states()
    told = Delivery.objects.get(channel=other, occasion=UNDELIVERED)
    assert told.body["channel"] == "broken"
    assert told.body["error"] == "410 gone"


def test_a_day_of_failures_is_the_end() -> None:
    """A temporary failure is final after 24 hours, not before."""
    channel()
    (delivery,) = ring("opened")
    claims.failed(take(delivery), TEMPORARY, delivery.created_at + GIVE_UP_AFTER - timedelta(seconds=1))
    assert states() == [("hook", "opened", "pending")]
    claims.failed(take(delivery), TEMPORARY, delivery.created_at + GIVE_UP_AFTER)
    assert states() == [("hook", "opened", "dead")]


@given(st.integers(1, 10_000), st.one_of(st.none(), st.floats(allow_nan=False)))
def test_a_wait_is_between_nothing_and_an_hour(attempts: int, asked: float | None) -> None:
    """For every number of attempts and every Retry-After."""
    assert 0 <= delay_s(attempts, asked) <= 3600


def test_waits_grow_and_are_spread() -> None:
    """The first wait is under 5 s, the tenth spreads over most of an hour, and what was asked for is the least."""
    assert all(delay_s(1, None) <= 5 for _ in range(50))
    late = [delay_s(10, None) for _ in range(200)]
    assert max(late) > 1_500
    assert min(late) < 1_000
    assert all(delay_s(1, 600) == 600 for _ in range(10))
