"""`tocsin follow`: an import, a second follower, and processes that are stopped and killed."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from tocsin.apps.intake.models import Source
from tocsin.cli.follow import follow
from tocsin.conf.options import options
from tocsin.kernel.errors import ConfigError
from tocsin.kernel.ids import new_id
from tocsin.store.table import Store

COMMAND = "import typer; from tocsin.cli.follow import follow; typer.run(follow)"
app = typer.Typer()
app.command()(follow)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log with ten records."""
    path = tmp_path / "app.log"
    path.write_text("".join(f'{{"n":{number}}}\n' for number in range(10)))
    return path


@pytest.fixture
def source() -> str:
    """A source that no other test uses."""
    return f"app-{new_id()[-12:]}"


def run(*arguments: object) -> list[str]:
    """The lines that the command prints."""
    result = CliRunner().invoke(app, [str(each) for each in arguments], standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.stdout.splitlines()


def numbers(data: str, source: str) -> list[int]:
    """What the records in the store say, in order."""
    commits = Store(data).table(source).read(after_version=-1)
    rows: list[dict[str, Any]] = [row for commit in commits for row in commit.table.to_pylist()]
    return [int(row["n"]) for row in rows]


@pytest.mark.django_db(transaction=True)
def test_an_import_makes_the_source_and_sums_up(log: Path, source: str) -> None:
    """The records are stored, the rejected one is counted with its reason."""
    with log.open("a") as file:
        file.write("not json\n")
    words = run(log, "--source", source, "--format", "json", "--once")
    assert words[0] == f"{log} -> {source}: 10 accepted, 1 rejected"
    assert words[1].startswith("  record 11: not JSON")
    assert Source.objects.get(name=source).format == "json"
    assert run(log, "--source", source, "--once") == [f"{log} -> {source}: 0 accepted, 0 rejected"]


@pytest.mark.django_db(transaction=True)
def test_from_the_end_nothing_old_is_imported(log: Path, source: str) -> None:
    """What was there before the first following is passed over."""
    assert "0 accepted" in run(log, "--source", source, "--once", "--from-end")[0]


@pytest.mark.django_db(transaction=True)
def test_a_source_of_another_format_is_refused(log: Path, source: str) -> None:
    """Nothing is stored."""
    run(log, "--source", source, "--once")
    with pytest.raises(ConfigError, match="exists with format 'json', not 'sshd'"):
        run(log, "--source", source, "--format", "sshd", "--once")
    assert numbers(options().events_uri, source) == list(range(10))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["", "no-such-file"])
def test_what_cannot_be_imported_is_named(tmp_path: Path, source: str, name: str) -> None:
    """A folder and a missing file are refused with what to do."""
    with pytest.raises(ConfigError, match="name a log file"):
        run(tmp_path / name, "--source", source, "--once")


class Process:
    """A `tocsin follow` of its own."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, str(log), "--source", "app"],
            env={**os.environ, "TOCSIN_DATA": str(folder)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self, number: int) -> tuple[int, str, str]:
        """Send a signal and wait; the status and what was printed."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


def wait_until_stored(folder: Path, count: int) -> None:
    """Wait for so many records."""
    deadline_at = time.monotonic() + 40
    while len(numbers(str(folder / "events"), "app")) < count:
        assert time.monotonic() < deadline_at, "the records did not come"
        time.sleep(0.2)


def test_a_signal_stops_it_after_the_commit(tmp_path: Path, log: Path) -> None:
    """SIGTERM: status 0 and the summary; a second process beside it was refused."""
    first = Process(tmp_path / "data", log)
    wait_until_stored(tmp_path / "data", 10)
    second = Process(tmp_path / "data", log)
    _, refusal = second.process.communicate(timeout=30)
    assert "followed into 'app' by another process already" in refusal
    assert first.end(signal.SIGTERM)[:2] == (0, f"{log} -> app: 10 accepted, 0 rejected\n")


def test_killed_at_any_moment_it_stores_every_line_once(tmp_path: Path, log: Path) -> None:
    """kill -9 at random moments, while lines come and the log rotates: none missing, none twice, in order."""
    said = 10
    data = tmp_path / "data"
    for attempt in range(3):
        process = Process(data, log)
        wait_until_stored(data, said)
        ends_at = time.monotonic() + random.uniform(0, 1.5)
        while time.monotonic() < ends_at:
            with log.open("a") as file:
                file.write(f'{{"n":{said}}}\n')
            said += 1
            time.sleep(0.002)
        process.end(signal.SIGKILL)
        log.rename(tmp_path / f"app.log.{9 - attempt}")
        log.touch()
    log.write_text(f'{{"n":{said}}}\n')
    process = Process(data, log)
    wait_until_stored(data, said + 1)
    assert process.end(signal.SIGINT)[0] == 0
    assert numbers(str(data / "events"), "app") == list(range(said + 1))


def test_a_format_without_lines_is_not_followed(tmp_path: Path) -> None:
    """`.evtx` files are read whole: the refusal says how."""
    (tmp_path / "Security.evtx").write_bytes(b"ElfFile")
    done = subprocess.run(
        [sys.executable, "-m", "tocsin", "follow", "Security.evtx", "--source", "pc", "--format", "evtx"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "tocsin scan" in done.stderr
