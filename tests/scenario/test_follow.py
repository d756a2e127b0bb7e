"""Logs of real machines, through `tocsin follow`."""

import re
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.scenario.server import Server

LOG = Path(__file__).parents[3] / "shared" / "data" / "loghub" / "OpenSSH_2k.log"


Failures = dict[str, list[str]]


def failures(lines: list[str]) -> Failures:
    """Address → the moments of its failed passwords, as ``12-10T09:11:21``: counted here, without Tocsin."""
    times: Failures = defaultdict(list)
    for line in lines:
        if found := re.match(r"(\w{3} +\d+ [\d:]{8}) .*Failed (?:password|none) for .* from ([\d.]+) port", line):
            times[found[2]].append(
                datetime.strptime(f"2000 {found[1]}", "%Y %b %d %H:%M:%S").strftime("%m-%dT%H:%M:%S")
            )
    return times


def attackers(times: Failures, threshold: int, within: timedelta) -> set[str]:
    """Addresses with at least ``threshold`` failed passwords within ``within``."""
    found = set()
    for address, texts in times.items():
        at = [datetime.strptime(f"2000-{text}", "%Y-%m-%dT%H:%M:%S") for text in texts]
        if any(at[i + threshold - 1] - at[i] <= within for i in range(len(at) - threshold + 1)):
            found.add(address)
    return found


@pytest.mark.skipif(not LOG.exists(), reason="the recorded sshd log of loghub is not beside this checkout")
def test_the_brute_force_rule_finds_the_attackers_of_a_real_log(tmp_path: Path) -> None:
    """Following a recorded sshd log rings for the addresses that an independent count finds, with its counts."""
    lines = LOG.read_text().splitlines()
    log = tmp_path / "auth.log"
    log.write_text("")
    with Server(tmp_path) as server:
        server.serve()
        server.start("follow", str(log), "--source", "bastion", "--format", "sshd")
        with log.open("a") as file:
            file.write("\n".join(lines) + "\n")
        times = failures(lines)
        expected = attackers(times, 10, timedelta(minutes=5))
        assert expected
        found = server.wait_for_alerts(lambda alerts: {group for group, _ in rung(alerts)} >= expected, 60)
        assert {address for address, _ in rung(found)} == expected
        for address, alert in rung(found):
            first, last = alert["first"][5:19], alert["last"][5:19]
            assert alert["count"] == sum(first <= moment <= last for moment in times[address])


def rung(alerts: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Address and alert of every alarm of the brute-force rule."""
    rule = "SSH brute force from one address"
    return [(alert["group"]["source.ip"], alert) for alert in alerts if alert["rule"] == rule]
