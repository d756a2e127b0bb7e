"""The public conformance cases: proved by the oracle, and held by our engine."""

import pytest
from conformance.__main__ import run
from conformance.cases import Alert, Case, load_rules, read_cases
from tests.oracle import correlate as oracle

CASES = list(read_cases())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_engine_conforms(case: Case) -> None:
    """Event by event with a restart after each, two at a time, and all at once."""
    for batch_size in (1, 2, len(case.events)):
        assert run(case, batch_size) == case.alerts, case.checks


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_naive_reading_proves_the_case(case: Case) -> None:
    """Every window evaluated from all events gives the same alerts."""
    events = {event.id: oracle.Event(event.time_us, event.id, event.fields) for event in case.events}
    rings = oracle.ring(load_rules(case.rules), list(events.values()))
    assert {Alert(each.rule, each.group, each.first_us, each.last_us, each.count) for each in rings} == case.alerts


def test_there_are_cases_of_everything() -> None:
    """At least 150, each with a name of its own and a sentence that it checks."""
    assert len(CASES) >= 150
    assert len({case.name for case in CASES}) == len(CASES)
    assert all(case.checks and case.section for case in CASES)
