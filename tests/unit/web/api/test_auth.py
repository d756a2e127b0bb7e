"""Tokens: who asks, and what they may."""

from datetime import timedelta

import pytest
from django.test import Client
from tests.unit.web.api.conftest import make_call

from tocsin.apps.accounts.models import ApiToken, Scope, User
from tocsin.apps.audit.models import AuditRow
from tocsin.kernel.clock import now
from tocsin.kernel.errors import ConfigError
from tocsin.web.api.app import api

DAY = timedelta(days=1)


def status(secret: str) -> int:
    """What a list of alerts answers to a token."""
    return Client(headers={"authorization": f"Bearer {secret}"}).get("/api/v1/alerts").status_code


def test_every_operation_asks_for_a_token(owner: User) -> None:
    """Without one, and signed in to the console without one, nothing is answered but 401."""
    client = Client()
    client.force_login(owner)
    operations = 0
    for path, methods in api.get_openapi_schema()["paths"].items():
        for method, operation in methods.items():
            operations += 1
            assert operation["security"] == [{"Bearer": []}], path
            address = path.replace("{alert_id}", "1").replace("{mute_id}", "1").replace("{delivery_id}", "1")
            response = client.generic(method.upper(), address.replace("{token_id}", "1"), b"{}", "application/json")
            assert response.status_code == 401, (method, path)
            assert response["WWW-Authenticate"] == "Bearer"
    assert operations > 20


@pytest.mark.parametrize("scope", list(Scope))
def test_a_token_may_what_its_scopes_name(owner: User, scope: Scope) -> None:
    """One that may write may not read for that."""
    call = make_call(owner, scope)
    wanted = {"/alerts": "alerts:read", "/rules": "rules:read", "/sources": "settings:read", "/people": "settings:read"}
    for address, needed in wanted.items():
        response = call("get", address)
        assert response.status_code == (200 if scope == needed else 403)
        assert response.status_code == 200 or needed in response.json()["detail"]


def test_a_token_may_no_more_than_its_person(owner: User) -> None:
    """A role that was taken away is taken from the programs too."""
    call = make_call(owner)
    assert call("post", "/alerts/acknowledge", {"ids": [1]}).status_code == 200
    User.objects.update(role="viewer")
    assert call("post", "/alerts/acknowledge", {"ids": [1]}).status_code == 403
    assert call("get", "/alerts").status_code == 200


def test_what_a_token_does_is_recorded_as_its_own(owner: User) -> None:
    """The person's, by this token."""
    make_call(owner)("post", "/sources", {"name": "shop"})
    (row,) = [each for each in AuditRow.objects.all() if each.content["event.action"] == "source.added"]
    assert (row.content["tocsin.actor"], row.content["tocsin.token"]) == ("token", "test")
    assert row.content["user.email"] == owner.email


def test_a_token_ends(owner: User) -> None:
    """By its time, by being taken back, and with its person."""
    secret = ApiToken.issue(owner, "ci", ["alerts:read"], now() - 2 * DAY, 3 * DAY)
    assert status(secret) == 200
    ApiToken.objects.update(revoked_at=now())
    assert status(secret) == 401
    ApiToken.objects.update(revoked_at=None, expires_at=now() - DAY)
    assert status(secret) == 401
    ApiToken.objects.update(expires_at=now() + DAY)
    User.objects.update(is_active=False)
    assert status(secret) == 401


def test_a_token_remembers_when_it_was_used(owner: User) -> None:
    """To the minute; only its fingerprint is kept."""
    secret = ApiToken.issue(owner, "ci", ["alerts:read"], now(), DAY)
    assert status(secret) == 200
    token = ApiToken.objects.get()
    assert token.used_at is not None
    assert secret not in str(vars(token))


@pytest.mark.parametrize(
    ("name", "scopes", "days", "said"),
    [
        ("ci", [], 1, "needs a scope"),
        ("ci", ["alerts:eat"], 1, "'alerts:eat' is not a scope"),
        (" ", ["alerts:read"], 1, "is named"),
        ("ci", ["alerts:read"], 400, "1 to 366 days"),
    ],
)
def test_a_token_that_cannot_be_is_refused(owner: User, name: str, scopes: list[str], days: int, said: str) -> None:
    """With what is wrong."""
    with pytest.raises(ConfigError, match=said):
        ApiToken.issue(owner, name, scopes, now(), days * DAY)
