"""The incident, over many seeds."""

from collections import Counter
from random import Random

import pytest

from tocsin.drill.happenings import Action, Happening
from tocsin.drill.incident import FIFTH, TAKEN, incident
from tocsin.drill.people import Cast, cast

FROM_S = 1_000.0


@pytest.fixture(scope="module")
def everybody() -> Cast:
    """The cast of one seed."""
    return cast(Random(4))


@pytest.fixture(params=range(20))
def events(request: pytest.FixtureRequest, everybody: Cast) -> list[Happening]:
    """One way in which it can go."""
    return sorted(incident(Random(request.param), everybody, FROM_S), key=lambda each: each.at_s)


def test_all_of_it_is_marked_and_over_in_45_minutes(events: list[Happening]) -> None:
    """It begins with a sign-in of an employee who is not one."""
    assert all(each.is_incident and each.visit.is_new_place and each.visit.is_new_device for each in events)
    assert events[0].action is Action.STAFF_SESSION_CREATED
    assert events[0].at_s >= FROM_S
    assert events[-1].at_s <= FROM_S + 45 * 60


def test_of_the_first_five_accounts_one_employee_took_three(events: list[Happening]) -> None:
    """Two employees cannot share five accounts more evenly; the threshold of the rule rests on it."""
    removed = [each for each in events if each.action is Action.SECOND_FACTOR_REMOVED]
    assert len(removed) == TAKEN
    assert max(Counter(each.actor.id for each in removed[:FIFTH]).values()) >= 3


def test_employees_act_after_the_strangers_signed_in_as_them(events: list[Happening]) -> None:
    """No deed before the way in."""
    signed_in = {each.actor.id: each.at_s for each in events if each.action is Action.STAFF_SESSION_CREATED}
    deeds = [each for each in events if each.actor.role == "support"]
    assert all(each.at_s >= signed_in[each.actor.id] for each in deeds)
