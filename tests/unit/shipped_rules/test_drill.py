"""The drill and the rules for it, judged together by the plain reading of Sigma."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.shipped_rules.oracle import Ring, flatten, moment, read_rules, rings
from tests.unit.shipped_rules.test_rules import RULES

from tocsin.drill.expected import EXPECTED
from tocsin.drill.story import tell
from tocsin.drill.truth import truth

START = datetime(2025, 12, 31, 22, 30, tzinfo=UTC)
SEEDS = (1, 2, 3, 17, 99)
WAKES = {"medium", "high", "critical"}


@pytest.fixture(scope="module", params=SEEDS)
def played(request: pytest.FixtureRequest) -> tuple[dict, list[Ring]]:
    """The truth of one seed's drill, and everything that rings for it."""
    story = tell(request.param, START)
    events = [flatten(record) for record in story.records()]
    app = [rule for file in sorted((RULES / "app").glob("*.yml")) for rule in read_rules(file)]
    return truth(story), [ring for rule in app for ring in rings(rule, events)]


def test_what_must_ring_rings_and_nothing_else_wakes_anybody(played: tuple[dict, list[Ring]]) -> None:
    """At medium and above there are exactly the alerts that the drill announces."""
    _, found = played
    woken = Counter((ring.title, ring.level) for ring in found if ring.level in WAKES)
    assert woken == {(each.title, each.level): each.alerts for each in EXPECTED}


def test_a_critical_alert_rings_within_a_minute_of_the_fifth_account(played: tuple[dict, list[Ring]]) -> None:
    """With 40 of 45 accounts still to be saved, somebody is awake."""
    known, found = played
    first = min(ring.opened_at for ring in found if ring.level == "critical")
    assert first <= moment(known["fifth_account_at"]) + timedelta(seconds=60)


def test_nothing_wakes_anybody_before_the_incident(played: tuple[dict, list[Ring]]) -> None:
    """Ordinary hours and the New Year's Eve hour are silent at medium and above."""
    known, found = played
    began = min(moment(employee["signed_in_at"]) for employee in known["employees"])
    assert [ring for ring in found if ring.level in WAKES and ring.first_at < began] == []


def test_low_alerts_are_few(played: tuple[dict, list[Ring]]) -> None:
    """What wakes nobody must still be readable over a coffee."""
    _, found = played
    assert len([ring for ring in found if ring.level not in WAKES]) <= 10


def test_the_employees_in_the_alerts_are_the_phished_ones(played: tuple[dict, list[Ring]]) -> None:
    """The alert names whom to lock out."""
    known, found = played
    named = {ring.group[0] for ring in found if ring.level in WAKES and ring.group}
    assert named == {employee["id"] for employee in known["employees"]}
