"""Signing in with an account from elsewhere, and with a password where the owner lets people."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.browser.conftest import add_authenticator, sign_in_link
from tests.browser.idp import Provider, provider
from tests.scenario.server import Server

SETTINGS = """\
passwords = true

[[providers]]
kind = "openid_connect"
name = "Example ID"
issuer = "{issuer}"
client_id = "tocsin"
client_secret = "secret"
trusts_email = false

[[providers]]
kind = "google"
client_id = "g"
client_secret = "s"

[[providers]]
kind = "github"
client_id = "h"
client_secret = "s"
"""


@pytest.fixture(scope="module")
def idp() -> Iterator[Provider]:
    """The other side."""
    with provider() as made:
        yield made


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, idp: Provider) -> Iterator[Server]:
    """A Tocsin that asks a provider, and believes the addresses that this one says it has checked."""
    folder = tmp_path_factory.mktemp("elsewhere")
    (folder / "tocsin.toml").write_text(SETTINGS.format(issuer=idp.issuer))
    with Server(folder, TOCSIN_RULES=str(folder)) as server:
        server.serve()
        yield server


@pytest.fixture
def page(browser: Browser, server: Server) -> Iterator[Page]:
    """Nobody's browser."""
    context = browser.new_context(base_url=f"http://localhost:{server.port}", reduced_motion="reduce")
    context.set_default_timeout(20_000)
    yield context.new_page()
    context.close()


def test_every_provider_has_its_button(page: Page) -> None:
    """Those of the settings, and no other."""
    page.goto("/signin")
    names = [each.inner_text() for each in page.get_by_role("button").all()]
    assert names[0] == "Sign in with a passkey"
    assert sorted(names[1:]) == ["Sign in with Example ID", "Sign in with GitHub", "Sign in with Google"]


def test_who_is_here_comes_in_and_who_is_not_does_not(page: Page, server: Server, idp: Provider) -> None:
    """By the address that the provider says it has checked; nobody is made by it, nobody is mistaken for another."""
    sign_in_link(server, "ann@example.com", "responder")
    idp.person = {"sub": "1", "email": "ann@example.com", "email_verified": True}
    page.goto("/signin?next=/alerts")
    page.get_by_role("button", name="Sign in with Example ID").click()
    expect(page).to_have_url(re.compile("/alerts$"))
    expect(page.get_by_text("ann@example.com")).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    sign_in_link(server, "bob@example.com", "owner")
    for eve in (
        {"sub": "2", "email": "eve@example.com", "email_verified": True},
        {"sub": "3", "email": "bob@example.com", "email_verified": False},
        {"sub": "3", "email": "bob@example.com"},
    ):
        idp.person = eve
        page.goto("/signin")
        page.get_by_role("button", name="Sign in with Example ID").click()
        expect(page.get_by_role("heading", name="People come here by invitation")).to_be_visible()
    page.goto("/alerts")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_who_has_a_passkey_shows_it_too(page: Page, server: Server, idp: Provider) -> None:
    """Who has taken over the other account is not in."""
    add_authenticator(page)
    page.goto(sign_in_link(server, "pat@example.com", "engineer"))
    page.goto("/account/keys/add")
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("button", name="Sign out").click()
    idp.person = {"sub": "4", "email": "pat@example.com", "email_verified": True}
    page.get_by_role("button", name="Sign in with Example ID").click()
    expect(page.get_by_role("heading", name="Now your passkey")).to_be_visible()
    page.get_by_role("button", name="Show the passkey").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_a_password_works_where_the_owner_lets_it(page: Page, server: Server) -> None:
    """It is chosen after coming by a link, and signs in; a wrong one does not."""
    page.goto(sign_in_link(server, "olga@example.com", "viewer"))
    page.goto("/account/password/set")
    for field in page.locator("input[type=password]").all():
        field.fill("a long sentence that nobody guesses")
    page.get_by_role("button", name="Save").click()
    page.goto("/alerts")
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("link", name="Sign in with a password").click()
    for password in ("wrong", "a long sentence that nobody guesses"):
        page.get_by_label("Email address").fill("olga@example.com")
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        if password == "wrong":
            expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()


def test_settings_of_providers_are_checked(tmp_path: Path) -> None:
    """An issuer that is no address is named before anything starts."""
    (tmp_path / "tocsin.toml").write_text(
        '[[providers]]\nkind = "openid_connect"\nissuer = "okta"\nclient_id = "a"\nclient_secret = "b"\n'
    )
    with Server(tmp_path) as server:
        done = server.run("alerts")
    assert done.returncode == 2
    assert "providers.0.issuer is 'okta'" in done.stderr
