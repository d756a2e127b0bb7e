"""The New Year's Eve hour."""

from random import Random

import pytest

from tocsin.drill.happenings import Action, Happening
from tocsin.drill.midnight import midnight
from tocsin.drill.people import cast


@pytest.fixture(scope="module")
def hour() -> list[Happening]:
    """One such hour, from second 3600 to second 7200."""
    rng = Random(4)
    return list(midnight(rng, cast(rng), 3_600, 7_200, 2026))


def test_everything_happens_within_the_hour(hour: list[Happening]) -> None:
    """Also the last sign-in of somebody who mistyped."""
    assert min(each.at_s for each in hour) >= 3_600
    assert max(each.at_s for each in hour) <= 7_200


def test_half_of_the_greetings_come_within_ten_minutes_of_midnight(hour: list[Happening]) -> None:
    """A peak that any threshold on volume would take for an attack."""
    posts = [each for each in hour if each.action is Action.POST_CREATED]
    assert sum(abs(each.at_s - 5_400) < 600 for each in posts) > len(posts) / 2


def test_well_known_accounts_greet_as_well(hour: list[Happening]) -> None:
    """So many of them saying the same within minutes is no scam."""
    assert len({each.actor.id for each in hour if each.actor.is_verified and each.text}) > 20


def test_greetings_name_the_year_that_begins(hour: list[Happening]) -> None:
    """And no other."""
    texts = [each.text for each in hour]
    assert sum("2026" in text for text in texts) > 1_000
    assert not any("2025" in text or "2027" in text for text in texts)
