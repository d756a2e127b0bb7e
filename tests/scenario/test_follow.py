"""Logs of real machines, through `tocsin follow`."""

import re
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.scenario.server import Server, wait_for

LOG = Path(__file__).parents[3] / "shared" / "data" / "loghub" / "OpenSSH_2k.log"


def attackers(lines: list[str], threshold: int, within: timedelta) -> set[str]:
    """Addresses with at least ``threshold`` failed passwords within ``within``: counted here, without Tocsin."""
    times = defaultdict(list)
    for line in lines:
        found = re.match(r"(\w{3} +\d+ [\d:]{8}) .*Failed (?:password|none) for .* from ([\d.]+) port", line)
        repeated = re.search(r"message repeated (\d+) times", line)
        if found:
            at = datetime.strptime("2000 " + found[1], "%Y %b %d %H:%M:%S")  # noqa: DTZ007
            times[found[2]] += [at] * (int(repeated[1]) if repeated else 1)
    return {
        address
        for address, at in times.items()
        if any(at[i + threshold - 1] - at[i] <= within for i in range(len(at) - threshold + 1))
    }


@pytest.mark.skipif(not LOG.exists(), reason="the recorded sshd log of loghub is not beside this checkout")
def test_the_brute_force_rule_finds_the_attackers_of_a_real_log(tmp_path: Path) -> None:
    """Following a recorded sshd log rings for the addresses that an independent count finds, and no other."""
    lines = LOG.read_text().splitlines()
    log = tmp_path / "auth.log"
    log.write_text("")
    with Server(tmp_path) as server:
        server.serve()
        server.start("follow", str(log), "--source", "bastion", "--format", "sshd")
        with log.open("a") as file:
            file.write("\n".join(lines) + "\n")
        expected = attackers(lines, 10, timedelta(minutes=5))
        assert expected

        def rung() -> set[str]:
            return {
                alert["group"]["source.ip"]
                for alert in server.alerts()
                if alert["rule"] == "SSH password guessing from one address"
            }

        wait_for(lambda: rung() >= expected, 60, server.output)
        assert rung() == expected
