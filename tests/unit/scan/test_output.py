"""Matches and summary in print."""

import csv
import io

import orjson
import pytest
from rich.console import Console
from tests.unit.scan.test_summary import RULES

from tocsin.scan.output import CSV_COLUMNS, CsvWriter, JsonWriter, NdjsonWriter, make_inert, print_matches, tell
from tocsin.scan.summary import RuleCount, Summary
from tocsin.scan.work import Hit


def hit(line: int, file: str = "a.log") -> Hit:
    """A match as work tells it."""
    told = {"rule": {"id": "b"}, "file": file, "line": line, "time": None, "event": {"x": "=1+1"}}
    return Hit(0, line, None, orjson.dumps(told))


@pytest.mark.parametrize("hits", [[], [hit(1)], [hit(1), hit(2)]], ids=len)
def test_json_and_ndjson_hold_the_same_objects(hits: list[Hit]) -> None:
    """An array, and a line each."""
    array, lines = io.BytesIO(), io.BytesIO()
    for writer in (JsonWriter(array.write), NdjsonWriter(lines.write)):
        writer.begin()
        writer.write(hits[:1])
        writer.write(hits[1:])
        writer.end()
    assert orjson.loads(array.getvalue()) == [orjson.loads(line) for line in lines.getvalue().splitlines()]
    assert len(lines.getvalue().splitlines()) == len(hits)


def test_csv_has_a_line_a_match_and_no_formulas() -> None:
    """A cell that a spreadsheet would run is made inert."""
    out = io.BytesIO()
    writer = CsvWriter(out.write, RULES)
    writer.begin()
    writer.write([hit(7, "=evil.log")])
    writer.end()
    names, row = csv.reader(io.StringIO(out.getvalue().decode()))
    assert tuple(names) == CSV_COLUMNS
    cells = dict(zip(names, row, strict=True))
    assert (cells["level"], cells["rule_id"], cells["line"], cells["time"]) == ("high", "b", "7", "")
    assert cells["file"] == "'=evil.log"
    assert orjson.loads(cells["event"]) == {"x": "=1+1"}


@pytest.mark.parametrize("cell", ["=1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_run_is_made_inert(cell: str) -> None:
    """By an apostrophe, which it does not show."""
    assert make_inert(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "a=1", "1", "'=1"])
def test_other_cells_stay(cell: str) -> None:
    """As they are."""
    assert make_inert(cell) == cell


def test_the_summary_says_what_was_found_and_what_was_skipped() -> None:
    """In sentences."""
    summary = Summary(RULES, 2_000, {"a.log": "json", "b.log": "json"}, notes=["1 correlation: why"])
    summary.counts = {0: RuleCount(1, "a.log", 3)}
    summary.rejected = {f"reason {n}": RuleCount(1, "a.log", n) for n in range(14)}
    summary.failures = ["c.log: No such file"]
    lines = tell(summary, 2.0)
    assert lines[:4] == [
        "1 match of 1 rule: 1 high",
        "2,000 events in 2 files against 4 rules in 2.0 s (1,000 a second)",
        "ATT&CK: T1003.008 (1)",
        "Read as json: a.log, b.log",
    ]
    assert lines[4] == "Skipped 1 record, first a.log:0: reason 0"
    assert lines[-3:] == [
        "Skipped records for 2 other reasons",
        "Skipped 1 correlation: why",
        "Not read: c.log: No such file",
    ]


def test_a_quiet_scan_says_so() -> None:
    """Nothing found is an answer."""
    assert tell(Summary(RULES), 0.0)[0] == "0 matches"


def test_titles_are_printed_as_they_are() -> None:
    """Square brackets are no colours."""
    out = io.StringIO()
    print_matches(Summary(RULES, counts={0: RuleCount(1, "[red]a[/].log", 3)}), Console(file=out, width=100))
    assert "[red]a[/].log:3" in out.getvalue()
