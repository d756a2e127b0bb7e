"""The whole way of an event, through the real processes: HTTP in → durable → matched → alert."""

import contextlib
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import httpx
import orjson
import psutil
from tests.scenario.server import Server

from benchmarks.data import process_events, rule_documents

BODY_BYTES = 5_000_000
EVENTS = int(os.environ.get("BENCH_EVENTS", "10_000_000"))
BODIES = 24
SENDERS = 4
MARKERS = 200
MARKER_RULE = """---
title: Marker
id: 00000000-0000-4000-9000-000000000001
logsource: {product: windows}
detection:
  selection: {marker|exists: true}
  condition: selection
level: high
tocsin:
  group-by: [marker]
"""


def measure() -> list[tuple[str, str, str]]:
    """Name, asked and measured, a row a number."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "rules").mkdir()
        (folder / "rules" / "bench.yml").write_text(rule_documents(100) + MARKER_RULE)
        with Server(folder, TOCSIN_RULES=str(folder / "rules")) as server:
            server.serve()
            rows = [_latency(server)]
            rows += _throughput(server)
            server.stop("serve")
            rows.append(_restart(server))
        return rows


def _throughput(server: Server) -> list[tuple[str, str, str]]:
    token = server.token("bulk", "--product", "windows")
    bodies, sizes = zip(*_bodies(), strict=True)
    repeats = max(1, EVENTS // sum(sizes))
    peak = 0
    began = time.monotonic()
    with ThreadPoolExecutor(SENDERS) as pool:
        for _ in pool.map(lambda place: _post(server, token, bodies[place % BODIES]), range(repeats * BODIES)):
            peak = max(peak, _memory(server))
    durable = time.monotonic() - began
    total = repeats * sum(sizes)
    while _handled(server, "bulk") < total:
        time.sleep(0.05)
    matched = time.monotonic() - began
    return [
        ("HTTP in → durable, 700-byte events, 5 MB bodies", "", f"{total / durable:,.0f} events/s"),
        ("HTTP in → durable → matched, 100 rules, two cores", "≥ 60,000 events/s", f"{total / matched:,.0f} events/s"),
        (
            f"resident memory after {total:,} events, all processes (peak)",
            "< 700 MB",
            f"{_memory(server) / 1e6:,.0f} MB ({peak / 1e6:,.0f} MB)",
        ),
    ]


def _latency(server: Server) -> tuple[str, str, str]:
    """Markers among 1,000 events a second: from POST to the alert's row."""
    token = server.token("steady", "--product", "windows")
    sent: dict[str, datetime] = {}
    background = b"\n".join(process_events(100))
    with ThreadPoolExecutor(64) as pool:
        for number in range(MARKERS):
            name = f"marker-{number}"
            sent[name] = datetime.now(UTC)
            event = {"marker": name, "time": sent[name].isoformat(), "product": "windows"}
            answers = [pool.submit(_post, server, token, body) for body in (background, orjson.dumps(event))]
            time.sleep(0.1)
        for answer in answers:
            answer.result()
    time.sleep(5)
    waits = sorted(_waits(server, sent))
    assert len(waits) == MARKERS, f"{len(waits)} of {MARKERS} markers rang"
    shown = f"{statistics.median(waits):.2f} s, {waits[int(0.99 * len(waits))]:.2f} s"
    return "from POST to the alert's row at 1,000 events/s: median, p99", "< 2 s, < 4 s", shown


def _waits(server: Server, sent: dict[str, datetime]) -> Iterator[float]:
    with contextlib.closing(sqlite3.connect(server.folder / "data" / "tocsin.sqlite3")) as database:
        rows = database.execute("SELECT \"group\", created_at FROM alerts_alert WHERE rule_title = 'Marker'")
        for group, created_at in rows:
            made = datetime.fromisoformat(created_at).replace(tzinfo=UTC)
            yield (made - sent[orjson.loads(group)["marker"]]).total_seconds()


def _restart(server: Server) -> tuple[str, str, str]:
    began = time.monotonic()
    server.serve()
    return "`tocsin serve` answers after its start, on that store", "< 3 s", f"{time.monotonic() - began:.2f} s"


def _bodies() -> Iterator[tuple[bytes, int]]:
    first = 0
    for number in range(BODIES):
        lines, size = [], 0
        for line in process_events(10**9, seed=number, first=first):
            lines.append(line)
            size += len(line) + 1
            if size >= BODY_BYTES:
                break
        first += len(lines)
        yield b"\n".join(lines), len(lines)


def _post(server: Server, token: str, body: bytes) -> None:
    source = "steady" if len(body) < BODY_BYTES // 2 else "bulk"
    answer = httpx.post(
        f"{server.url}/ingest/{source}", content=body, headers={"Authorization": f"Bearer {token}"}, timeout=60
    )
    assert answer.status_code == 200, answer.text


def _handled(server: Server, source: str) -> int:
    with contextlib.closing(sqlite3.connect(server.folder / "data" / "tocsin.sqlite3", timeout=20)) as database:
        row = database.execute("SELECT events FROM detect_checkpoint WHERE source = ?", (source,)).fetchone()
    return int(row[0]) if row else 0


def _memory(server: Server) -> int:
    """Resident memory of the server and all of its processes, in bytes; shared pages are counted in each."""
    main = psutil.Process(server.processes["serve"].pid)
    total = 0
    for process in [main, *main.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_info().rss
    return total


if __name__ == "__main__":
    for row in measure():
        print(*row, sep="  |  ")
