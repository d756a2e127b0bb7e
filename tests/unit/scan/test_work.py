"""One piece of a file, read and matched."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from tests.unit.formats.evtx_files import event, make_file
from tests.unit.scan.cases import BLAND, HOSTS, SHADOW, write_rules

from tocsin.engine.plan import compile_plan
from tocsin.rules.load import load
from tocsin.rules.model import DetectionRule
from tocsin.scan.chunks import Chunk
from tocsin.scan.work import Scanned, Task, scan_chunk

RECEIVED_AT = datetime(2026, 1, 31, 9, 30, tzinfo=UTC)


@pytest.fixture
def task(tmp_path: Path) -> Task:
    """The rules of these tests."""
    rules = [rule for rule in load([write_rules(tmp_path)]).rules if isinstance(rule, DetectionRule)]
    return Task(compile_plan(rules), RECEIVED_AT, with_events=True)


def told(scanned: Scanned) -> list[dict[str, object]]:
    """What is printed of each match."""
    return [orjson.loads(hit.text) for hit in scanned.hits]


def test_a_match_tells_rule_place_time_and_event(task: Task) -> None:
    """In order of line, then rule; the event as it came."""
    data = b"\n".join((BLAND, b"", SHADOW, b"{broken", HOSTS))
    scanned = scan_chunk(Chunk("a.log", "json", data, 10, is_lines=True), task)
    first, second, third = told(scanned)
    assert first == {
        "rule": {
            "id": "11111111-1111-4111-8111-111111111111",
            "title": "Shadow read",
            "level": "high",
            "tags": ["attack.t1003.008", "attack.credential-access"],
        },
        "file": "a.log",
        "line": 12,
        "time": "2026-01-30T08:00:00Z",
        "event": orjson.loads(SHADOW),
    }
    assert [(each["line"], each["rule"]["title"]) for each in (second, third)] == [
        (12, "Anything read"),
        (14, "Anything read"),
    ]
    assert third["time"] is None
    assert scanned.records == 3
    assert scanned.first == {0: 12, 1: 12}
    assert [(count, line) for count, line in scanned.rejected.values()] == [(1, 13)]
    assert scanned.chunk.data == b""


def test_matches_are_only_counted_where_that_is_enough(task: Task) -> None:
    """A table needs no events."""
    plain = Task(task.plan, RECEIVED_AT, with_events=False)
    scanned = scan_chunk(Chunk("a.log", "json", SHADOW, 1, is_lines=True), plain)
    assert (scanned.hits, dict(scanned.counts)) == ([], {0: 1, 1: 1})


def test_an_event_over_several_lines_is_told_in_one(task: Task) -> None:
    """So that a line is a match."""
    data = b'[{"path":\n"/etc/hosts"},{"path":"/etc/shadow"}]'
    scanned = scan_chunk(Chunk("a.json", "json", data, 1, is_lines=False), task)
    assert not any(b"\n" in hit.text for hit in scanned.hits)
    places = [(each["line"], each["event"]["path"]) for each in told(scanned)]
    assert places == [(1, "/etc/hosts"), (2, "/etc/shadow"), (2, "/etc/shadow")]


def test_an_event_that_is_no_json_is_told_by_its_fields(task: Task) -> None:
    """As rules see them."""
    scanned = scan_chunk(Chunk("a.log", "logfmt", b"path=/etc/hosts n=1", 1, is_lines=True), task)
    assert told(scanned)[0]["event"] == {"n": "1", "path": "/etc/hosts"}


def test_records_of_an_event_log_are_numbered_through(task: Task) -> None:
    """By their place in the file."""
    creation = event(1, "Microsoft-Windows-Sysmon/Operational", "P", {"Image": "a.exe"})
    data = make_file([[event(3, "System", "P", {}), creation]])
    scanned = scan_chunk(Chunk("a.evtx", "evtx", data, 100, is_lines=False), task)
    assert [(each["line"], each["rule"]["title"]) for each in told(scanned)] == [(101, "Process began")]
