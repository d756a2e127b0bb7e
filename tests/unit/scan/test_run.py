"""All pieces of all files."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit.scan.cases import BLAND, HOSTS, SHADOW, write_rules

from tocsin.engine.plan import compile_plan
from tocsin.rules.load import load
from tocsin.rules.model import DetectionRule
from tocsin.scan import chunks
from tocsin.scan.run import read_chunks, scan, usable_cores
from tocsin.scan.work import Task


@pytest.fixture
def task(tmp_path: Path) -> Task:
    """The rules of these tests."""
    rules = [rule for rule in load([write_rules(tmp_path)]).rules if isinstance(rule, DetectionRule)]
    return Task(compile_plan(rules), datetime(2026, 1, 31, tzinfo=UTC), with_events=True)


def run(names: list[str], task: Task, processes: int) -> tuple[list[bytes], list[str]]:
    """What matched, and what could not be read."""
    failures: list[str] = []
    pieces = read_chunks(names, "auto", lambda _: None, failures.append)
    return [hit.text for scanned in scan(pieces, task, processes) for hit in scanned.hits], failures


def test_several_processes_find_the_same_in_the_same_order(
    tmp_path: Path, task: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the lines are cut."""
    path = tmp_path / "a.log"
    path.write_bytes(b"\n".join([BLAND, HOSTS, SHADOW] * 40))
    alone = run([str(path)], task, 1)
    monkeypatch.setattr(chunks, "CHUNK_BYTES", 500)
    assert run([str(path)], task, 1) == alone
    assert run([str(path)], task, 2) == alone
    assert len(alone[0]) == 120


def test_a_file_that_cannot_be_read_does_not_stop_the_next(tmp_path: Path, task: Task) -> None:
    """Missing, of no format, or torn: each is told, and what could be read of it was scanned."""
    (tmp_path / "diary").write_text("Dear diary\n")
    (tmp_path / "torn.gz").write_bytes(gzip.compress(b"\n".join([SHADOW] * 5_000), 0)[:-9])
    (tmp_path / "good.log").write_bytes(HOSTS)
    names = [str(tmp_path / name) for name in ("missing", "diary", "torn.gz", "good.log")]
    found, failures = run(names, task, 1)
    assert [failure.split(": ")[0].rpartition("/")[2] for failure in failures] == ["missing", "diary", "torn.gz"]
    assert "No such file" in failures[0]
    assert len(found) > 5_000
    assert b"good.log" in found[-1]


def test_there_is_a_core_to_work_on() -> None:
    """One at least."""
    assert usable_cores() >= 1
