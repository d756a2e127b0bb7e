"""Recording what somebody does."""

from pathlib import Path

import pytest
from django.db import transaction

from tocsin.apps.accounts.models import User
from tocsin.apps.audit.events import CATEGORIES, Event, category
from tocsin.apps.audit.models import AuditRow
from tocsin.apps.audit.record import MAX_VALUE, Actor, acting, person, record

pytestmark = pytest.mark.django_db


def test_every_event_has_a_category() -> None:
    """And no category is for nothing."""
    assert {category(event) for event in Event} == set(CATEGORIES.values())
    assert {event.value.partition(".")[0] for event in Event} == set(CATEGORIES)


def test_every_event_stands_in_the_documentation() -> None:
    """Who writes a rule on them finds the name there."""
    text = (Path(__file__).parents[4] / "docs" / "audit.md").read_text()
    assert [event.value for event in Event if f"`{event.value}`" not in text] == []


def test_a_deed_that_is_undone_leaves_no_event() -> None:
    """They are one transaction."""
    with transaction.atomic():
        record(Event.MUTE_MADE)
        transaction.set_rollback(True)
    assert not AuditRow.objects.exists()


def test_outside_of_a_request_the_machine_acts() -> None:
    """With the account that runs the command."""
    record(Event.LINK_ISSUED)
    content = AuditRow.objects.get().content
    assert content["tocsin.actor"] == "machine"
    assert content["user.name"]
    assert content["event.action"] == "link.issued"
    assert content["event.outcome"] == "success"


def test_who_acts_is_asked_when_it_is_recorded() -> None:
    """Who signs in within a request is its actor from then on."""
    name = ["nobody"]
    with acting(lambda: Actor("person", {"user.name": name[0]})):
        name[0] = "ann"
        record(Event.SIGNED_IN)
    record(Event.SIGNED_OUT)
    assert [row.content["user.name"] == "ann" for row in AuditRow.objects.order_by("pk")] == [True, False]


def test_the_target_is_a_person_as_it_is_afterwards() -> None:
    """Id, address, name, role."""
    user = User.objects.create(email="ann@example.com", name="Ann", role="engineer")
    record(Event.ROLE_CHANGED, target=person(user), details={"tocsin.role_before": "viewer"})
    content = AuditRow.objects.get().content
    found = {key: content[f"user.target.{key}"] for key in ("id", "email", "name", "roles")}
    assert found == {"id": str(user.pk), "email": "ann@example.com", "name": "Ann", "roles": "engineer"}
    assert content["tocsin.role_before"] == "viewer"


def test_a_value_is_cut_and_an_empty_one_left_out() -> None:
    """A browser that calls itself a megabyte long does not fill the store."""
    with acting(lambda: Actor("nobody", {"user_agent.original": "x" * 1_000_000, "user.name": ""})):
        record(Event.SIGN_IN_FAILED, outcome="failure")
    content = AuditRow.objects.get().content
    assert len(content["user_agent.original"]) == MAX_VALUE
    assert "user.name" not in content
    assert "event.reason" not in content
