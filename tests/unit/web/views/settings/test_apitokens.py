"""API tokens: made, shown once, listed to their owner, revoked."""

from django.test import Client
from tests.unit.web.conftest import read, sign_in

from tocsin.apps.accounts.models import ApiToken, User
from tocsin.kernel.clock import now

MAKE = "/settings/api-tokens/make"
SAID = {"name": "grafana", "days": "30", "scopes": ["alerts:read"]}


def test_a_token_is_shown_once(console: Client) -> None:
    """It works, and no later page has it."""
    page = console.post(MAKE, SAID, follow=True).content.decode()
    secret = page[page.index("tcs_api_") :].split("<")[0]
    token = ApiToken.find(secret, now())
    assert token is not None
    assert token.scopes == ["alerts:read"]
    later = read(console, "/settings/api-tokens")
    assert secret not in later.markup
    assert "grafana" in later.text


def test_what_cannot_be_makes_none(console: Client) -> None:
    """No scope, one that is none, too long a life, no name."""
    for changes in ({"scopes": []}, {"scopes": ["all"]}, {"days": "367"}, {"days": "0"}, {"name": " "}):
        assert "Nothing was made" in console.post(MAKE, SAID | changes, follow=True).content.decode()
    assert not ApiToken.objects.exists()


def test_an_owner_sees_and_revokes_all_and_others_their_own(console: Client, teammate: User, owner: User) -> None:
    """A token of somebody else is not found."""
    theirs = sign_in(teammate)
    theirs.post(MAKE, SAID | {"name": "theirs"})
    console.post(MAKE, SAID | {"name": "mine"})
    mine = ApiToken.objects.get(user=owner)
    assert "mine" not in read(theirs, "/settings/api-tokens").text
    assert theirs.post(f"/settings/api-tokens/{mine.pk}/revoke").status_code == 404
    assert "theirs" in read(console, "/settings/api-tokens").text
    address = f"/settings/api-tokens/{ApiToken.objects.get(user=teammate).pk}/revoke"
    assert "is revoked" in console.post(address, follow=True).content.decode()
    assert "Nothing to do" in console.post(address, follow=True).content.decode()
