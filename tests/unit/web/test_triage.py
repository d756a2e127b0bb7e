"""What may be done with an alert, and that only one of two does it."""

import itertools

import pytest
from tests.unit.web.conftest import MakeAlert

from tocsin.apps.accounts.models import User
from tocsin.apps.alerts.models import AlertAction, State
from tocsin.web.triage import Verb, act, choices

ALLOWED = {
    ("open", "acknowledge", "acknowledged"),
    ("open", "resolve", "resolved"),
    ("acknowledged", "resolve", "resolved"),
    ("acknowledged", "reopen", "open"),
    ("resolved", "reopen", "open"),
}


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(State, Verb)))
def test_each_verb_starts_from_its_states_alone(make_alert: MakeAlert, owner: User, state: State, verb: Verb) -> None:
    """What is not allowed changes nothing and is not offered."""
    alert = make_alert(state=state)
    leads_to = {(before, name): after for before, name, after in ALLOWED}.get((state, verb))
    assert act(alert.pk, owner, verb, seen=state) == (leads_to is not None)
    alert.refresh_from_db()
    assert alert.state == (leads_to or state)
    assert (verb in choices(state)) == (leads_to is not None)
    assert AlertAction.objects.count() == (1 if leads_to else 0)


def test_a_state_that_was_not_seen_is_not_changed(make_alert: MakeAlert, owner: User) -> None:
    """The change is made on what the person saw, or not at all."""
    alert = make_alert(state=State.ACKNOWLEDGED)
    assert not act(alert.pk, owner, Verb.RESOLVE, seen=State.OPEN)
    assert not act(alert.pk + 1, owner, Verb.RESOLVE, seen=State.OPEN)
    assert not AlertAction.objects.exists()
