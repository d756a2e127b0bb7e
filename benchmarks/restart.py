"""A detector that was killed with a million live groups: from its start to ringing again, the real process."""

import os
import signal
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import psutil
from tests.scenario.server import Server

from tocsin.formats import load_format
from tocsin.store.table import Store

GROUPS = int(os.environ.get("BENCH_GROUPS", "1_000_000"))
BATCH = 50_000
WITHIN_S = 600
RULES = """\
title: failed
name: failed
id: 00000000-0000-4000-9000-000000000011
logsource: {product: app}
detection: {selection: {action: failed}, condition: selection}
---
title: Twice
id: 00000000-0000-4000-9000-000000000012
correlation:
  type: event_count
  rules: [failed]
  group-by: [user]
  timespan: 1h
  condition: {gte: 2}
level: high
"""


def measure() -> list[tuple[str, str, str]]:
    """Name, asked and measured, a row a number."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "rules").mkdir()
        (folder / "rules" / "bench.yml").write_text(RULES)
        with Server(folder, TOCSIN_RULES=str(folder / "rules")) as server:
            server.token("app", "--product", "app")
            start = datetime.now(UTC) - timedelta(minutes=30)
            for first in range(0, GROUPS, BATCH):
                _append(folder, start, range(first, first + BATCH))
            server.start("run", "detect")
            _wait(server, f"SELECT 1 FROM detect_checkpoint WHERE events >= {GROUPS}")
            server.stop("run", "detect", number=signal.SIGKILL)
            _append(folder, start + timedelta(minutes=1), range(1))
            began = time.monotonic()
            detector = psutil.Process(server.start("run", "detect").pid)
            _wait(server, "SELECT 1 FROM alerts_alert")
            took_s = time.monotonic() - began
            cpu_s = sum(detector.cpu_times()[:2])
    what = f"a detector killed with {GROUPS:,} live groups: from its start to the next alert's row"
    return [(what, "< 5 s", f"{took_s:.1f} s ({cpu_s:.1f} s of processor time)")]


def _append(folder: Path, start: datetime, users: range) -> None:
    """One commit with an event of each user."""
    lines = (
        orjson.dumps(
            {"_id": f"{start.minute}-{user}", "time": start.isoformat(), "action": "failed", "user": str(user)}
        )
        for user in users
    )
    table, _ = load_format("json").parse(b"\n".join(lines), received_at=datetime.now(UTC))
    Store(str(folder / "data" / "events")).table("app").append(table)


def _wait(server: Server, sql: str) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not server.query(sql):
        assert time.monotonic() < deadline, server.output()
        time.sleep(0.02)


if __name__ == "__main__":
    for row in measure():
        print(*row, sep="  |  ")
