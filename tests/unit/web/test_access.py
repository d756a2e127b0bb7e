"""Who may open what: the whole URL map, tried by every role."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from tests.unit.web.conftest import sign_in

from tocsin.apps.accounts.models import User
from tocsin.apps.accounts.roles import LEAST, Action, Role
from tocsin.web.access import PUBLIC

LEAST_ROLE = {
    "now": "viewer",
    "alerts": "viewer",
    "alert": "viewer",
    "alert-act": "responder",
    "alert-assign": "responder",
    "alert-note": "responder",
    "alert-sample": "viewer",
    "alert-mute": "responder",
    "alerts-acknowledge": "responder",
    "filter-save": "viewer",
    "filter-remove": "viewer",
    "mutes": "viewer",
    "mute-lift": "responder",
    "search": "viewer",
    "search-counts": "viewer",
    "search-fields": "viewer",
    "search-live": "viewer",
    "search-export": "viewer",
    "event": "viewer",
    "search-draft": "viewer",
    "search-sql": "viewer",
    "sources": "viewer",
    "source": "viewer",
    "source-change": "engineer",
    "source-remove": "engineer",
    "settings-oncall": "viewer",
    "rotation-set": "engineer",
    "rotation-substitute": "engineer",
    "rotation-remove": "engineer",
    "settings-days": "viewer",
    "day-add": "owner",
    "day-remove": "owner",
    "settings-api-tokens": "viewer",
    "api-token-make": "viewer",
    "api-token-revoke": "viewer",
    "source-new": "engineer",
    "source-make": "engineer",
    "source-first": "engineer",
    "source-arrival": "viewer",
    "token-revoke": "engineer",
    "rules": "viewer",
    "rule": "viewer",
    "rule-switch": "engineer",
    "rule-new": "engineer",
    "rule-written": "engineer",
    "rule-drop": "engineer",
    "rule-check": "engineer",
    "rehearse": "engineer",
    "rehearsal": "engineer",
    "rehearsal-stop": "engineer",
    "attack": "viewer",
    "attack-layer": "viewer",
    "deliveries": "viewer",
    "delivery-retry": "responder",
    "settings-account": "viewer",
    "profile-save": "viewer",
    "session-revoke": "viewer",
    "settings-people": "viewer",
    "person-invite": "owner",
    "person-role": "owner",
    "person-switch": "owner",
    "person-link": "owner",
    "invitation-revoke": "owner",
    "settings-tokens": "viewer",
    "token-make": "engineer",
    "settings-channels": "viewer",
    "channel-add": "engineer",
    "channel-try": "engineer",
    "channel-switch": "engineer",
    "channel-remove": "engineer",
    "settings-retention": "viewer",
    "retention-change": "owner",
    "mfa_add_webauthn": "viewer",
    "mfa_remove_webauthn": "viewer",
    "mfa_edit_webauthn": "viewer",
    "mfa_reauthenticate_webauthn": "viewer",
    "mfa_view_recovery_codes": "viewer",
    "mfa_generate_recovery_codes": "viewer",
    "mfa_reauthenticate": "viewer",
    "socialaccount_connections": "viewer",
    "healthz": "public",
    "signin": "public",
    "signin-link": "public",
    "join": "public",
    "signout": "public",
    "recovery": "public",
    "account_login": "public",
    "account_signup": "public",
    "account_inactive": "public",
    "mfa_login_webauthn": "public",
    "mfa_authenticate": "public",
    "mfa_index": "public",
    "mfa_list_webauthn": "public",
    "socialaccount_login_cancelled": "public",
    "socialaccount_login_error": "public",
    "socialaccount_signup": "public",
}
"""The name of an address → the least role that may use it. Written down apart from the code, so that neither alone
can open a view. A new view is one line here."""

VALUES = {"int": "987654", "str": "x"}


def patterns(resolver: URLResolver, before: str = "/") -> Iterator[tuple[str, str, URLPattern]]:
    """(name, an address, pattern) of every view below ``resolver``."""
    for each in resolver.url_patterns:
        path = before + str(each.pattern)
        if isinstance(each, URLResolver):
            if each.namespace != "api":  # held to its tokens by `api/test_auth.py`
                yield from patterns(each, path)
        else:
            for name, converter in each.pattern.converters.items():
                kind = "int" if "Int" in type(converter).__name__ else "str"
                path = path.replace(f"<{kind}:{name}>", VALUES[kind])
            yield str(each.name), path, each


VIEWS = list(patterns(get_resolver()))
CLOSED = [(name, path) for name, path, _ in VIEWS if LEAST_ROLE.get(name) != PUBLIC]


def test_every_view_declares_who_may_open_it() -> None:
    """With `needs` or `public`; and what it declares is what stands above."""
    declared = {name: getattr(pattern.callback, "access", "nothing") for name, _, pattern in VIEWS}
    assert {name: LEAST.get(access, access) for name, access in declared.items()} == LEAST_ROLE


def test_every_action_has_a_least_role() -> None:
    """None is forgotten in the one map."""
    assert set(LEAST) == set(Action)


@pytest.fixture(params=[*Role, "outsider", "anonymous"])
def visitor(request: pytest.FixtureRequest, db: None) -> tuple[str, Client]:
    """A browser of somebody with each role; of an outsider, who was switched off; of nobody."""
    who = str(request.param)
    if who == "anonymous":
        return who, Client()
    role = Role.OWNER if who == "outsider" else Role(who)
    user = User.objects.create(email=f"{who}@example.com", role=role)
    client = sign_in(user)
    if who == "outsider":
        User.objects.filter(pk=user.pk).update(is_active=False)
    return who, client


def test_each_role_opens_what_it_may_and_nothing_else(visitor: tuple[str, Client]) -> None:
    """By GET and by POST: 403 for too low a role, the sign-in page for who is not in, an answer for the others."""
    who, client = visitor
    wrong = []
    for name, path in CLOSED:
        for method in (client.get, client.post):
            kept = client.cookies.copy()
            response = method(path)
            client.cookies = kept
            if not is_right(who, LEAST_ROLE[name], response.status_code, response.headers.get("Location", "")):
                wrong.append(f"{method.__name__} {path}: {response.status_code}")
    assert wrong == []


def is_right(who: str, least: str, status: int, location: str) -> bool:
    """Whether ``status`` is the answer for ``who`` at a view for ``least`` and above."""
    if who not in list(Role):
        return status == 302 and location.startswith("/signin")
    is_sign_in = status == 302 and location.startswith("/signin")
    if Role(who).rank < Role(least).rank:
        return status == 403
    return status < 500 and status != 403 and not (is_sign_in and "next=" in location)


def test_a_view_that_declares_nothing_is_opened_by_nobody(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """Not even by an owner: it is refused, and the log says which."""
    from django.test import override_settings

    with override_settings(ROOT_URLCONF="tests.unit.web.undeclared"):
        assert client.get("/").status_code == 403
    assert "does not declare who may open it" in caplog.text
