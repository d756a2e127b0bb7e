"""A rule that reaches the limit of what it may keep: the oldest goes, and it is told."""

from pathlib import Path

import pytest
from tests.unit.apps.detect.cast import Bench, event, finish

from tocsin.apps.alerts.models import Alert
from tocsin.apps.detect import memory
from tocsin.apps.detect.alarms import LIMIT
from tocsin.apps.detect.memory import Memory
from tocsin.engine import correlate, state

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A store with rules, one of which counts by address."""
    bench = Bench(tmp_path)
    bench.add_source()
    return bench


def limit(monkeypatch: pytest.MonkeyPatch, a_group: int, in_all: int) -> None:
    """Small limits, wherever they are asked for."""
    for module in (state, correlate, memory):
        monkeypatch.setattr(module, "MAX_ROWS_A_GROUP", a_group)
        monkeypatch.setattr(module, "MAX_ROWS", in_all)


def alarms() -> list[tuple[str, int]]:
    """(rule, events dropped) of each alarm about a limit."""
    found = Alert.objects.filter(rule_id=LIMIT).order_by("group__rule")
    return [(alert.group["rule"], alert.events) for alert in found]


def times(known: Memory, title: str = "Guessing") -> list[float]:
    """The seconds of the rows of a rule."""
    (ringer,) = (each for each in known._ringers.values() if each.meta.title == title)
    rows = known.state(ringer).rows
    return sorted((rows.time - rows.time.min()) / 1e6 + 0.0)


def test_a_group_keeps_its_newest_and_the_alarm_rings_once(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """One alert a rule, which counts what was dropped pass after pass and says what to do; also after a restart."""
    limit(monkeypatch, 5, 1_000)
    detector = bench.detector()
    for first in (0, 4, 8):
        bench.send(*(event(first + second) for second in range(4)))
        finish(detector)
    assert alarms() == [("Guessing", 7), ("Spraying", 7)]
    alert = Alert.objects.filter(rule_id=LIMIT).earliest("pk")
    assert "of its oldest events were dropped; 5 of a group and 1,000 in all are kept" in alert.rule_text["description"]
    assert "shorten its timespan" in alert.rule_text["next_steps"]
    assert times(detector._memory) == [0, 1, 2, 3, 4]
    restarted = bench.detect()
    assert times(restarted._memory) == [0, 1, 2, 3, 4]
    assert alarms() == [("Guessing", 7), ("Spraying", 7)]
    assert Alert.objects.get(rule_title="Guessing").events == 12


def test_all_groups_together_keep_the_newest(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest of any group goes first."""
    limit(monkeypatch, 1_000, 6)
    bench.send(*(event(second, ip=f"203.0.113.{second % 4}") for second in range(10)))
    detector = bench.detect()
    assert alarms() == [("Guessing", 4), ("Spraying", 4)]
    assert times(detector._memory) == [0, 1, 2, 3, 4, 5]
    assert times(bench.detect()._memory) == [0, 1, 2, 3, 4, 5]


def test_groups_that_a_limit_emptied_give_back_their_room(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a flood of new groups within one timespan would fill the memory with their names."""
    limit(monkeypatch, 1_000, 6)
    monkeypatch.setattr(memory, "_SPARE_GROUPS", 10)
    bench.send(*(event(second / 10, ip=f"203.0.113.{second}") for second in range(100)))
    known = bench.detect()._memory
    (ringer,) = (each for each in known._ringers.values() if each.meta.title == "Guessing")
    assert len(known.state(ringer).groups.texts) == 6


def test_what_no_window_needs_is_dropped_without_a_word(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events that are older than a window reaches; and those of a rule that rings at a single event."""
    limit(monkeypatch, 5, 1_000)
    detector = bench.detector(lateness_s=0)
    for first in range(0, 600, 30):
        bench.send(event(first))
        finish(detector)
    bench.send(*(event(700 + second, "admin") for second in range(20)))
    finish(detector)
    assert alarms() == []
    assert Alert.objects.get(rule_title="Admin made").events == 20
