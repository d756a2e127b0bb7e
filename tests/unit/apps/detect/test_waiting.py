"""Rules that wait for the watermark, and rules over other correlations, through the whole detector."""

import itertools
from pathlib import Path

import pytest
from tests.unit.apps.detect.cast import Bench, CrashAt, alerts, event, finish, run_with_crash, wipe
from tests.unit.apps.detect.conftest import Clock

from tocsin.apps.detect import detector as detector_module

RULES = """\
title: Failed sign-in
name: failed
logsource: {product: app}
detection: {selection: {action: failed}, condition: selection}
---
title: Signed in
name: entered
logsource: {product: app}
detection: {selection: {action: entered}, condition: selection}
---
title: A lone failure
name: lone
correlation: {type: event_count, rules: [failed], group-by: [ip], timespan: 10s, condition: {lt: 2}, generate: false}
---
title: Many failures
name: many
correlation: {type: event_count, rules: [failed], group-by: [ip], timespan: 10s, condition: {gte: 3}}
---
title: Broken in
correlation: {type: temporal_ordered, rules: [many, entered], group-by: [ip], timespan: 60s}
---
title: Again and again
correlation: {type: event_count, rules: [many], group-by: [ip], timespan: 1h, condition: {gte: 2}}
"""
LATENESS_S = 5


@pytest.fixture
def waiting(db: None, tmp_path: Path) -> Bench:
    """A store with rules that wait."""
    bench = Bench(tmp_path, RULES)
    bench.add_source(lateness_s=LATENESS_S)
    return bench


def rung() -> list[tuple[str, int, int, int]]:
    """(title, first second, last second, events) of every alert."""
    return sorted(
        (title, first.minute * 60 + first.second, last.minute * 60 + last.second, events)
        for title, _, first, last, _, events, _ in alerts()
    )


def test_an_alert_that_waits_comes_with_the_event_that_moves_the_watermark(waiting: Bench) -> None:
    """An event that no rule matches is enough."""
    waiting.send(event(0))
    detector = waiting.detect()
    assert rung() == []
    waiting.send(event(6, action="read"))
    finish(detector)
    assert rung() == [("A lone failure", 0, 0, 1)]


def test_what_waits_is_judged_in_the_quiet(waiting: Bench, clock: Clock) -> None:
    """When nothing has come for ten minutes, event time goes on as the clock does."""
    waiting.send(event(0))
    detector = waiting.detect()
    clock.go_on(600 + LATENESS_S)
    finish(detector)
    assert rung() == []
    clock.go_on(1)
    finish(detector)
    assert rung() == [("A lone failure", 0, 0, 1)]
    clock.go_on(3600)
    finish(detector)
    waiting.detect()
    assert rung() == [("A lone failure", 0, 0, 1)]


@pytest.mark.parametrize("is_running", [True, False], ids=["running", "not running"])
def test_the_quiet_is_the_same_without_a_detector(waiting: Bench, clock: Clock, is_running: bool) -> None:
    """An event that comes after the quiet, and would have taken the alert away before it, comes too late."""
    waiting.send(event(4))
    detector = waiting.detect()
    clock.go_on(1_200)
    if is_running:
        finish(detector)
    waiting.send(event(3), received_at=clock.at)
    finish(detector)
    assert rung() == [("A lone failure", 4, 4, 1)]


def test_while_more_is_to_be_read_nothing_is_quiet(waiting: Bench, clock: Clock) -> None:
    """A detector that starts late finds what a punctual one had found."""
    waiting.send(event(4))
    waiting.send(event(3))
    clock.go_on(86_400)
    detector = waiting.detector()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(detector_module, "MAX_ROWS", 1)
        finish(detector)
    assert rung() == [("A lone failure", 3, 3, 1)]


def test_a_late_event_takes_away_what_waited(waiting: Bench) -> None:
    """Two failures are not fewer than two, whichever came first."""
    waiting.send(event(4))
    detector = waiting.detect()
    waiting.send(event(3))
    finish(detector)
    waiting.send(event(30, action="read"))
    finish(detector)
    assert rung() == [("A lone failure", 3, 3, 1)]


def test_what_waits_survives_a_restart(waiting: Bench) -> None:
    """A new process judges the windows that the old one had not, and none of the others again."""
    for second, action in ((0, "failed"), (3, "read"), (9, "read"), (12, "failed"), (20, "read"), (40, "read")):
        waiting.send(event(second, action=action))
        waiting.detect()
    assert rung() == [("A lone failure", 0, 0, 1), ("A lone failure", 12, 12, 1)]


def test_a_correlation_feeds_another_at_once(waiting: Bench) -> None:
    """Failures in one commit, the success in a later one: nothing of it waits."""
    waiting.send(*(event(second) for second in (0, 1, 2)))
    detector = waiting.detect()
    waiting.send(event(4, action="entered"))
    finish(detector)
    assert rung() == [("Broken in", 2, 4, 2)]


def test_episodes_of_a_correlation_are_counted_when_they_are_sure(waiting: Bench) -> None:
    """Two runs of failures, each counted when the watermark has passed its beginning; a process for every commit."""
    for seconds in ((0, 1, 2), (100, 101, 102), (103,)):
        waiting.send(*(event(second) for second in seconds))
        waiting.detect()
    assert "Again and again" not in {title for title, *_ in rung()}
    waiting.send(event(200, action="read"))
    waiting.detect()
    assert ("Again and again", 2, 102, 2) in rung()


@pytest.mark.django_db(transaction=True)
def test_a_kill_at_any_statement_changes_no_alert(tmp_path: Path) -> None:
    """Segments, settled windows and alerts change together or not at all."""
    bench = Bench(tmp_path, RULES)
    bench.add_source(lateness_s=LATENESS_S)
    moments = [(0, "failed"), (1, "failed"), (2, "failed"), (3, "entered"), (30, "failed"), (60, "read"), (90, "read")]
    for second, action in moments:
        bench.send(event(second, action=action))
    bench.detect()
    wanted = rung()
    assert len(wanted) == 3
    for number in itertools.count(1, 5):
        wipe()
        crash = CrashAt(number)
        run_with_crash(bench, crash)
        assert rung() == wanted
        if not crash.has_crashed:
            break
