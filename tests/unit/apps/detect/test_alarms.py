"""Tocsin's alarms about itself."""

from datetime import timedelta

import pytest
from tests.unit.apps.detect.cast import START, told

from tocsin.apps.alerts.models import Alert, State
from tocsin.apps.detect.alarms import REPLACED, UNCHECKED, UNREADABLE, Alarm, sound
from tocsin.apps.notify.models import Channel

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("kind", [UNCHECKED, UNREADABLE, REPLACED])
def test_an_alarm_is_an_alert_with_its_reason_and_what_to_do(kind: str) -> None:
    """In the list, with a level that wakes, and told."""
    Channel.objects.create(name="pager", kind="webhook", min_level_rank=3)
    sound(Alarm(kind, "app", "KeyError:\n 'lost\x00'", events=7), START)
    alert = Alert.objects.get()
    assert (alert.rule_id, alert.level, alert.source, alert.events, alert.first_at) == (kind, "high", "app", 7, START)
    assert "Reason: KeyError: 'lost\ufffd'" in alert.rule_text["description"]
    assert alert.rule_text["next_steps"]
    assert told() == [(alert.rule_title, "opened")]


def test_the_same_alarm_counts_on_in_one_alert() -> None:
    """Until somebody has resolved it; another source or rule has its own."""
    for minute in range(3):
        sound(Alarm(UNCHECKED, "app", "x", events=2), START + timedelta(minutes=minute))
    sound(Alarm(UNCHECKED, "web", "x"), START)
    sound(Alarm(UNCHECKED, "app", "x", rule="Guessing"), START)
    assert list(Alert.objects.order_by("pk").values_list("events", flat=True)) == [6, 1, 1]
    assert Alert.objects.earliest("pk").last_at == START + timedelta(minutes=2)
    Alert.objects.update(state=State.RESOLVED)
    sound(Alarm(UNCHECKED, "app", "x"), START)
    assert Alert.objects.count() == 4
