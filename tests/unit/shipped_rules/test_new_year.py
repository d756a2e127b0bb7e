"""What happens at New Year's Eve, to a shipped rule that has watched a carrier's shared address for five weeks."""

from datetime import UTC, datetime, timedelta

import pytest
from conformance.cases import Event
from conformance.tocsin import Run
from tests.unit.shipped_rules.test_rules import RULES

from tocsin.apps.detect.calendar import make_calendar
from tocsin.conf.options import NEW_YEAR
from tocsin.kernel.clock import to_us
from tocsin.rules.load import load

EVE = datetime(2026, 12, 31, 23, 50, tzinfo=UTC)
CARRIER = "198.51.100.7"


def failures(at: datetime, accounts: int) -> list[Event]:
    """So many people behind the carrier's address get their password wrong, five seconds apart."""
    return [
        Event(
            to_us(at) + second * 5_000_000,
            f"{at} {second}",
            {"product": "app", "action": "session.failed", "subject.id": f"u{second}", "source.ip": CARRIER},
        )
        for second in range(accounts)
    ]


@pytest.fixture(scope="module")
def weeks() -> list[list[Event]]:
    """Five weeks: every evening at eight about forty fail, every midnight two."""
    evenings = [EVE.replace(hour=20) - timedelta(days=day) for day in range(1, 36)]
    midnights = [EVE - timedelta(days=day) for day in range(1, 36)]
    return [
        *(failures(at, 38 + place % 5) for place, at in enumerate(reversed(evenings))),
        *(failures(at, 2) for at in reversed(midnights)),
    ]


def rung(weeks: list[list[Event]], last: list[Event]) -> int:
    """How many alerts at high come of ``last`` after ``weeks``."""
    rules = load([RULES / "app" / "credential_stuffing.yml"]).rules
    run = Run(rules, 300_000_000, restarts=False, calendar=make_calendar("UTC", "", NEW_YEAR))
    high = {rule.meta.id for rule in rules if rule.meta.level == "high"}
    for batch in sorted([*weeks, last], key=lambda events: events[0].time_us):
        run.send(batch)
    run.finish()
    begun = min(event.time_us for event in last)
    return sum(each.rule in high and each.last_us >= begun for each in run.alerts.values())


def test_a_crowd_at_new_years_eve_rings_nothing(weeks: list[list[Event]]) -> None:
    """Forty at midnight, as many as on any evening: people are awake."""
    assert rung(weeks, failures(EVE, 40)) == 0


def test_the_same_crowd_on_an_ordinary_night_rings(weeks: list[list[Event]]) -> None:
    """The night before, two are normal at this hour."""
    ordinary = EVE - timedelta(days=1)
    others = [events for events in weeks if events[0].time_us < to_us(ordinary)]
    assert rung(others, failures(ordinary, 40)) == 1


def test_an_attack_at_new_years_eve_rings(weeks: list[list[Event]]) -> None:
    """A feast excuses a crowd, and not everything."""
    assert rung(weeks, failures(EVE, 110)) == 1
