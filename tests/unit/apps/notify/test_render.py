"""Rows become messages, from what the database says now."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.apps.notify.cast import AT, alert, channel

from tocsin.apps.alerts.models import Alert, State
from tocsin.apps.notify.models import Delivery, DeliveryState
from tocsin.apps.notify.outbox import UNDELIVERED, enqueue, enqueue_undelivered
from tocsin.apps.notify.render import message_for, outgoing_key
from tocsin.apps.notify.render import test_message as probe
from tocsin.kernel import clock
from tocsin.notifiers.message import Message, Occasion, Sample

pytestmark = pytest.mark.django_db
BASE = "https://tocsin.example.com"


def tell(occasion: str, **changes: object) -> Message:
    """The message about an alert."""
    channel()
    enqueue(alert(**changes), occasion)
    told = message_for(Delivery.objects.get(), BASE, AT)
    assert told is not None
    return told


def test_a_message_tells_the_alert() -> None:
    """Rule, group, counts, times, samples and link are the alert's."""
    told = tell("opened")
    ringing = Alert.objects.get()
    assert told.occasion is Occasion.OPENED
    assert (told.title, told.level, told.count, told.rule_id) == ("SSH brute force", "high", 12, "ssh_brute_force")
    assert told.group == (("src_ip", "203.0.113.9"),)
    assert (told.description, told.next_steps, told.tags) == ("Someone guesses.", "Block it.", ("attack.t1110",))
    assert told.url == f"{BASE}/alerts/{ringing.pk}"
    assert told.samples == (
        Sample(
            datetime(2026, 1, 31, 2, 14, 7, 500_000, tzinfo=UTC), "Failed password", (("user", "root"), ("port", "22"))
        ),
    )


def test_a_late_first_message_tells_the_count_of_now() -> None:
    """Rendering reads the alert, not what it was when it rang."""
    channel()
    enqueue(alert(), "opened")
    Alert.objects.update(count=1_000)
    told = message_for(Delivery.objects.get(), BASE, AT)
    assert told is not None
    assert told.count == 1_000


def test_an_update_belongs_to_the_first_message() -> None:
    """The thread's key is the key of the opening, though that was never sent."""
    told = tell("x10")
    assert told.occasion is Occasion.UPDATE
    assert told.thread_key == told.idempotency_key.replace("x10", "opened")


def test_an_alert_that_rings_again_says_so() -> None:
    """What was resolved and goes on is not told as a mere counter."""
    assert tell("again1").occasion is Occasion.AGAIN


def test_a_long_episode_shows_how_it_began_and_how_it_goes_on() -> None:
    """Of ten samples the first three and the last two are told."""
    told = tell("opened", samples=[{"raw": str(n)} for n in range(10)])
    assert [each.raw for each in told.samples] == ["0", "1", "2", "8", "9"]


def test_a_database_made_anew_has_new_keys() -> None:
    """Alert 1 of another database is another alarm, to a mailbox too."""
    place = channel()
    before = outgoing_key(place, "1:1:opened")
    place.created_at += timedelta(microseconds=1)
    assert outgoing_key(place, "1:1:opened") != before
    assert before.isascii()
    assert " " not in before


def test_an_alert_that_joined_another_is_not_told() -> None:
    """The other one has its own messages."""
    channel()
    enqueue(alert(state=State.MERGED), "opened")
    assert message_for(Delivery.objects.get(), BASE, AT) is None


@pytest.mark.parametrize(
    "sample",
    ["a text", 7, None, [], {}, {"time": "yesterday", "raw": None}, {"time": 7, "fields": {"b": [1]}}, {"fields": 7}],
)
def test_any_sample_can_be_told(sample: object) -> None:
    """What a detector of another version kept does not stop the alarm."""
    assert len(tell("opened", samples=[sample]).samples) == 1


def test_a_rule_may_say_one_text_or_many() -> None:
    """Sigma allows a text where a list may stand; nulls are nothing."""
    told = tell("opened", rule_text={"falsepositives": "A probe", "references": None, "tags": ["a", None, ""]})
    assert (told.falsepositives, told.references, told.tags) == (("A probe",), (), ("a",))


def test_undelivered_tells_how_many_and_which() -> None:
    """The other channel hears which alerts nobody was told of, and how to mend it."""
    broken = channel("broken")
    enqueue(alert(), "opened")
    enqueue(alert(rule_title="Second"), "opened")
    channel("other")
    lost = Delivery.objects.filter(channel=broken)
    lost.update(state=DeliveryState.DEAD, error="410 gone")
    enqueue_undelivered(lost.select_related("channel").latest("id"), clock.now())
    told = message_for(Delivery.objects.get(occasion=UNDELIVERED), BASE, clock.now())
    assert told is not None
    assert told.title == "2 messages were not delivered to broken"
    assert "410 gone" in told.description
    assert "tocsin channel test broken" in told.next_steps
    assert any("Second" in each.raw for each in told.samples)


def test_what_was_sent_after_all_is_not_mourned() -> None:
    """Where every message was retried and arrived, there is nothing to tell."""
    broken = channel("broken")
    enqueue(alert(), "opened")
    channel("other")
    enqueue_undelivered(Delivery.objects.select_related("channel").get(), clock.now())
    Delivery.objects.filter(channel=broken).update(state=DeliveryState.SENT)
    assert message_for(Delivery.objects.get(occasion=UNDELIVERED), BASE, clock.now()) is None


def test_a_test_is_new_each_time() -> None:
    """No receiver takes the second test for the first one come again."""
    place = channel()
    assert probe(place, BASE, AT).idempotency_key != probe(place, BASE, AT).idempotency_key
