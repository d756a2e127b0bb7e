"""Kill -9 of any process at any moment: no acknowledged record is lost, no alert is repeated."""

import random
import signal
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.scenario.server import Server, wait_for

from tocsin.store.table import Store

PROCESSES = ("web", "detect", "notify")
KILLS = 20
ADDRESSES = 30
ROUNDS = 60
START = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=40)


class Receiver(ThreadingHTTPServer):
    """A webhook receiver that remembers the idempotency key of everything it accepted."""

    def __init__(self) -> None:
        self.keys: Counter[str] = Counter()
        keys = self.keys

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                keys[self.headers["Idempotency-Key"]] += 1
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)


def round_of(number: int) -> list[dict[str, Any]]:
    """One failed sign-in from every third address, ten seconds after the round before."""
    at = (START + timedelta(seconds=10 * number)).isoformat()
    return [
        {"_id": f"{number}-{place}", "time": at, "action": "session.failed", "source": {"ip": f"198.51.100.{place}"}}
        for place in range(number % 3, ADDRESSES, 3)
    ]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, 12))])
def test_twenty_kills_lose_and_repeat_nothing(server: Server, seed: int) -> None:
    """After twenty kills the alerts, their counts and the notifications are those of a quiet run."""
    chance = random.Random(seed)
    receiver = Receiver()
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    try:
        added = server.run("channel", "add", "webhook", "pager", f"http://127.0.0.1:{receiver.server_port}/")
        assert added.returncode == 0, added.stderr
        token = server.token("app", "--product", "app")
        for name in PROCESSES:
            server.start("run", name)
        server.wait_until_serving()
        sender = threading.Thread(target=send_all, args=(server, token))
        sender.start()
        for _ in range(KILLS):
            time.sleep(chance.uniform(0.1, 1.2))
            kill_and_restart(server, chance.choice(PROCESSES))
        sender.join()
        check_alerts(server)
        check_store(server.folder / "data" / "events")
        # What a killed notifier had in hand is free again when its claim lapses.
        wait_for(lambda: len(opened(receiver.keys)) >= ADDRESSES, 150, server.output)
        assert len(opened(receiver.keys)) == ADDRESSES
    finally:
        receiver.shutdown()
        receiver.server_close()


def send_all(server: Server, token: str) -> None:
    """Send every round; a round that was not acknowledged is sent again with the same ids."""
    for number in range(ROUNDS):
        server.send("app", token, round_of(number))
        time.sleep(0.25)


def kill_and_restart(server: Server, name: str) -> None:
    """Kill -9 and start again at once."""
    assert server.stop("run", name, number=signal.SIGKILL) == -signal.SIGKILL
    server.start("run", name)


def check_alerts(server: Server) -> None:
    """One alert an address, over all of its failures, each counted once."""
    count = ROUNDS // 3
    alerts = server.wait_for_alerts(
        lambda alerts: len(alerts) == ADDRESSES and all(alert["count"] >= count for alert in alerts), 60
    )
    for alert in alerts:
        phase = int(alert["group"]["source.ip"].rpartition(".")[2]) % 3
        first = START + timedelta(seconds=10 * phase)
        last = first + timedelta(seconds=30 * (count - 1))
        assert (alert["count"], alert["first"], alert["last"]) == (count, first.isoformat(), last.isoformat())


def check_store(folder: Path) -> None:
    """Every record that was acknowledged is in the store; a record sent again may be there again."""
    ids = {
        event
        for commit in Store(str(folder)).table("app").read(-1, fields=())
        for event in commit.table["_id"].to_pylist()
    }
    assert ids == {event["_id"] for number in range(ROUNDS) for event in round_of(number)}


def opened(keys: Counter[str]) -> list[str]:
    """The keys of first notifications: an attempt that was repeated has the key of the one before."""
    return [key for key in keys if ":opened:" in key]
