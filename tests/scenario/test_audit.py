"""What people do in Tocsin is in its own store, and rings."""

from pathlib import Path

import httpx
from tests.scenario.server import Server, wait_for

from tocsin.apps.audit.drain import SOURCE
from tocsin.store.table import Store


def events(folder: Path) -> list[dict[str, object]]:
    """What the audit table has, in order."""
    table = Store(str(folder / "data" / "events")).table(SOURCE)
    return [row for commit in table.read(-1) for row in commit.table.to_pylist()]


def actions(folder: Path) -> list[object]:
    """What was done, in order."""
    return [row["event.action"] for row in events(folder)]


def test_a_second_owner_rings_and_the_first_does_not(tmp_path: Path) -> None:
    """Even where somebody with root makes one on the machine itself; what is done while it is down is not lost."""
    with Server(tmp_path, TOCSIN_OWNER="ann@example.com") as server:
        first = server.run("signin", "--email", "ann@example.com").stdout.strip()
        server.serve()
        assert httpx.get(first.replace("localhost", "127.0.0.1")).status_code == 302
        wait_for(lambda: "session.started" in actions(tmp_path), 30, server.output)
        assert server.run("signin", "--email", "eve@example.com", "--role", "owner").returncode == 0
        alerts = server.wait_for_alerts(lambda alerts: len(alerts) >= 1, 60)
        assert [each["rule"] for each in alerts] == ["Somebody becomes an owner of Tocsin"]
        assert alerts[0]["group"] == {"user.target.email": "eve@example.com"}
        assert alerts[0]["source"] == SOURCE
        server.stop("serve")
        assert server.run("signin", "--email", "eve@example.com").returncode == 0
        before = actions(tmp_path)
        server.serve()
        wait_for(lambda: len(actions(tmp_path)) > len(before), 30, server.output)
    found = events(tmp_path)
    added = [row["user.target.email"] for row in found if row["event.action"] == "person.added"]
    assert added == ["ann@example.com", "eve@example.com"]
    assert len({row["_id"] for row in found}) == len(found)
    assert [row["source.ip"] for row in found if row["event.action"] == "session.started"] == ["127.0.0.1"]
