"""What holds for every page of the console."""

import logging

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.handlers.exception import response_for_exception
from django.test import Client, RequestFactory
from django.urls import reverse
from tests.unit.web.conftest import MakeAlert, read
from tests.unit.web.markup import Page

from tocsin.web.pages import SECTIONS, SETTINGS

PAGES = ["/", "/alerts", "/alerts/1", "/sources", "/sources/app", "/rules", "/deliveries", "/settings/people"]
SETTINGS_PAGES = [reverse(each.name) for each in SETTINGS]
ACTIONS = ["/alerts/1/act", "/sources/app/tokens/1/revoke", "/deliveries/1/retry"]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_for_those_who_signed_in(outsider: Client, address: str) -> None:
    """Anybody else is led to sign in, and learns not even whether the page exists."""
    assert outsider.get(address).headers["Location"] == f"/signin?next={address}"


@pytest.mark.parametrize("address", ACTIONS)
def test_an_action_is_for_those_who_signed_in(outsider: Client, address: str) -> None:
    """And never for a mere link."""
    assert outsider.post(address).headers["Location"].startswith("/signin")


@pytest.mark.parametrize("address", ACTIONS)
def test_an_action_takes_no_get(console: Client, address: str) -> None:
    """A link, an image or a crawler changes nothing."""
    assert console.get(address).status_code == 405


@pytest.mark.parametrize("address", ["/", "/alerts", "/sources", "/rules", "/deliveries", *SETTINGS_PAGES])
def test_a_page_has_landmarks_a_skip_link_and_one_heading(console: Client, address: str) -> None:
    """Who reads with a screen reader or by keyboard finds the content."""
    page = read(console, address)
    assert page.links[0] == "#main"
    assert len(page.all("main", id="main")) == 1
    assert len(page.all("h1")) == 1
    assert page.all("nav", aria_label="Console")
    assert page.all("a", aria_current="page")
    assert page.all("html", lang="en")
    assert page.all("p", role="status")


@pytest.mark.parametrize("address", ["/", "/alerts", "/sources", "/rules", "/deliveries", *SETTINGS_PAGES])
def test_a_signed_in_page_stays_in_no_cache(console: Client, address: str) -> None:
    """After signing out nothing is behind the back button."""
    assert "no-store" in console.get(address).headers["Cache-Control"]


def test_the_menu_leads_to_every_section(console: Client) -> None:
    """Each entry's address exists."""
    links = read(console, "/").links
    assert {reverse(section.name) for section in SECTIONS} <= set(links)


def test_every_number_of_the_pulse_is_a_link(console: Client, make_alert: MakeAlert) -> None:
    """To what it counts."""
    make_alert(level="critical")
    links = read(console, "/").links
    assert {"/alerts?state=open&level=critical", "/sources", "/deliveries"} <= set(links)


def test_htmx_is_told_to_evaluate_and_inject_nothing(console: Client) -> None:
    """Its settings agree with the policy."""
    content = read(console, "/").all("meta", name="htmx-config")[0]["content"]
    for setting in ('"allowEval":false', '"includeIndicatorStyles":false', '"selfRequestsOnly":true'):
        assert setting in content


@pytest.mark.parametrize(
    "name", ["web/console.css", "web/console.js", "web/keys.js", "web/passkeys.js", "web/favicon.svg", "web/icons.svg"]
)
def test_the_static_files_are_served_to_everybody(outsider: Client, name: str) -> None:
    """The sign-in page needs them."""
    response = outsider.get(f"/static/{name}")
    assert response.status_code == 200
    response.close()


def test_an_unknown_address_gets_a_page_without_the_database(outsider: Client) -> None:
    """404, with the way back; this test has no database."""
    page = read(outsider, "/nowhere", status=404)
    assert "Nothing is here" in page.text
    assert "/" in page.links


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (RuntimeError("secret"), 500, "Tocsin made a mistake"),
        (PermissionDenied("secret"), 403, "You may not do that"),
        (BadRequest("secret"), 400, "makes no sense here"),
    ],
)
def test_a_failure_gets_a_page_that_tells_no_secrets(
    error: Exception, status: int, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Its cause is in the log and nowhere else; this test has no database."""
    with caplog.at_level(logging.CRITICAL, "django"):
        response = response_for_exception(RequestFactory().get("/"), error)
    page = Page(response.content.decode())
    assert response.status_code == status
    assert words in page.text
    assert "secret" not in page.markup
