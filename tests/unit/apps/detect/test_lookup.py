"""Sample events of what rings by the watermark."""

from pathlib import Path

import pytest
from tests.unit.apps.detect.cast import Bench, event, finish
from tests.unit.apps.detect.conftest import Clock

from tocsin.apps.alerts.models import Alert
from tocsin.apps.detect import lookup

RULES = """\
title: Failed sign-in
name: failed
logsource: {product: app}
detection: {selection: {action|startswith: fail}, filter: {user: bob}, condition: selection and not filter}
---
title: Few failures
correlation: {type: event_count, rules: [failed], group-by: [ip], timespan: 10s, condition: {lt: 4}}
"""


@pytest.fixture
def few(db: None, tmp_path: Path) -> Bench:
    """A store with a rule that waits."""
    bench = Bench(tmp_path, RULES)
    bench.add_source(lateness_s=5)
    return bench


def test_events_of_earlier_passes_are_read_back(few: Bench, clock: Clock) -> None:
    """Those of the group, in its time, that the rule matches, and no others; in order of time."""
    detector = few.detector()
    few.send(event(0), event(1, "Failed"), event(2, user="bob"), event(3, ip="203.0.113.99"))
    finish(detector)
    few.send(event(50), event(4, "read"))
    finish(detector)
    clock.go_on(3600)
    finish(detector)
    alerts = {(alert.group["ip"], alert.first_at.second): alert for alert in Alert.objects.all()}
    assert [sample["id"] for sample in alerts["203.0.113.9", 0].samples] == [
        "0-failed-203.0.113.9-ann",
        "1-Failed-203.0.113.9-ann",
    ]
    assert alerts["203.0.113.9", 0].samples[0]["fields"]["action"] == "failed"
    assert alerts["203.0.113.9", 0].source == "app"
    assert len(alerts) == 3


def test_a_pass_looks_up_so_many_and_goes_on(few: Bench, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The alerts are all there; those beyond the bound have no samples."""
    monkeypatch.setattr(lookup, "MAX_LOOKUPS", 2)
    detector = few.detector()
    few.send(*(event(0, ip=f"203.0.113.{number}") for number in range(5)))
    finish(detector)
    clock.go_on(3600)
    finish(detector)
    assert sorted(len(alert.samples) for alert in Alert.objects.all()) == [0, 0, 0, 1, 1]
