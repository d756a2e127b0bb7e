"""The first alarm over PostgreSQL: the same processes, `DATABASE_URL` set."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.databases import new_database, postgres_server
from tests.scenario.server import Server
from tests.scenario.test_first_alarm import START, failed


@pytest.fixture
def server_on_postgres(tmp_path: Path, rules: Path) -> Iterator[Server]:
    """A Tocsin over a new PostgreSQL database, not started."""
    with postgres_server() as url, Server(tmp_path, TOCSIN_RULES=str(rules), DATABASE_URL=new_database(url)) as server:
        yield server


def test_a_burst_rings_once_over_a_kill_and_a_restart(server_on_postgres: Server) -> None:
    """Five failures open one alert; a killed detector and a second start go on with it; nothing is in SQLite."""
    server = server_on_postgres
    for name in ("web", "detect"):
        server.start("run", name)
    server.wait_until_serving()
    token = server.token("app", "--product", "app")
    assert server.send("app", token, failed(5)) == {"accepted": 5, "rejected": 0, "errors": []}
    (alert,) = server.wait_for_alerts(lambda alerts: len(alerts) == 1)
    assert (alert["rule"], alert["count"], alert["first"]) == ("Many failed sign-ins", 5, START.isoformat())
    assert server.stop("run", "detect", number=signal.SIGKILL) == -signal.SIGKILL
    server.send("app", token, failed(5, first=5))
    server.stop("run", "web")
    server.serve()
    server.send("app", token, failed(5, first=10))
    (alert,) = server.wait_for_alerts(lambda alerts: alerts[0]["count"] == 15)
    assert not list(server.folder.rglob("*.sqlite3"))
