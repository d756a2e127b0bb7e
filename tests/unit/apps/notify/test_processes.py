"""Several notifiers, as processes, on one outbox."""

import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.unit.notifiers.servers import HttpReceiver, http_receiver

CHANNELS, ALERTS = 5, 8

FILL = f"""
from tests.unit.apps.notify.cast import alert, channel
from tocsin.apps.notify.outbox import enqueue
for number in range({CHANNELS}):
    channel(str(number), sys.argv[1])
for _ in range({ALERTS}):
    enqueue(alert(), "opened")
"""
NOTIFY = """
import signal, threading
from datetime import timedelta
from tests.unit.apps.notify.cast import Settings
from tocsin.apps.notify import claims
from tocsin.apps.notify.deliver import run
claims.LEASE = timedelta(seconds=25)
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
run(stop, Settings())
"""


def start(script: str, data: Path, *words: str) -> "subprocess.Popen[bytes]":
    """A process with a database of its own folder."""
    begin = "import sys; from tocsin.cli.database import ready; ready()\n"
    environment = os.environ | {"TOCSIN_DATA": str(data)}
    return subprocess.Popen([sys.executable, "-c", begin + script, *words], env=environment)


def wait_for(receiver: HttpReceiver, keys: int, at_most_s: float) -> None:
    """Wait until that many different messages have come."""
    deadline = time.monotonic() + at_most_s
    while len(counts(receiver)) < keys and time.monotonic() < deadline:
        time.sleep(0.02)


def counts(receiver: HttpReceiver) -> Counter[str]:
    """How often each message came."""
    return Counter(each.headers["Idempotency-Key"] for each in receiver.requests)


@pytest.mark.timeout(60)
def test_three_notifiers_send_each_message_once(tmp_path: Path) -> None:
    """They share the work, and no message is sent by two."""
    with http_receiver() as hook:
        assert start(FILL, tmp_path, hook.url).wait() == 0
        notifiers = [start(NOTIFY, tmp_path) for _ in range(3)]
        wait_for(hook, CHANNELS * ALERTS, 30)
        for each in notifiers:
            each.terminate()
        assert [each.wait() for each in notifiers] == [0, 0, 0]
    assert set(counts(hook).values()) == {1}
    assert len(counts(hook)) == CHANNELS * ALERTS


@pytest.mark.timeout(60)
def test_a_killed_notifier_loses_nothing(tmp_path: Path) -> None:
    """Killed amid its messages, the next has them before any claim lapses; what came twice has the same key."""
    with http_receiver() as hook:
        assert start(FILL, tmp_path, hook.url).wait() == 0
        victim = start(NOTIFY, tmp_path)
        wait_for(hook, 7, 20)
        victim.kill()
        victim.wait()
        before = len(hook.requests)
        heir = start(NOTIFY, tmp_path)
        wait_for(hook, CHANNELS * ALERTS, 20)
        heir.terminate()
        assert heir.wait() == 0
    assert 7 <= before < CHANNELS * ALERTS
    assert len(counts(hook)) == CHANNELS * ALERTS
    assert sum(counts(hook).values()) <= CHANNELS * ALERTS + CHANNELS
