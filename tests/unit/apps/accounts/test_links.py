"""One-time links."""

from datetime import timedelta

import pytest

from tocsin.apps.accounts.links import Refusal, has_signed_in, issue_link, refusal
from tocsin.apps.accounts.models import LINK_LIFETIME, SignInLink, User
from tocsin.apps.accounts.roles import Role
from tocsin.kernel.clock import now
from tocsin.kernel.errors import ConfigError

pytestmark = pytest.mark.django_db


def secret_of(link: str) -> str:
    """The last part of a link's path."""
    return link.rpartition("/")[2]


def test_a_link_adds_its_person() -> None:
    """A new address becomes a person; the same one in other letters does not become a second."""
    assert issue_link("owner@localhost").startswith("/signin/tcs_link_")
    issue_link("OWNER@localhost")
    assert User.objects.count() == 1


@pytest.mark.parametrize("email", ["", "owner", "a@b@c", "a b@example.com", "<script>@example.com"])
def test_what_is_no_address_is_refused(email: str) -> None:
    """With the value and what is allowed."""
    with pytest.raises(ConfigError, match="is not an email address"):
        issue_link(email)
    assert not User.objects.exists()


def test_a_person_switched_off_gets_no_link() -> None:
    """And is told so, rather than given a link that does not work."""
    User.objects.create(email="gone@example.com", is_active=False)
    with pytest.raises(ConfigError, match="switched off"):
        issue_link("gone@example.com")


def test_the_secret_is_not_kept() -> None:
    """Who reads the database cannot sign in."""
    secret = secret_of(issue_link("owner@localhost"))
    assert secret not in str(SignInLink.objects.values().get())


def test_a_link_is_redeemed_once_within_its_time() -> None:
    """Used, expired and unknown links are told apart."""
    at = now()
    secret = secret_of(issue_link("owner@localhost"))
    assert SignInLink.redeem(secret, at + LINK_LIFETIME + timedelta(minutes=1)) is None
    assert refusal(secret) == Refusal.EXPIRED
    assert not has_signed_in()
    assert str(SignInLink.redeem(secret, at)) == "owner@localhost"
    assert SignInLink.redeem(secret, at) is None
    assert refusal(secret) == Refusal.USED
    assert refusal("other") == Refusal.UNKNOWN
    assert has_signed_in()


def test_the_first_person_is_owner_and_the_next_is_viewer() -> None:
    """Whoever may run commands on this machine brings in the owner; others get what is asked for, or the least."""
    for email, role in (("a@example.com", None), ("b@example.com", None), ("c@example.com", Role.ENGINEER)):
        issue_link(email, role)
    assert list(User.objects.order_by("email").values_list("role", flat=True)) == ["owner", "viewer", "engineer"]


def test_a_link_changes_no_role() -> None:
    """Another role than the person's is refused, and where roles are changed is said."""
    issue_link("a@example.com")
    with pytest.raises(ConfigError, match="here already, as owner"):
        issue_link("a@example.com", Role.VIEWER)
