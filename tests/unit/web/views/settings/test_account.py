"""You: look, sessions, and what a dangerous action asks for."""

import time

from allauth.usersessions.models import UserSession
from django.test import Client
from tests.unit.web.conftest import read, sign_in

from tocsin.apps.accounts.models import User
from tocsin.apps.audit.models import AuditRow
from tocsin.web import keys
from tocsin.web.reads.account import browser_of


def test_the_look_is_kept_for_the_person(console: Client, owner: User, teammate: User) -> None:
    """On every page, and for nobody else."""
    console.post("/settings/profile", {"name": "Olive", "theme": "dark"})
    assert read(console, "/alerts").all("html", data_theme="dark")
    assert not read(sign_in(teammate), "/alerts").all("html", data_theme="dark")
    refused = console.post("/settings/profile", {"name": "Olive", "theme": "pink"}, follow=True).content.decode()
    assert "system, light or dark" in refused


def test_a_session_is_ended_from_another_one(owner: User) -> None:
    """At once; and one's own leads to the sign-in page."""
    lost, here = sign_in(owner), sign_in(owner)
    page = read(here, "/settings/")
    ends = {each["action"] for each in page.all("form") if each.get("action", "").endswith("/revoke")}
    numbers = {each.session_key: each.pk for each in UserSession.objects.filter(user=owner)}
    lost_at, here_at = (f"/settings/sessions/{numbers[each.session.session_key]}/revoke" for each in (lost, here))
    assert ends == {lost_at, here_at}
    here.post(lost_at)
    assert lost.get("/alerts").status_code == 302
    assert here.post(here_at).headers["Location"] == "/signin"
    assert here.get("/alerts").status_code == 302
    actions = [row.content["event.action"] for row in AuditRow.objects.all()]
    assert actions.count("session.revoked") == 2


def test_a_session_of_somebody_else_is_not_found(console: Client, owner: User, teammate: User) -> None:
    """Its number is guessed in vain, whatever the role."""
    theirs = sign_in(teammate)
    number = UserSession.objects.get(user=teammate).pk
    assert console.post(f"/settings/sessions/{number}/revoke").status_code == 404
    assert theirs.get("/alerts").status_code == 200


def test_who_has_no_passkey_does_dangerous_things_only_just_after_the_link(console: Client) -> None:
    """A quarter of an hour later the way is a new link and a passkey."""
    invite = {"email": "a@example.com", "role": "viewer"}
    session = console.session
    records = session["account_authentication_methods"]
    session["account_authentication_methods"] = [{**each, "at": time.time() - keys.RECENT_S - 1} for each in records]
    session.save()
    answer = console.post("/settings/people/invite", invite)
    assert answer.headers["Location"] == "/settings/"
    assert "you have none yet" in read(console, "/settings/").text
    htmx = console.post("/settings/people/invite", invite, headers={"HX-Request": "true"})
    assert htmx.headers["HX-Redirect"] == "/settings/"
    assert console.get("/account/keys/add").status_code == 403


def test_browsers_are_named_as_people_know_them() -> None:
    """What is unknown is shown as it calls itself, cut."""
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) AppleWebKit/605.1.15 Version/18.4 Safari/604.1"
    assert browser_of(firefox) == "Firefox on Linux"
    assert browser_of(safari) == "Safari on iPhone"
    assert browser_of("curl/8") == "curl/8"
    assert browser_of("") == "unknown browser"
    assert len(browser_of("x" * 1_000)) == 60
