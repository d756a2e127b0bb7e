"""Inviting people, and changing what they may do."""

from datetime import timedelta

import pytest
from django.test import Client
from tests.unit.web.conftest import sign_in

from tocsin.apps.accounts.models import Invitation, User
from tocsin.apps.accounts.people import (
    accept,
    change_role,
    find_invitation,
    invite,
    open_invitations,
    revoke_invitation,
    switch,
)
from tocsin.apps.accounts.roles import Role
from tocsin.apps.audit.models import AuditRow
from tocsin.kernel.clock import now
from tocsin.kernel.errors import ConfigError

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    """The only owner."""
    return User.objects.create(email="owner@example.com", role=Role.OWNER)


def secret_of(link: str) -> str:
    """The last part of a link's path."""
    return link.rpartition("/")[2]


def actions() -> list[str]:
    """What was recorded, in order."""
    return [row.content["event.action"] for row in AuditRow.objects.order_by("pk")]


def test_an_invitation_makes_its_person_once(owner: User) -> None:
    """With the role that it was made for; its secret is not kept."""
    secret = secret_of(invite("Ann@Example.com", Role.ENGINEER, owner))
    assert secret not in str(Invitation.objects.values().get())
    user = accept(secret, "Ann")
    assert user is not None
    assert (user.email, user.name, user.role) == ("Ann@example.com", "Ann", "engineer")
    assert not user.has_usable_password()
    assert accept(secret, "Bob") is None
    assert actions() == ["invitation.made", "invitation.accepted"]


def test_an_invitation_ends_after_a_week_or_when_it_is_revoked_or_replaced(owner: User) -> None:
    """Each of them is as if it had never been."""
    old = secret_of(invite("a@example.com", Role.VIEWER, owner))
    new = secret_of(invite("A@example.com", Role.VIEWER, owner))
    assert find_invitation(old) is None
    assert find_invitation(new) is not None
    assert revoke_invitation(open_invitations(now()).get().pk)
    assert find_invitation(new) is None
    assert not revoke_invitation(Invitation.objects.latest("pk").pk)
    late = secret_of(invite("a@example.com", Role.VIEWER, owner))
    Invitation.objects.update(expires_at=now() - timedelta(seconds=1))
    assert accept(late, "Ann") is None


def test_who_is_here_is_not_invited(owner: User) -> None:
    """Nor is what is no address."""
    with pytest.raises(ConfigError, match="here already"):
        invite("OWNER@example.com", Role.OWNER, owner)
    with pytest.raises(ConfigError, match="not an email address"):
        invite("nobody", Role.OWNER, owner)


def test_the_last_owner_stays(owner: User) -> None:
    """Neither made less nor switched off, until there is another."""
    with pytest.raises(ConfigError, match="last owner"):
        change_role(owner.pk, Role.VIEWER, seen="owner")
    with pytest.raises(ConfigError, match="last owner"):
        switch(owner.pk, is_active=False)
    User.objects.create(email="second@example.com", role=Role.OWNER)
    assert change_role(owner.pk, Role.VIEWER, seen="owner").role == "viewer"
    assert actions() == ["person.role_changed"]


def test_a_role_that_was_not_seen_is_not_changed(owner: User) -> None:
    """The second of two owners sees what the first did."""
    other = User.objects.create(email="b@example.com", role=Role.ENGINEER)
    with pytest.raises(ConfigError, match="made engineer in the meantime"):
        change_role(other.pk, Role.OWNER, seen="viewer")
    with pytest.raises(ConfigError, match="no such person"):
        change_role(other.pk + 1, Role.OWNER, seen="viewer")


def test_who_is_switched_off_is_out_at_once(owner: User) -> None:
    """Every session ends, and the record says who."""
    other = User.objects.create(email="b@example.com", role=Role.ENGINEER)
    client: Client = sign_in(other)
    assert client.get("/alerts").status_code == 200
    switch(other.pk, is_active=False)
    assert client.get("/alerts").status_code == 302
    switch(other.pk, is_active=True)
    assert client.get("/alerts").status_code == 302
    assert actions()[-2:] == ["person.disabled", "person.enabled"]
