"""A real Tocsin filled by the drill, and a real browser: Debian's Chromium, found on PATH."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests.browser.pages import ROLES
from tests.scenario.server import Server, wait_for

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MISSING = "the browser tests need Chromium on PATH, and there is none: apt-get install chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE_MS = 15_000
OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def tocsin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One Tocsin for all browser tests of this process: served at localhost, the drill played and its alerts rung.

    A test changes only what it made itself: others look at the same.
    """
    with Server(tmp_path_factory.mktemp("browser"), TOCSIN_OWNER="owner@example.com") as server:
        server.serve("--welcome")
        wait_for(lambda: "Played drill" in server.output(), 90, server.output)
        server.wait_for_alerts(lambda alerts: len(alerts) >= 9, 60)
        yield server


@pytest.fixture(scope="session")
def states(tocsin: Server) -> dict[str, Any]:
    """Role → what a browser keeps of a session, once somebody has signed in with that role."""
    return {}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser. One a module: its event loop must not be there when other tests ask the database."""
    path = find_browser()
    if path is None:
        pytest.fail(MISSING, pytrace=False)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def base(tocsin: Server) -> str:
    """The console's address. A name: passkeys do not work at an address of numbers."""
    return f"http://localhost:{tocsin.port}"


@pytest.fixture
def contexts() -> Iterator[list[BrowserContext]]:
    """What a test has opened; closed after it."""
    opened: list[BrowserContext] = []
    yield opened
    for context in opened:
        context.close()


@pytest.fixture
def open_page(
    browser: Browser, tocsin: Server, base: str, states: dict[str, Any], contexts: list[BrowserContext]
) -> OpenPage:
    """Opens a page in a browser of its own: ``open_page(role)`` signed in, ``open_page()`` as nobody.

    Other arguments go to `Browser.new_context`: `color_scheme="dark"`, `viewport={"width": 375, "height": 800}`.
    """

    def open_one(role: str = "", **options: Any) -> Page:
        if role and role not in states:
            states[role] = sign_in_once(browser, tocsin, base, role)
        if role:
            options["storage_state"] = states[role]
        options.setdefault("reduced_motion", "reduce")  # a colour on its way to another has no contrast to judge
        context = browser.new_context(base_url=base, **options)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        return context.new_page()

    return open_one


def find_browser() -> str | None:
    """The path of Chromium."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def sign_in_once(browser: Browser, tocsin: Server, base: str, role: str) -> Any:
    """Sign ``<role>@example.com`` in by a link; returns what the browser keeps of it."""
    assert role in ROLES
    context = browser.new_context(base_url=base)
    context.new_page().goto(sign_in_link(tocsin, f"{role}@example.com", role))
    state = context.storage_state()
    context.close()
    return state


def sign_in_link(tocsin: Server, email: str, role: str) -> str:
    """A one-time link for ``email``, who is added with ``role`` if new."""
    done = tocsin.run("signin", "--email", email, "--role", role)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def add_authenticator(page: Page) -> None:
    """Give the page's browser a passkey provider that verifies its person, as a phone with a fingerprint does."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


AXE = Path(__file__).with_name("axe.min.js")


def violations(page: Page) -> list[str]:
    """What axe-core finds wrong with the page as it is now, one line a finding."""
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(AXE.read_text() + "; undefined")
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(r => r.violations)")
    return [
        f"{each['id']} ({each['impact']}): {each['help']}: {node['target']} {node['failureSummary']}"
        for each in found
        for node in each["nodes"]
    ]
