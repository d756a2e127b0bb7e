"""A detector that learns what is normal: kept with the checkpoint, the same after any restart."""

import itertools
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.unit.apps.detect.cast import START, Bench, CrashAt, event, finish, run_with_crash, wipe

from tocsin.apps.alerts import normal
from tocsin.apps.alerts.models import Alert, State
from tocsin.apps.detect import memory
from tocsin.apps.detect.models import HistorySegment, SpecialDay
from tocsin.engine import baseline

RULES = """\
title: Failed sign-in
id: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b01
name: failed
logsource: {product: app}
detection:
  selection: {action: failed}
  condition: selection
---
title: Guessing
id: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b02
correlation:
  type: event_count
  rules: [failed]
  group-by: [ip]
  timespan: 10m
  condition: {gte: 5}
level: high
tocsin:
  baseline: {season: day, history: 5d}
"""
DAY_S = 86_400
HOUR_S = 3_600


def burst(day: int, hour: int, count: int) -> list[dict[str, Any]]:
    """``count`` failures from five past ``hour`` on, a second apart."""
    begin = day * DAY_S + hour * HOUR_S + 300
    return [event(begin + second) for second in range(count)]


def send(bench: Bench, records: list[dict[str, Any]]) -> None:
    """Received a minute after the last of them."""
    last = max(record["time"] for record in records)
    bench.send(*records, received_at=max(START, START.fromisoformat(last)) + timedelta(minutes=1))


def rung() -> list[tuple[int, int, int, str]]:
    """(day, hour, events, what is normal) of every alert, in order of time."""
    found = Alert.objects.exclude(state=State.MERGED).order_by("first_at")
    return [((a.first_at - START).days, a.first_at.hour, a.events, normal.say(a.normal)) for a in found]


MORNINGS = [burst(day, 9, 20 + day) for day in range(5)]
TODAY = [burst(5, 9, 23), burst(5, 15, 22), burst(5, 23, 1)]
FLOOR = "so the written condition (at least 5) decided"
UNKNOWN = "what is normal is not known yet"
KNOWN = [
    (0, 9, 20, f"20 in 10 minutes; nothing of this group is known from the past days, {FLOOR}"),
    (1, 9, 21, f"21 in 10 minutes; {UNKNOWN}: 1 past day of at least 3, {FLOOR}"),
    (2, 9, 22, f"22 in 10 minutes; {UNKNOWN}: 2 past days of at least 3, {FLOOR}"),
    (5, 15, 22, "22 in 10 minutes; at this hour 0 to 4 are normal"),
]


@pytest.fixture
def learning(tmp_path: Path, db: None) -> Bench:
    """A detector's folder with a rule that learns."""
    bench = Bench(tmp_path, RULES)
    bench.add_source(lateness_s=300)
    return bench


def test_every_morning_is_normal_and_the_same_in_the_afternoon_is_not(learning: Bench) -> None:
    """The first three mornings ring by the written condition, and say so."""
    detector = learning.detector()
    for records in MORNINGS + TODAY:
        send(learning, records)
        finish(detector)
    assert rung() == KNOWN


def test_a_new_process_for_every_commit_knows_the_same(learning: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where segments are merged on the way."""
    monkeypatch.setattr(memory, "MAX_SEGMENTS", 3)
    for records in MORNINGS + TODAY:
        send(learning, records)
        learning.detect()
        assert HistorySegment.objects.count() <= 4
    assert rung() == KNOWN


def test_all_in_one_commit_gives_the_same(learning: Bench) -> None:
    """A week that comes at once, backwards, as one commit."""
    send(learning, [record for records in reversed(MORNINGS + TODAY) for record in records])
    learning.detect()
    assert rung() == KNOWN


def test_a_special_day_has_its_own_measure_and_its_name_is_told(learning: Bench) -> None:
    """A day that somebody enters while the detector runs."""
    detector = learning.detector()
    for records in MORNINGS:
        send(learning, records)
        finish(detector)
    SpecialDay.objects.create(day="01-06", name="Launch")
    for records in (burst(5, 15, 22), burst(5, 18, 90), burst(5, 23, 1)):
        send(learning, records)
        finish(detector)
    assert rung()[3:] == [(5, 18, 90, "90 in 10 minutes; on Launch 0 to 39 are normal")]


def test_a_history_that_is_full_rings(learning: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once, with the rule's name, and counted on."""
    monkeypatch.setattr(baseline, "MAX_ENTRIES", 2)
    for records in (*MORNINGS, burst(5, 12, 1)):
        send(learning, records)
        learning.detect()
    full = Alert.objects.get(rule_id="tocsin.history_full")
    assert full.group == {"rule": "Guessing"}
    assert full.events == 3
    assert "oldest numbers were dropped" in full.rule_text["description"]


@pytest.mark.django_db(transaction=True)
def test_a_kill_at_any_statement_changes_neither_alerts_nor_what_is_normal(tmp_path: Path) -> None:
    """What is learnt is written with the alerts and the checkpoint, or not at all."""
    bench = Bench(tmp_path, RULES)
    bench.add_source(lateness_s=300)
    send(bench, [record for records in MORNINGS[:4] for record in records])
    send(bench, [*burst(4, 15, 22), *burst(4, 23, 1)])
    bench.detect()
    wanted = rung()
    assert wanted[-1][3].endswith("at this hour 0 to 4 are normal")
    for number in itertools.count(1, 7):
        wipe()
        crash = CrashAt(number)
        run_with_crash(bench, crash)
        assert rung() == wanted
        if not crash.has_crashed:
            break
