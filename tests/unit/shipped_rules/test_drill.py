"""The drill and the rules for it, judged together by the plain reading of Sigma."""

from collections import Counter
from dataclasses import astuple
from datetime import UTC, datetime, timedelta

import pytest
from benchmarks.drill_seeds import make_detector, without_incident
from tests.unit.shipped_rules.oracle import Ring, flatten, moment, read_rules, rings
from tests.unit.shipped_rules.test_rules import RULES

from tocsin.drill.expected import EXPECTED
from tocsin.drill.story import Story, tell
from tocsin.drill.truth import truth

START = datetime(2025, 12, 31, 22, 30, tzinfo=UTC)
SEEDS = (1, 2, 3, 17, 99)
WAKES = {"medium", "high", "critical"}


@pytest.fixture(scope="module", params=SEEDS)
def story(request: pytest.FixtureRequest) -> Story:
    """One seed's drill."""
    return tell(request.param, START)


@pytest.fixture(scope="module")
def found(story: Story) -> list[Ring]:
    """Everything that rings for it."""
    return detect(story)


def detect(story: Story) -> list[Ring]:
    """What the plain reading of the rules for applications finds."""
    events = [flatten(record) for record in story.records()]
    app = [rule for file in sorted((RULES / "app").glob("*.yml")) for rule in read_rules(file)]
    return [ring for rule in app for ring in rings(rule, events)]


def test_what_must_ring_rings_and_nothing_else_wakes_anybody(found: list[Ring]) -> None:
    """At medium and above there are exactly the alerts that the drill announces."""
    woken = Counter((ring.title, ring.level) for ring in found if ring.level in WAKES)
    assert woken == {(each.title, each.level): each.alerts for each in EXPECTED}


def test_a_critical_alert_rings_within_a_minute_of_the_fifth_account(story: Story, found: list[Ring]) -> None:
    """With 40 of 45 accounts still to be saved, somebody is awake."""
    known = truth(story)
    first = min(ring.opened_at for ring in found if ring.level == "critical")
    assert first <= moment(known["fifth_account_at"]) + timedelta(seconds=60)


def test_without_the_incident_nothing_wakes_anybody(story: Story) -> None:
    """Ordinary hours and the New Year's Eve hour are silent at medium and above."""
    assert [ring for ring in detect(without_incident(story)) if ring.level in WAKES] == []


def test_the_engine_finds_what_the_plain_reading_finds(story: Story, found: list[Ring]) -> None:
    """Same rules, groups, moments and counts, from the JSON that is sent."""
    by_engine = make_detector(RULES / "app")(story)
    assert sorted(map(astuple, by_engine)) == sorted(map(astuple, found))


def test_low_alerts_are_few(found: list[Ring]) -> None:
    """What wakes nobody must still be readable over a coffee."""
    assert len([ring for ring in found if ring.level not in WAKES]) <= 10


def test_the_employees_in_the_alerts_are_the_phished_ones(story: Story, found: list[Ring]) -> None:
    """The alert names whom to lock out."""
    known = truth(story)
    named = {ring.group[0] for ring in found if ring.level in WAKES and ring.group}
    assert named == {employee["id"] for employee in known["employees"]}
