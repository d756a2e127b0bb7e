"""A newcomer's first minute: the drill plays by itself, and rings for what happened in it and nothing else."""

import json
import signal
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tests.scenario.server import Server, wait_for

from tocsin.drill.expected import EXPECTED

WAKES = {"medium", "high", "critical"}


def waking(alerts: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """(rule, level) of the alerts that would wake somebody."""
    return Counter((alert["rule"], alert["level"]) for alert in alerts if alert["level"] in WAKES)


@pytest.mark.timeout(180)
def test_a_first_start_plays_the_drill_and_a_second_goes_on(tmp_path: Path) -> None:
    """Within a minute the alerts are those of the ground truth; a second start has them, and plays nothing."""
    expected = Counter({(each.title, each.level): each.alerts for each in EXPECTED})
    with Server(tmp_path) as server:
        began = time.monotonic()
        server.serve("--welcome")
        wait_for(lambda: "Played drill 1" in server.output(), 60, server.output)
        alerts = server.wait_for_alerts(lambda alerts: waking(alerts) >= expected)
        assert time.monotonic() - began < 60
        assert waking(alerts) == expected
        check_truth(json.loads((tmp_path / "data" / "drill-truth.json").read_text()), alerts)
        assert server.stop("serve", "--welcome", number=signal.SIGINT) == 0
        server.log.unlink()
        server.serve("--welcome")
        token = server.token("app", "--product", "app")
        server.send("app", token, [{"action": "session.failed", "source": {"ip": "203.0.113.9"}}])
        assert waking(server.alerts()) == expected
        assert "drill" not in server.output()


def check_truth(truth: dict[str, Any], alerts: list[dict[str, Any]]) -> None:
    """Two employees and 45 accounts: what the alerts say against what was written down as it was made up."""
    assert (len(truth["employees"]), len(truth["accounts"])) == (2, 45)
    names = {employee["id"] for employee in truth["employees"]}
    removals = [alert for alert in alerts if alert["rule"].startswith("Employee removes the second factor of well")]
    assert {alert["group"]["actor.id"] for alert in removals} == names
    assert sum(alert["events"] for alert in removals) == 45
    assert {alert["source"] for alert in alerts} == {"drill"}
