"""A batch that was durable but not acknowledged is sent again: nothing of it counts twice."""

from datetime import timedelta
from typing import Any

import pytest
from tests.unit.apps.detect.cast import RULES, START, Bench, alerts, event, finish

from tocsin.apps.alerts.models import Alert

ORDERED = """---
title: Guessed
id: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b09
correlation:
  type: temporal_ordered
  rules: [failed, admin_made]
  group-by: [user]
  timespan: 1m
level: high
"""


def without_time(**fields: Any) -> dict[str, Any]:
    """An event that happened when it was received."""
    return {name: value for name, value in event(0, **fields).items() if name != "time"}


@pytest.mark.parametrize("is_one_pass", [True, False])
@pytest.mark.parametrize("is_restarted", [True, False])
def test_an_event_without_a_time_counts_once(bench: Bench, is_one_pass: bool, is_restarted: bool) -> None:
    """It is the same event by its `_id`, although the time of receipt that stands for its time is another one."""
    received_at = START + timedelta(hours=1)
    sent = [without_time(action="admin", _id="1"), *(without_time(_id=f"f{number}") for number in range(3))]
    detector = bench.detector()
    for _ in range(2):
        bench.send(*sent, received_at=received_at)
        received_at += timedelta(seconds=7)
        if not is_one_pass:
            finish(detector)
            detector = bench.detector() if is_restarted else detector
    finish(detector)
    found = {title: (count, first, last) for title, _, first, last, count, *_ in alerts()}
    at = START + timedelta(hours=1)
    assert found == {"Admin made": (1, at, at), "Guessing": (3, at, at)}


def test_an_event_without_a_time_still_stands_for_all_of_its_rules(bench: Bench) -> None:
    """One record that matches both steps, sent twice, is one sequence."""
    both = RULES.replace("title: Admin made", "title: Admin made\nname: admin_made").replace("action: admin", "ip: x")
    (bench.rule_folder / "app.yml").write_text(both + ORDERED)
    for second in (0, 5):
        bench.send(without_time(ip="x", _id="1"), received_at=START + timedelta(hours=1, seconds=second))
        finish(bench.detector())
    alert = Alert.objects.get(rule_title="Guessed")
    assert (alert.events, alert.first_at) == (1, START + timedelta(hours=1))


def test_events_with_a_time_are_told_apart_by_it(bench: Bench) -> None:
    """A sender that numbers its events anew after a restart does not lose any."""
    bench.send(event(0, "admin", _id="1"), event(60, "admin", _id="1"))
    bench.detect()
    assert [alert[4] for alert in alerts()] == [2]


def test_a_flood_of_one_group_is_counted_exactly(bench: Bench) -> None:
    """Also what is sent again of its beginning, after thousands of others."""
    flood = [event(number / 100, "admin", _id=str(number)) for number in range(6_000)]
    bench.send(*flood)
    bench.detect()
    bench.send(*flood[:500])
    bench.detect()
    assert [alert[4] for alert in alerts()] == [6_000]
