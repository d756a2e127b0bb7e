"""`tocsin run`: the processes one by one, and their end."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tocsin.cli.app import app
from tocsin.cli.run import SUPERVISED

WAIT = "from tocsin.cli.run import stop_on_signals; stop = stop_on_signals(); print('up', flush=True); stop.wait(30)"


def waiting(**settings: str) -> "subprocess.Popen[bytes]":
    """A process that waits to be stopped."""
    process = subprocess.Popen(
        [sys.executable, "-c", WAIT],
        env={**os.environ, **settings},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly(number: int) -> None:
    """Status 0."""
    with waiting() as process:
        process.send_signal(number)
        assert process.wait(10) == 0


def test_it_ends_with_its_supervisor() -> None:
    """However that one ended: its pipe ends with it."""
    with waiting(**{SUPERVISED: "1"}) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(10) == 0


def test_alone_it_does_not_look_at_its_input() -> None:
    """A service without a standard input runs on."""
    with waiting() as process:
        assert process.stdin is not None
        process.stdin.close()
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.terminate()
        assert process.wait(10) == 0


def test_the_collector_and_the_detector_stop_when_asked(tmp_path: Path) -> None:
    """The real processes, on an empty folder."""
    environment = {**os.environ, "TOCSIN_DATA": str(tmp_path), "TOCSIN_RULES": str(tmp_path)}
    for name in ("collect", "detect", "notify"):
        command = [sys.executable, "-m", "tocsin", "run", name]
        with subprocess.Popen(command, env={**environment, SUPERVISED: "1"}, stdin=subprocess.PIPE) as process:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(1.5)
            assert process.stdin is not None
            process.stdin.close()
            assert process.wait(15) == 0, name


def test_an_unknown_process_is_refused_with_those_there_are() -> None:
    """Exit status 2."""
    result = CliRunner().invoke(app, ["run", "everything"])
    assert result.exit_code == 2
    assert "detect" in result.output
