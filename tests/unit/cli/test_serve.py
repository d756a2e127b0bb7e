"""`tocsin serve`: what it checks, and how it starts an ended process again."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tocsin.cli import serve
from tocsin.cli.run import Process
from tocsin.cli.serve import LONGEST_PAUSE_S, STEADY_AFTER_S, Child, check_start
from tocsin.conf.options import Options
from tocsin.kernel.errors import ConfigError


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Options:
    """Settings with a free port and an empty rule folder."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    chosen = Options(data=str(tmp_path), rules=str(tmp_path), listen=f"127.0.0.1:{port}")
    monkeypatch.setattr(serve, "options", lambda: chosen)
    return chosen


def ended(started_ago_s: float, pause_s: float = 1.0) -> Child:
    """A process that ended by itself with status 3."""
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    process.wait()
    return Child(Process.DETECT, process, time.monotonic() - started_ago_s, pause_s)


def test_a_start_that_can_work_is_not_refused(configured: Options) -> None:
    """A free port and a folder of rules."""
    check_start()


def test_a_busy_port_is_refused_with_the_setting(configured: Options) -> None:
    """Before anything else is started."""
    with socket.socket() as other:
        other.bind((configured.host, configured.port))
        other.listen()
        with pytest.raises(ConfigError, match=f"cannot listen on {configured.listen} .*TOCSIN_LISTEN"):
            check_start()


def test_a_missing_rule_folder_is_refused_by_name(configured: Options) -> None:
    """Each of the folders has to be there."""
    configured.rules = f"{configured.rules}:{configured.rules}/none"
    with pytest.raises(ConfigError, match=r"the rule folder .*/none does not exist; create it"):
        check_start()


def test_a_process_that_keeps_ending_is_started_ever_later(capsys: pytest.CaptureFixture[str]) -> None:
    """The pause doubles up to a limit; what ran steadily starts over; each time it is said."""
    pauses, pause_s = [], 1.0
    for _ in range(7):
        child = ended(0.0, pause_s)
        serve._plan_restart(child)
        assert child.start_at is not None
        pauses.append(round(child.start_at - time.monotonic()))
        pause_s = child.pause_s
    assert pauses == [1, 2, 4, 8, 16, 30, 30]
    assert pause_s == LONGEST_PAUSE_S
    steady = ended(STEADY_AFTER_S + 1, pause_s)
    serve._plan_restart(steady)
    assert steady.pause_s == 2.0
    assert "detect ended with status 3; starting it again in 1 s" in capsys.readouterr().err


def test_what_does_not_stop_when_asked_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends in a bounded time."""
    monkeypatch.setattr(serve, "STOP_WITHIN_S", 0.2)
    script = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(60)"
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    serve._stop([Child(Process.WEB, process, time.monotonic())])
    process.stdout.close()
    assert process.returncode == -9
