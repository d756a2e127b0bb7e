"""`tocsin.tests`: events, and how many alerts must come of them."""

# ruff: noqa: E501  a case is one line, so that the cases can be read as a table

from pathlib import Path

import pytest
from tests.unit.rules.conftest import HEAD, Write

from tocsin.kernel.issues import Location
from tocsin.rules.cases import Case, find_cases

RULE = HEAD + "detection: {s: {a: 1}, condition: s}\ntocsin:\n    tests:\n"


def cases(write: Write, text: str) -> tuple[list[Case], list[str]]:
    """The cases of one file, and its issues."""
    found, wrong = find_cases([write("r.yml", text)])
    return found, [str(issue) for issue in wrong]


def test_a_case_is_events_and_a_number_of_alerts(write: Write) -> None:
    """A name and a format if one likes; times stay as they are written."""
    text = (
        RULE
        + "        - {events: [{time: 2026-01-05T12:00:00Z, a: 1}], alerts: 1}\n        - {events: [{}], alerts: 0, name: none, format: syslog}\n"
    )
    rule = Location("r.yml", 1, 1)
    assert cases(write, text) == (
        [
            Case(rule, Location("r.yml", 7, 11), 1, ({"time": "2026-01-05T12:00:00Z", "a": 1},), 1),
            Case(rule, Location("r.yml", 8, 11), 2, ({},), 0, "none", "syslog"),
        ],
        [],
    )


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("a", "r.yml:7:11: 'tests' is a text, not a mapping of events and alerts"),
        ("{events: [], alerts: 0}", "r.yml:7:20: 'events' is a list, not a list of events"),
        ("{events: [a], alerts: 0}", "r.yml:7:20: 'events' is a list, not a list of events"),
        ("{alerts: 0}", "r.yml:7:11: 'events' is empty, not a list of events"),
        ("{events: [{}], alerts: true}", "r.yml:7:34: 'alerts' is true or false, not how many must ring"),
        ("{events: [{}], alerts: -1}", "r.yml:7:34: 'alerts' is the number '-1', not how many must ring"),
        ("{events: [{}], alert: 1, alerts: 1}", "r.yml:7:26: 'alert' is not a key of 'tests'"),
    ],
)
def test_a_case_that_is_wrong_says_where(write: Write, case: str, expected: str) -> None:
    """And is left out; the others are not."""
    found, wrong = cases(write, f"{RULE}        - {case}\n        - {{events: [{{}}], alerts: 0}}\n")
    assert [issue[: len(expected)] for issue in wrong] == [expected]
    assert [each.number for each in found] == [2]


def test_a_file_that_is_no_rule_has_none(write: Write) -> None:
    """Loading says what is wrong with it."""
    assert cases(write, "a: [\n") == ([], [])
    assert find_cases([Path("r.yml").parent])[0] == []


LEARNING = """\
title: Many
correlation: {type: event_count, rules: [a], timespan: 5m, condition: {gte: 2}}
tocsin:
    baseline: {}
    tests:
        - {events: [{a: 1}], alerts: 0, history: HISTORY}
"""


def test_a_case_of_a_rule_that_learns_may_have_a_history(write: Write) -> None:
    """A count a past season."""
    (case,), wrong = cases(write, LEARNING.replace("HISTORY", "[3, 0, 2]"))
    assert (case.history, wrong) == ((3, 0, 2), [])


@pytest.mark.parametrize("history", ["3", "[3, -1]", "[3, x]", "[true]", "null"])
def test_a_history_is_counts(write: Write, history: str) -> None:
    """Anything else is named."""
    found, (wrong,) = cases(write, LEARNING.replace("HISTORY", history))
    assert not found
    assert "a list of counts, one a past season, such as [3, 0, 2, 5]" in wrong


def test_a_rule_that_learns_nothing_has_no_history(write: Write) -> None:
    """It would change nothing, and its author would believe that it did."""
    found, (wrong,) = cases(write, RULE + "        - {events: [{a: 1}], alerts: 1, history: [1]}\n")
    assert not found
    assert wrong.startswith("r.yml:7:50: 'history' is for rules with a baseline, and this one has none")
