"""`tocsin scan` as a process of its own, over small and large input and over recorded attacks."""

import gzip
import io
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pyarrow as pa
import pytest
from tests.oracle.evaluate import matches
from tests.unit.formats.evtx_files import event, make_file
from tests.unit.scan.cases import BLAND, HOSTS, SHADOW, write_rules

from tocsin.formats import windows
from tocsin.rules.load import load
from tocsin.rules.model import DetectionRule

SHARED = Path(__file__).parents[3] / "shared/data"
SIGMAHQ, RECORDED = SHARED / "sigmahq", SHARED / "evtx_half.ndjson.zst"
needs_recordings = pytest.mark.skipif(
    not (SIGMAHQ.exists() and RECORDED.exists()), reason="SigmaHQ's rules and recorded events are not here"
)
STEP = 900
SIZE_BYTES = 150_000_000


def scan(*words: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run the command."""
    command = [sys.executable, "-m", "tocsin", "scan", *words]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=240)


def test_a_pipe_is_scanned_and_nothing_is_left_behind(tmp_path: Path) -> None:
    """No database, no data folder; packed input is seen by its first bytes."""
    rules, room = write_rules(tmp_path), tmp_path / "room"
    room.mkdir()
    command = [sys.executable, "-m", "tocsin", "scan", "--rules", str(rules), "--output", "ndjson", "-"]
    packed = gzip.compress(b"\n".join((BLAND, SHADOW, HOSTS)))
    done = subprocess.run(command, input=packed, capture_output=True, check=False, cwd=room, timeout=60)
    assert done.returncode == 1, done.stderr
    assert [orjson.loads(line)["line"] for line in done.stdout.splitlines()] == [2, 2, 3]
    assert list(room.iterdir()) == []


def test_a_mistake_is_one_clear_line_and_status_2(tmp_path: Path) -> None:
    """No traceback."""
    done = scan("--rules", str(tmp_path / "nowhere"), "-")
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith(f"tocsin: the rule folder {tmp_path / 'nowhere'} does not exist; ")


def test_an_event_log_with_a_cut_chunk_is_scanned_as_far_as_it_goes(tmp_path: Path) -> None:
    """What is lost is said."""
    creation = event(1, "Microsoft-Windows-Sysmon/Operational", "P", {"Image": "a.exe"})
    path = tmp_path / "a.evtx"
    path.write_bytes(make_file([[creation] * 3, [creation]])[: 4096 + 65_536 + 200])
    done = scan("--rules", str(write_rules(tmp_path)), "--output", "ndjson", str(path))
    assert [orjson.loads(line)["line"] for line in done.stdout.splitlines()] == [1, 2, 3]
    assert b"chunk 2 of the .evtx file is damaged: the file ends 200 bytes into it" in done.stderr


MEASURED = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(done.returncode)
"""


def test_hostile_events_cost_their_own_and_little_memory(tmp_path: Path) -> None:
    """A field of 50 MB, 100,000 fields and what is no UTF-8: the events beside them are found, the rest is told."""
    names = [f"{number:x}" for number in range(100_000)]
    lines = [
        b'{"path":"' + b"x" * 50_000_000 + b'"}',
        b"{" + ",".join(f'"{name}":1' for name in names).encode() + b',"path":"/etc/shadow"}',
        b"{" + ",".join(f'"field {name}":1' for name in names).encode() + b"}",
        SHADOW.replace(b"/etc/shadow", b"\xff/etc/shadow"),
        SHADOW,
    ]
    path = tmp_path / "hostile.json"
    path.write_bytes(b"\n".join(lines))
    command = [sys.executable, "-m", "tocsin", "scan", "--rules", str(write_rules(tmp_path)), "--output", "ndjson"]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *command, str(path)], capture_output=True, check=False, timeout=240
    )
    assert done.returncode == 1, done.stderr
    found = {told["line"] for told in map(orjson.loads, done.stdout.splitlines())}
    assert found == {2, 4, 5}
    *summary, peak = done.stderr.decode().splitlines()
    assert f"Skipped 2 records, first {path}:1: the record is longer than 1,048,576 bytes" in summary
    assert int(peak) < 400 * 1024 * (1024 if sys.platform == "darwin" else 1)


def test_memory_does_not_grow_with_the_input(tmp_path: Path) -> None:
    """150 MB of lines through a pipe, each process below 500 MB."""
    rules = write_rules(tmp_path)
    block = b"\n".join([BLAND] * 999 + [SHADOW, b""]) * 300
    command = [sys.executable, "-m", "tocsin", "scan", "--rules", str(rules), "-"]
    # A process is charged for the memory of the one that started it, so a small one stands between.
    process = subprocess.Popen(
        [sys.executable, "-c", MEASURED, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    for _ in range(SIZE_BYTES // len(block)):
        process.stdin.write(block)
    process.stdin.close()
    told, peak = process.stdout.read().decode(), process.stderr.read().decode().splitlines()[-1]
    process.stdout.close()
    process.stderr.close()
    assert process.wait() == 1
    assert f"{SIZE_BYTES // len(block) * 600:,} matches of 2 rules" in told
    # Of the largest process, in KiB; on macOS in bytes.
    assert int(peak) < 500 * 1024 * (1024 if sys.platform == "darwin" else 1)


@needs_recordings
def test_recorded_attacks_are_found_as_the_oracle_finds_them(tmp_path: Path) -> None:
    """All of SigmaHQ over a sample of real Windows events, rule by rule and event by event."""
    with pa.CompressedInputStream(pa.OSFile(str(RECORDED)), "zstd") as file:
        lines = io.BytesIO(b"".join(iter(lambda: file.read(1_000_000), b""))).readlines()[::STEP]
    path = tmp_path / "sample.ndjson"
    path.write_bytes(b"".join(lines))
    done = scan("--rules", str(SIGMAHQ), "--output", "ndjson", str(path))
    told = [orjson.loads(line) for line in done.stdout.splitlines()]
    found = Counter((each["rule"]["id"], each["line"]) for each in told)
    assert found == Counter(_expect(b"".join(lines)))
    assert found


def _expect(data: bytes) -> list[tuple[str, int]]:
    table, _ = windows.parse(data, received_at=datetime.now(UTC))
    columns = [name for name in table.column_names if name not in ("_time", "_received")]
    events = [{k: v for k, v in row.items() if v is not None} for row in table.select(columns).to_pylist()]
    rules = [rule for rule in load([SIGMAHQ]).rules if isinstance(rule, DetectionRule)]
    return [
        (rule.meta.id, line)
        for rule in rules
        for line, each in enumerate(events, 1)
        if matches(rule, each, windows.LOGSOURCE)
    ]


@needs_recordings
def test_attacks_that_were_recorded_ring(tmp_path: Path) -> None:
    """What the recordings are known for: cleared logs, dumped credentials, files written from afar."""
    done = scan("--rules", str(SIGMAHQ), "--output", "ndjson", str(RECORDED))
    assert done.returncode == 1
    titles = Counter(orjson.loads(line)["rule"]["title"] for line in done.stdout.splitlines())
    for title in ("Security Eventlog Cleared", "HackTool - Mimikatz Execution", "SMB Create Remote File Admin Share"):
        assert titles[title], title
    assert 1_000 < titles.total() < 20_000
