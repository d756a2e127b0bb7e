"""What makes a start useless is said at once, with what to do."""

import socket
from pathlib import Path

from tests.scenario.server import Server


def test_a_busy_port_is_named(server: Server) -> None:
    """Another program on the port: exit status 2 and the setting to change."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", server.port))
        other.listen()
        done = server.run("serve")
    assert done.returncode == 2
    assert f"cannot listen on 127.0.0.1:{server.port}" in done.stderr
    assert "TOCSIN_LISTEN" in done.stderr


def test_a_missing_rule_folder_is_named(tmp_path: Path) -> None:
    """A rule folder that does not exist: exit status 2, its name and what to do."""
    with Server(tmp_path, TOCSIN_RULES=str(tmp_path / "nowhere")) as server:
        done = server.run("serve")
    assert done.returncode == 2
    assert "nowhere does not exist" in done.stderr


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path, rules: Path) -> None:
    """A data folder below a file: exit status 2 and the setting to change."""
    (tmp_path / "file").write_text("")
    with Server(tmp_path, TOCSIN_RULES=str(rules), TOCSIN_DATA=str(tmp_path / "file" / "data")) as server:
        done = server.run("serve")
    assert done.returncode == 2
    assert "TOCSIN_DATA" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    """A misspelt key in tocsin.toml: exit status 2 and its name."""
    (tmp_path / "tocsin.toml").write_text('lisen = "127.0.0.1:1"\n')
    with Server(tmp_path) as server:
        done = server.run("alerts")
    assert done.returncode == 2
    assert "lisen" in done.stderr


def test_a_database_that_does_not_answer_is_named(tmp_path: Path, rules: Path) -> None:
    """PostgreSQL out of reach: exit status 2 and DATABASE_URL."""
    with Server(tmp_path, TOCSIN_RULES=str(rules), DATABASE_URL="postgres://nobody@127.0.0.1:1/none") as server:
        done = server.run("alerts")
    assert done.returncode == 2
    assert "DATABASE_URL" in done.stderr
