"""From episodes to alerts: opened, extended, joined, reopened, and told."""

from datetime import timedelta

import pytest
from tests.unit.apps.detect.cast import BURST, START, Bench, alerts, event, finish, told

from tocsin.apps.alerts.models import Alert, AlertAction, State
from tocsin.apps.detect.ringing import _power_of_ten
from tocsin.apps.detect.samples import MAX_SAMPLES
from tocsin.apps.notify.models import Channel


@pytest.fixture(autouse=True)
def pager(db: None) -> Channel:
    """A channel that takes every level."""
    return Channel.objects.create(name="pager", kind="webhook", min_level_rank=0)


def test_an_alert_carries_the_words_of_its_rule(bench: Bench) -> None:
    """Title, level, threshold and time span, source, group and history."""
    bench.send(*BURST)
    bench.detect()
    alert = Alert.objects.get()
    assert (alert.rule_title, alert.level, alert.source) == ("Guessing", "high", "app")
    assert (alert.rule_text["timespan_s"], alert.rule_text["condition"]) == (60, {"gte": 3})
    assert [action.verb for action in alert.actions.all()] == ["rang"]


def test_a_value_count_shows_its_distinct_values(bench: Bench) -> None:
    """The most in one window; the events beside it."""
    bench.send(event(0), event(1, user="bob"), event(2, user="bob", _id="again"))
    bench.detect()
    alert = Alert.objects.get(rule_title="Spraying")
    assert (alert.count, alert.events, alert.count_of) == (2, 3, "user")


def test_late_events_join_alerts_into_the_older(bench: Bench) -> None:
    """The newer one points to it, its samples and sources go over, and it is in no list any more."""
    bench.add_source("other")
    bench.send(*(event(second) for second in (0, 1, 2)))
    detector = bench.detect()
    bench.send(*(event(second) for second in (200, 201, 202)), source="other")
    finish(detector)
    bench.send(*(event(second) for second in (50, 100, 150)))
    finish(detector)
    bench.send(*(event(second) for second in (51, 52, 101, 102, 151, 152)))
    finish(detector)
    kept, joined = Alert.objects.filter(rule_title="Guessing").order_by("pk")[:2]
    assert (joined.state, joined.merged_into) == (State.MERGED, kept)
    assert (kept.count, kept.source) == (15, "app, other")
    assert {sample["source"] for sample in kept.samples} == {"app", "other"}
    assert [(title, count) for title, _, _, _, count, *_ in alerts()] == [("Guessing", 15)]
    assert AlertAction.objects.filter(alert=joined, verb="merged", note=f"into #{kept.pk}").exists()


def test_joined_alerts_point_to_the_last_that_is_kept(bench: Bench) -> None:
    """An alert into which others were joined is joined itself: all of them point on."""
    detector = bench.detector()
    for start in (400, 200, 0):
        bench.send(*(event(start + second) for second in (0, 1, 2)))
        finish(detector)
    first, second, third = Alert.objects.order_by("pk")
    bench.send(*(event(at) for at in (250, 251, 252, 300, 301, 302, 350, 351, 352)))
    finish(detector)
    bench.send(*(event(at) for at in (50, 51, 52, 100, 101, 102, 150, 151, 152)))
    finish(detector)
    assert set(Alert.objects.filter(merged_into=first)) == {second, third}
    assert [count for _, _, _, _, count, *_ in alerts()] == [27]


def test_a_resolved_alert_is_opened_again_by_more_events(bench: Bench) -> None:
    """It says so, and tells again; an acknowledged one only counts on."""
    bench.send(*BURST[:3])
    detector = bench.detect()
    for state, second in ((State.ACKNOWLEDGED, 30), (State.RESOLVED, 40), (State.RESOLVED, 50)):
        Alert.objects.update(state=state)
        bench.send(event(second))
        finish(detector)
    alert = Alert.objects.get()
    assert (alert.state, alert.count) == (State.OPEN, 6)
    assert told() == [("Guessing", "again1"), ("Guessing", "again2"), ("Guessing", "opened")]


def test_an_event_that_came_twice_opens_nothing_again(bench: Bench) -> None:
    """A sender that sends again after a lost answer wakes nobody."""
    bench.send(*BURST)
    detector = bench.detect()
    Alert.objects.update(state=State.RESOLVED)
    bench.send(*BURST)
    finish(detector)
    assert (Alert.objects.get().state, told()) == (State.RESOLVED, [("Guessing", "opened")])


def test_a_count_that_grew_tenfold_is_told(bench: Bench) -> None:
    """At 10, 100, 1000 …, once each; an alert that opens with more tells that at once."""
    detector = bench.detector()
    sent = 0
    for until in (5, 9, 12, 50, 120, 121):
        bench.send(*(event(number / 100) for number in range(sent, until)))
        sent = until
        finish(detector)
    assert told() == [("Guessing", "opened"), ("Guessing", "x10"), ("Guessing", "x100")]
    assert Alert.objects.get().count == 121


@pytest.mark.parametrize(
    ("count", "power"), [(1, 1), (9, 1), (10, 10), (999, 100), (1000, 1000), (10**15, 10**15), (10**18 - 1, 10**17)]
)
def test_powers_of_ten_are_exact(count: int, power: int) -> None:
    """Floats would round the last of these up."""
    assert _power_of_ten(count) == power


def test_samples_are_the_first_and_the_last(bench: Bench) -> None:
    """A bounded number, whatever the order of arrival, with every field of the record."""
    detector = bench.detector()
    for second in (50, 10, 30):
        bench.send(*(event(second + number / 10, note=f"n{number}") for number in range(9)))
        finish(detector)
    samples = Alert.objects.get().samples
    times = [sample["time"] for sample in samples]
    assert len(samples) == MAX_SAMPLES
    assert times == sorted(times)
    assert (samples[0]["id"], samples[-1]["id"]) == ("10.0-failed-203.0.113.9-ann", "50.8-failed-203.0.113.9-ann")
    assert samples[0]["fields"]["note"] == "n0"


def test_a_late_event_that_comes_again_does_not_ring_again(bench: Bench) -> None:
    """Its windows were forgotten in between; another late event of the same group and moment rings."""
    bench.send(event(9 * 3600, "read"), received_at=START + timedelta(hours=10))
    detector = bench.detect()
    for _ in range(2):
        bench.send(event(0, "admin"), received_at=START + timedelta(hours=10))
        finish(detector)
        bench.send(event(9 * 3600 + 1, "read"), received_at=START + timedelta(hours=10))
        finish(detector)
    assert [(title, count) for title, _, _, _, count, *_ in alerts()] == [("Admin made", 1)]
    bench.send(event(0, "admin", _id="another"), received_at=START + timedelta(hours=10))
    bench.detect()
    assert Alert.objects.filter(rule_title="Admin made").count() == 2
    assert told() == [("Admin made", "opened")] * 2
