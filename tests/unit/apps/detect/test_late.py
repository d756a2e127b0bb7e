"""Events that come later than allowed: looked at by every rule, counted, shown, and never dropped."""

from pathlib import Path

import pytest
from tests.unit.apps.detect import cast
from tests.unit.apps.detect.cast import Bench, event, finish

from tocsin.apps.alerts.models import Alert
from tocsin.apps.detect.detector import Detector
from tocsin.apps.intake.models import Source
from tocsin.store.search import recent
from tocsin.web.reads.sources import read_source

pytestmark = pytest.mark.django_db(transaction=True)

WAITING = """\
---
title: Seldom
id: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b05
correlation:
  type: event_count
  rules: [failed]
  group-by: [ip]
  timespan: 1m
  condition: {eq: 2}
level: medium
---
title: Checked
id: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b07
name: checked
logsource: {product: app}
detection:
  selection: {action: checked}
  condition: selection
---
title: Not followed
id: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b06
name: not_followed
correlation:
  type: temporal_ordered
  rules: [failed, checked]
  group-by: [ip]
  timespan: 1m
  condition: failed and not checked
tocsin:
  absent: {within: 1m}
level: medium
"""
LATENESS_S = 60


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """Rules on single events, some that ring at once and some that wait; a source whose events may be a minute late."""
    bench = Bench(tmp_path, cast.RULES + WAITING)
    bench.add_source(lateness_s=LATENESS_S)
    return bench


@pytest.fixture
def detector(bench: Bench) -> Detector:
    """A detector that has come to 2000 seconds: what was before 1940 is late."""
    detector = bench.detector()
    bench.send(event(2_000, "other"))
    return finish(detector)


def rung(title: str) -> list[tuple[float, int]]:
    """(second of the first event, events) of each alert of a rule."""
    found = Alert.objects.filter(rule_title=title).order_by("first_at")
    return [((alert.first_at - cast.START).total_seconds(), alert.events) for alert in found]


def late(bench: Bench, detector: Detector, *seconds: float, action: str = "failed") -> None:
    """Events that come an hour late, each in a pass of its own."""
    for second in seconds:
        bench.send(event(second, action), received_at=cast.RECEIVED_AT)
        finish(detector)


def test_a_rule_on_single_events_rings(bench: Bench, detector: Detector) -> None:
    """However late it is; and it is an alert of its own where the one before is forgotten."""
    late(bench, detector, 100, 200, action="admin")
    assert sum(events for _, events in rung("Admin made")) == 2


def test_a_correlation_that_rings_at_once_counts_what_is_kept(bench: Bench, detector: Detector) -> None:
    """All that came late together; and one event that completes a window with events that were on time."""
    bench.send(event(1_000), event(1_001), event(1_002))
    finish(detector)
    assert rung("Guessing") == [(1_000, 3)]
    bench.send(event(1_950), event(1_951))
    finish(detector)
    late(bench, detector, 1_935)
    assert rung("Guessing") == [(1_000, 3), (1_935, 3)]


def test_a_correlation_that_waits_does_not_judge_again(bench: Bench, detector: Detector) -> None:
    """Neither what it rang for, nor what it would have rung for; a window that ends later counts the late event."""
    late(bench, detector, 100, 101)
    assert rung("Seldom") == []
    late(bench, detector, 1_935)
    bench.send(event(1_980))
    bench.send(event(3_000, "other"))
    finish(detector)
    assert rung("Seldom") == [(1_935, 2)]


def test_what_comes_too_late_did_not_come(bench: Bench, detector: Detector) -> None:
    """The alert of an absence stands; a late event whose time was up does not ring for it."""
    bench.send(event(2_000), event(3_000, "other"))
    finish(detector)
    assert rung("Not followed") == [(2_000, 1)]
    late(bench, detector, 2_030, action="checked")
    late(bench, detector, 500)
    assert rung("Not followed") == [(2_000, 1)]


def test_it_is_stored_counted_and_shown(bench: Bench, detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the store, in the source's total, and as late in the console; one that is on time is not."""
    late(bench, detector, 100, 1_939, 1_941)
    assert recent(bench.store.table("app"), limit=10).num_rows == 4
    monkeypatch.setattr("tocsin.web.reads.sources.now", lambda: cast.RECEIVED_AT)
    page = read_source("app")
    assert page is not None
    assert (page.row.total, page.row.late) == (4, 2)


def test_the_lateness_of_a_source_is_taken_up_while_running(bench: Bench, detector: Detector) -> None:
    """What was late is on time once the source may be later."""
    Source.objects.update(lateness_s=3_600)
    detector._checked_at = float("-inf")
    finish(detector)
    late(bench, detector, 100)
    page = read_source("app")
    assert page is not None
    assert page.row.late == 0
