"""What may be done with an alert, and that only one of two does it."""

import itertools

import pytest
from tests.unit.web.conftest import MakeAlert

from tocsin.apps.accounts.models import User
from tocsin.apps.alerts.models import AlertAction, State, Verdict
from tocsin.web.triage import Verb, acknowledge, act, assign, choices, comment

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


def test_a_verdict_is_said_by_resolving_and_taken_back_by_reopening(make_alert: MakeAlert, owner: User) -> None:
    """The history keeps what was said."""
    alert = make_alert()
    assert act(alert.pk, owner, Verb.RESOLVE, seen=State.OPEN, verdict=Verdict.FALSE)
    alert.refresh_from_db()
    assert alert.verdict == "false"
    assert act(alert.pk, owner, Verb.REOPEN, seen=State.RESOLVED, verdict=Verdict.REAL)
    alert.refresh_from_db()
    assert alert.verdict == ""
    assert [each.verb for each in alert.actions.order_by("pk")] == ["resolved as false alarm", "reopened"]


def test_of_many_alerts_the_open_ones_are_acknowledged(make_alert: MakeAlert, owner: User) -> None:
    """The others are left as they are."""
    alerts = [make_alert(), make_alert(state=State.RESOLVED), make_alert(), make_alert()]
    assert acknowledge([each.pk for each in alerts[:3]], owner) == 2
    assert [each.state for each in type(alerts[0]).objects.order_by("pk")] == [
        State.ACKNOWLEDGED,
        State.RESOLVED,
        State.ACKNOWLEDGED,
        State.OPEN,
    ]


def test_an_alert_is_assigned_by_the_first_of_two(make_alert: MakeAlert, owner: User, teammate: User) -> None:
    """The second saw nobody, and finds the first."""
    alert = make_alert()
    assert assign(alert.pk, owner, owner, seen=None)
    assert not assign(alert.pk, teammate, teammate, seen=None)
    assert assign(alert.pk, teammate, None, seen=owner.pk)
    assert [each.note for each in alert.actions.order_by("pk")] == ["to Olive Owner", "to nobody"]


def test_a_note_is_written_into_the_history(make_alert: MakeAlert, owner: User) -> None:
    """An empty one is not, and none of an alert that is not there."""
    alert = make_alert()
    assert comment(alert.pk, owner, " called the bank ")
    assert not comment(alert.pk, owner, " ")
    assert not comment(alert.pk + 1, owner, "hello")
    assert [each.note for each in alert.actions.all()] == ["called the bank"]
