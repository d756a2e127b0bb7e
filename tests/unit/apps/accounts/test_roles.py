"""Roles and what they may."""

import itertools

import pytest

from tocsin.apps.accounts.models import User
from tocsin.apps.accounts.roles import DANGEROUS, LEAST, Action, Role, may


def test_each_role_may_what_those_before_it_may() -> None:
    """And the owner everything."""
    allowed = [{action for action in Action if may(role, action)} for role in Role]
    assert all(less <= more for less, more in itertools.pairwise(allowed))
    assert allowed[-1] == set(Action)
    assert Action.TRIAGE not in allowed[0]


@pytest.mark.parametrize("role", ["", "Owner", "admin", "none"])
def test_what_is_no_role_may_nothing(role: str) -> None:
    """A damaged row opens nothing."""
    assert not any(may(role, action) for action in Action)


def test_who_is_switched_off_may_nothing() -> None:
    """Whatever the role."""
    assert not any(User(role="owner", is_active=False).may(action) for action in Action)


def test_every_dangerous_action_has_a_least_role() -> None:
    """They are actions like the others."""
    assert set(LEAST) >= DANGEROUS
