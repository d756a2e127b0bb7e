"""What is to be told becomes rows: once, to those who want it, the newest only."""

from datetime import timedelta

import pytest
from django.db import transaction
from tests.unit.apps.notify.cast import AT, alert, channel, states

from tocsin.apps.notify.models import Delivery, DeliveryState
from tocsin.apps.notify.outbox import UNDELIVERED, enqueue, enqueue_undelivered
from tocsin.kernel import clock

pytestmark = pytest.mark.django_db


def test_every_channel_of_the_level_is_told() -> None:
    """A channel for critical alerts, and a disabled one, hear nothing of a high one."""
    channel("all", min_level_rank=0)
    channel("high", min_level_rank=3)
    channel("critical", min_level_rank=4)
    channel("off", is_enabled=False)
    enqueue(alert(), "opened")
    assert states() == [("all", "opened", "pending"), ("high", "opened", "pending")]


def test_the_same_occasion_is_told_once() -> None:
    """A detector that runs its transaction again adds nothing."""
    channel()
    ringing = alert()
    enqueue(ringing, "opened")
    enqueue(ringing, "opened")
    assert states() == [("hook", "opened", "pending")]


def test_what_was_sent_is_not_told_again() -> None:
    """The row that was sent keeps its key taken."""
    channel()
    ringing = alert()
    enqueue(ringing, "opened")
    Delivery.objects.update(state=DeliveryState.SENT)
    enqueue(ringing, "opened")
    assert states() == [("hook", "opened", "sent")]


def test_keys_name_alert_channel_and_occasion() -> None:
    """The key is made of what the message is about, not of when it was written."""
    place, ringing = channel(), alert()
    enqueue(ringing, "x10")
    assert Delivery.objects.get().idempotency_key == f"{ringing.pk}:{place.pk}:x10"


def test_a_rolled_back_detector_tells_nobody() -> None:
    """The rows share the fate of the alert."""
    channel()
    ringing = alert()
    with transaction.atomic():
        enqueue(ringing, "opened")
        assert len(states()) == 1
        transaction.set_rollback(True)
    assert states() == []


def test_a_newer_update_takes_the_place_of_a_waiting_one() -> None:
    """Only the newest counter is worth telling; the first message stays."""
    channel()
    ringing = alert()
    for occasion in ("opened", "x10", "x100"):
        enqueue(ringing, occasion)
    assert states() == [("hook", "opened", "pending"), ("hook", "x10", "superseded"), ("hook", "x100", "pending")]


def test_a_repeated_smaller_update_takes_nobodys_place() -> None:
    """x10 enqueued again after x100 does not silence x100."""
    channel()
    ringing = alert()
    for occasion in ("x10", "x100", "x10"):
        enqueue(ringing, occasion)
    assert states() == [("hook", "x10", "superseded"), ("hook", "x100", "pending")]


def test_an_update_under_way_is_left_alone() -> None:
    """What a notifier has in hand is its own until its lease ends."""
    channel()
    ringing = alert()
    enqueue(ringing, "x10")
    Delivery.objects.update(claimed_until=clock.now() + timedelta(seconds=60))
    enqueue(ringing, "x100")
    assert [state for _, _, state in states()] == ["pending", "pending"]


def test_ringing_again_is_told_each_time() -> None:
    """Each time that a resolved alert goes on is an occasion of its own, and no update takes its place."""
    channel()
    ringing = alert()
    for occasion in ("again1", "again2", "again2", "x1000"):
        enqueue(ringing, occasion)
    assert states() == [(("hook", each, "pending")) for each in ("again1", "again2", "x1000")]


def test_another_alerts_updates_are_left_alone() -> None:
    """One alert's counter does not stand for another's."""
    channel()
    enqueue(alert(), "x10")
    enqueue(alert(), "x100")
    assert [state for _, _, state in states()] == ["pending", "pending"]


@pytest.mark.parametrize(
    "occasion", ["", "x1", "x20", "x", "opened ", "x10\n", "undelivered", "x1" + "0" * 19, "again", "again-1"]
)
def test_other_occasions_are_refused(occasion: str) -> None:
    """A detector's mistake is an error there, not a row that nobody can read."""
    with pytest.raises(ValueError, match="is not an occasion"):
        enqueue(alert(), occasion)


def test_a_failed_channel_is_told_to_the_others_once_an_hour() -> None:
    """However many messages fail, each other channel hears of it once in the hour, and again in the next."""
    broken = channel("broken")
    channel("other")
    channel("off", is_enabled=False)
    failed = Delivery(channel=broken, occasion="opened", idempotency_key="k", error="410 gone")
    for minutes in (0, 30, 45, 50):
        enqueue_undelivered(failed, AT.replace(minute=0) + timedelta(minutes=minutes))
    assert states() == [("other", UNDELIVERED, "pending")]
    enqueue_undelivered(failed, AT.replace(minute=0) + timedelta(minutes=60))
    assert len(states()) == 2


def test_two_broken_channels_do_not_keep_each_other_busy() -> None:
    """That nobody could be told of a failure is not told."""
    broken = channel("broken")
    channel("other")
    assert enqueue_undelivered(Delivery(channel=broken, occasion=UNDELIVERED), AT) == 0
    assert states() == []
