"""Ordinary traffic: noisy, and harmless in every way that a rule could mistake."""

from collections import Counter
from itertools import pairwise
from random import Random

import pytest

from tocsin.drill.happenings import Action, Happening
from tocsin.drill.ordinary import MOST_MISTYPED, ordinary, sign_in
from tocsin.drill.people import Cast, cast

LENGTH_S = 3 * 3600.0


@pytest.fixture(scope="module")
def everybody() -> Cast:
    """The cast of one seed."""
    return cast(Random(4))


@pytest.fixture(scope="module")
def day(everybody: Cast) -> list[Happening]:
    """Three hours of it."""
    return list(ordinary(Random(4), everybody, LENGTH_S))


def test_nothing_of_it_is_part_of_the_incident(day: list[Happening]) -> None:
    """The ground truth rests on that."""
    assert not any(each.is_incident for each in day)


def test_some_people_mistype_many_times_and_nobody_without_end(everybody: Cast) -> None:
    """Failures come before the sign-in, in order, up to a limit that is reached."""
    rng = Random(4)
    failures = []
    for _ in range(5_000):
        events = list(sign_in(rng, everybody.active(rng), 0.0))
        assert [each.action for each in events[:-1]] == [Action.SESSION_FAILED] * (len(events) - 1)
        assert events[-1].action is Action.SESSION_CREATED
        assert all(later.at_s > earlier.at_s for earlier, later in pairwise(events))
        failures.append(len(events) - 1)
    assert max(failures) == MOST_MISTYPED
    assert 0.05 < sum(bool(each) for each in failures) / len(failures) < 0.12


def test_support_does_now_and_then_what_the_thieves_will_do(day: list[Happening]) -> None:
    """A rule that rings at the first removal would ring all day."""
    done = Counter(each.action for each in day if each.actor.role == "support")
    assert done[Action.SECOND_FACTOR_REMOVED] >= 5
    assert done[Action.EMAIL_CHANGED] >= 1
    assert done[Action.USER_VIEWED] > 500


def test_employees_sign_in_from_their_places_but_one_on_a_journey(day: list[Happening]) -> None:
    """The journey is made with the usual device."""
    sessions = [each for each in day if each.action is Action.STAFF_SESSION_CREATED]
    journeys = [each for each in sessions if each.visit.is_new_place]
    assert len(journeys) == 1
    assert not any(each.visit.is_new_device for each in sessions)


def test_leaked_passwords_are_tried_on_more_accounts_than_anybody_has(day: list[Happening]) -> None:
    """From two to four addresses, each at nine accounts or more."""
    tried = Counter(each.visit.ip for each in day if each.visit.ip.startswith("198.51.100."))
    assert 2 <= len(tried) <= 4
    assert min(tried.values()) >= 9
