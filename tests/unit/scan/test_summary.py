"""What a scan found, added up."""

from collections import Counter

import pytest

from tocsin.kernel.issues import Location
from tocsin.kernel.logsource import LogSource
from tocsin.rules.model import And, DetectionRule, Level, Meta
from tocsin.scan.chunks import Chunk
from tocsin.scan.summary import Summary
from tocsin.scan.work import Scanned


def rule(title: str, level: Level, *tags: str) -> DetectionRule:
    """A rule that is only counted."""
    return DetectionRule(Meta(title, title, level, Location("r.yml"), tags=tags), LogSource(), And(()))


RULES = (
    rule("b", Level.HIGH, "attack.t1003.008", "attack.T1003.008", "attack.execution"),
    rule("a", Level.HIGH, "attack.t1005"),
    rule("c", Level.CRITICAL, "attack.t1005", "cve.2021-44228"),
    rule("d", Level.LOW),
)


@pytest.fixture
def summary() -> Summary:
    """Of two pieces of two files."""
    summary = Summary(RULES)
    one, two = (Chunk(name, "json", b"", 1, is_lines=True) for name in ("one", "two"))
    summary.add(Scanned(one, 5, Counter({0: 2, 1: 1}), {0: 3, 1: 4}, {"bad": (1, 2)}))
    summary.add(Scanned(two, 6, Counter({1: 1, 2: 1}), {1: 7, 2: 8}, {"bad": (2, 9), "worse": (1, 1)}))
    return summary


def test_matches_are_counted_by_level_rule_and_technique(summary: Summary) -> None:
    """The most urgent first; a rule's technique counts once."""
    assert (summary.matches, summary.records) == (5, 11)
    assert summary.by_level() == {Level.CRITICAL: 1, Level.HIGH: 4}
    assert [(rule.meta.title, count.matches, count.file, count.line) for rule, count in summary.by_rule()] == [
        ("c", 1, "two", 8),
        ("a", 2, "one", 4),
        ("b", 2, "one", 3),
    ]
    assert summary.techniques() == {"T1005": 3, "T1003.008": 2}


def test_rejected_records_are_counted_by_reason_with_their_first_place(summary: Summary) -> None:
    """A person looks there."""
    assert {reason: (count.matches, count.file, count.line) for reason, count in summary.rejected.items()} == {
        "bad": (3, "one", 2),
        "worse": (1, "two", 1),
    }


def test_where_in_a_record_a_reason_applies_makes_no_other_reason() -> None:
    """A thousand cut lines are one line of the summary."""
    summary = Summary(RULES)
    for place in (7, 8):
        reason = f"not JSON: unexpected end of data: line 1 column {place} (char {place - 1})"
        summary.add(Scanned(Chunk("one", "json", b"", 1, is_lines=True), 0, rejected={reason: (1, place)}))
    assert {reason: count.matches for reason, count in summary.rejected.items()} == {
        "not JSON: unexpected end of data": 2
    }


def test_reasons_do_not_fill_the_memory() -> None:
    """Past a thousand they are counted together."""
    summary = Summary(RULES)
    reasons = {f"reason {number}": (1, 1) for number in range(1_500)}
    summary.add(Scanned(Chunk("one", "json", b"", 1, is_lines=True), rejected=reasons))
    assert len(summary.rejected) == 1_001
    assert summary.rejected["of other reasons"].matches == 500


@pytest.mark.parametrize(("fail_on", "status"), [(Level.INFORMATIONAL, 1), (Level.HIGH, 1), (Level.CRITICAL, 1)])
def test_a_match_of_that_level_or_above_is_status_1(summary: Summary, fail_on: Level, status: int) -> None:
    """Scripts and pipelines look at it."""
    assert summary.exit_status(fail_on) == status


def test_no_match_of_that_level_is_status_0() -> None:
    """Nor none at all."""
    summary = Summary(RULES)
    assert summary.exit_status(Level.INFORMATIONAL) == 0
    summary.add(Scanned(Chunk("one", "json", b"", 1, is_lines=True), 1, Counter({3: 1}), {3: 1}))
    assert (summary.exit_status(Level.LOW), summary.exit_status(Level.MEDIUM)) == (1, 0)


def test_what_could_not_be_read_is_status_2(summary: Summary) -> None:
    """Whatever matched."""
    summary.failures.append("missing: No such file")
    assert summary.exit_status(Level.HIGH) == 2
