"""`tocsin scan` as a process of its own, over small and large input and over recorded attacks."""

import gzip
import io
import os
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


def test_memory_does_not_grow_with_the_input(tmp_path: Path) -> None:
    """150 MB of lines through a pipe, each process below 500 MB."""
    rules = write_rules(tmp_path)
    block = b"\n".join([BLAND] * 999 + [SHADOW, b""]) * 300
    command = [sys.executable, "-m", "tocsin", "scan", "--rules", str(rules), "-"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin
    assert process.stdout
    for _ in range(SIZE_BYTES // len(block)):
        process.stdin.write(block)
    process.stdin.close()
    told = process.stdout.read().decode()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    assert process.returncode == 1
    assert f"{SIZE_BYTES // len(block) * 600:,} matches of 2 rules" in told
    # Of the largest process, in KiB; on macOS in bytes.
    assert usage.ru_maxrss < 500 * 1024 * (1024 if sys.platform == "darwin" else 1)


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
