"""Signing in by a one-time link."""

from datetime import timedelta

import pytest
from django.test import Client
from tests.unit.web.conftest import read, sign_in

from tocsin.apps.accounts.links import issue_link
from tocsin.apps.accounts.models import SignInLink, User
from tocsin.kernel.clock import now


def test_a_link_signs_its_person_in_and_leads_to_the_alerts(outsider: Client, owner: User) -> None:
    """Opening the link is all that is needed."""
    response = outsider.get(issue_link(owner.email))
    assert (response.status_code, response.headers["Location"]) == (302, "/")
    assert "Olive Owner" in read(outsider, "/").text


def test_a_link_works_once(owner: User) -> None:
    """A second use is told that the link was used, and what to do."""
    link = issue_link(owner.email)
    assert Client().get(link).status_code == 302
    second = Client()
    page = read(second, link, status=410)
    assert "This link has been used" in page.text
    assert "tocsin signin" in page.text
    assert second.get("/").status_code == 302


def test_an_expired_link_says_so(outsider: Client, owner: User) -> None:
    """After an hour a link is gone."""
    link = issue_link(owner.email)
    SignInLink.objects.update(expires_at=now() - timedelta(seconds=1))
    assert "This link has expired" in read(outsider, link, status=410).text
    assert "_auth_user_id" not in outsider.session


@pytest.mark.parametrize("secret", ["wrong", "tcs_link_", "%00", "a" * 5_000, "<script>"])
def test_an_unknown_link_is_not_found(outsider: Client, secret: str) -> None:
    """A guessed, cut or hostile secret is answered, never looked up as anything else."""
    assert "not known here" in read(outsider, f"/signin/{secret}", status=404).text


def test_the_link_of_a_person_switched_off_is_unknown(outsider: Client, owner: User) -> None:
    """Nobody learns from the answer that such a person exists."""
    link = issue_link(owner.email)
    User.objects.update(is_active=False)
    read(outsider, link, status=404)


def test_looking_at_a_link_without_opening_it_does_not_spend_it(outsider: Client, owner: User) -> None:
    """A program that checks links with HEAD leaves them usable."""
    link = issue_link(owner.email)
    assert outsider.head(link).status_code == 405
    assert outsider.get(link).status_code == 302


def test_signing_in_changes_the_session_key(owner: User, teammate: User) -> None:
    """A session key planted before, or another person's, is worth nothing after."""
    client = sign_in(owner)
    before = client.session.session_key
    assert client.get(issue_link(teammate.email)).status_code == 302
    assert client.session.session_key != before
    planted = Client()
    planted.cookies["sessionid"] = str(before)
    assert planted.get("/").status_code == 302


def test_the_page_once_asked_for_is_shown_after_signing_in(outsider: Client, owner: User) -> None:
    """Who follows a message's link to an alert gets there, with a sign-in between."""
    asked = outsider.get("/alerts/12?x=1", follow=True)
    assert asked.status_code == 200
    assert outsider.get(issue_link(owner.email)).headers["Location"] == "/alerts/12?x=1"
    assert outsider.cookies["tocsin_next"].value == ""


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_signing_in_never_leads_elsewhere(outsider: Client, owner: User, wanted: str) -> None:
    """An address of another server is passed over, also where it stands in the cookie itself."""
    outsider.get("/signin", {"next": wanted})
    assert "tocsin_next" not in outsider.cookies
    outsider.cookies["tocsin_next"] = wanted
    assert outsider.get(issue_link(owner.email)).headers["Location"] == "/"


def test_signing_out_ends_the_session(console: Client) -> None:
    """Afterwards the console asks to sign in again; a GET changes nothing."""
    assert console.get("/signout").status_code == 405
    assert console.get("/").status_code == 200
    assert console.post("/signout").headers["Location"] == "/signin"
    assert console.get("/").headers["Location"].startswith("/signin")


def test_signing_out_needs_the_form_of_this_console(owner: User) -> None:
    """Another site cannot sign anybody out."""
    client = Client(enforce_csrf_checks=True)
    client.get(issue_link(owner.email))
    response = client.post("/signout")
    assert response.status_code == 403
    assert "This form is too old" in response.content.decode()


def test_a_poll_without_a_session_leaves_the_whole_page(outsider: Client) -> None:
    """htmx is told to go to the sign-in page, and does not put it into the list."""
    response = outsider.get("/", headers={"HX-Request": "true"}, follow=True)
    assert response.headers["HX-Redirect"] == "/signin"
    assert response.content == b""


def test_secrets_are_kept_out_of_caches_and_referrers(outsider: Client, owner: User) -> None:
    """The answer to a link is not stored, and its address is not told to other sites."""
    response = outsider.get(issue_link(owner.email))
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["Referrer-Policy"] == "same-origin"
