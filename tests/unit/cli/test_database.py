"""The database of a process: made once, or a clear word."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest


def alerts(**settings: str) -> "subprocess.CompletedProcess[str]":
    """`tocsin alerts`, as any command, with a database of its own."""
    command = [sys.executable, "-m", "tocsin", "alerts"]
    return subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, check=False)


def test_commands_that_start_together_make_the_tables_once(tmp_path: Path) -> None:
    """Four at the same moment on a new folder, and none fails."""
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: alerts(TOCSIN_DATA=str(tmp_path / "data")), range(4)))
    assert [each.returncode for each in done] == [0] * 4, [each.stderr for each in done]
    assert (tmp_path / "data" / "tocsin.sqlite3").is_file()


@pytest.mark.parametrize("damage", ["database", "folder"])
def test_what_cannot_be_a_database_is_named(tmp_path: Path, damage: str) -> None:
    """A folder where the file should be, a file where the folder should be: status 2 and where to look."""
    data = tmp_path / "data"
    if damage == "database":
        (data / "tocsin.sqlite3").mkdir(parents=True)
    else:
        data.write_text("")
    done = alerts(TOCSIN_DATA=str(data))
    assert done.returncode == 2
    assert str(data) in done.stderr
    assert "Traceback" not in done.stderr
