"""Signing in as people do: an invitation, a passkey, sessions, roles."""

import re

from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenPage, add_authenticator, sign_in_link
from tests.scenario.server import Server


def add_passkey(page: Page, name: str) -> None:
    """Add a passkey on the page that asks for one, and keep the recovery codes."""
    page.get_by_label("What to call it").fill(name)
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    page.get_by_role("link", name="I have kept them").click()


def owner_with_passkey(open_page: OpenPage, tocsin: Server, email: str) -> Page:
    """A page of an owner who came by a link and has added a passkey."""
    page = open_page()
    add_authenticator(page)
    page.goto(sign_in_link(tocsin, email, "owner"))
    page.goto("/account/keys/add")
    add_passkey(page, "Phone")
    return page


def test_an_invitation_a_passkey_out_and_in_again(open_page: OpenPage, tocsin: Server) -> None:
    """An owner invites; the invited joins with a passkey, signs out, and comes in with the passkey alone."""
    owner = owner_with_passkey(open_page, tocsin, "inviter@example.com")
    owner.goto("/settings/people")
    owner.get_by_label("Email address").fill("rosa@example.com")
    owner.get_by_label("Role", exact=True).select_option("responder")
    owner.get_by_role("button", name="Make a link").click()
    link = owner.locator("#fresh").inner_text()

    rosa = open_page()
    add_authenticator(rosa)
    rosa.goto(link)
    rosa.get_by_label("Your name").fill("Rosa Responder")
    rosa.get_by_role("button", name="Join").click()
    add_passkey(rosa, "Laptop")
    expect(rosa.get_by_text("rosa@example.com, responder")).to_be_visible()
    expect(rosa.get_by_role("row", name=re.compile("Laptop"))).to_be_visible()

    rosa.get_by_role("button", name="Sign out").click()
    expect(rosa.get_by_role("heading", name="Sign in")).to_be_visible()
    rosa.goto("/alerts")
    expect(rosa).to_have_url(re.compile("/signin"))
    rosa.get_by_role("button", name="Sign in with a passkey").click()
    expect(rosa).to_have_url(re.compile("/alerts$"))
    expect(rosa.get_by_text("Rosa Responder")).to_be_visible()
    second = open_page()
    second.goto(link)
    expect(second.get_by_role("heading", name="This invitation does not work")).to_be_visible()


def test_a_session_that_is_revoked_is_out_at_once(open_page: OpenPage, tocsin: Server) -> None:
    """Ended from another browser, it is led to the sign-in page."""
    lost, here = open_page(), open_page()
    for page in (lost, here):
        page.goto(sign_in_link(tocsin, "two@example.com", "viewer"))
    here.goto("/settings/")
    rows = here.get_by_role("table", name="Where you are signed in").get_by_role("row")
    expect(rows).to_have_count(3)
    rows.filter(has_not_text="this one").nth(1).get_by_role("button").click()
    expect(here.get_by_text("That session is ended.")).to_be_visible()
    expect(rows).to_have_count(2)
    lost.goto("/alerts")
    expect(lost.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_viewer_is_offered_nothing_to_change(open_page: OpenPage) -> None:
    """No form to invite, to make a token, or to acknowledge."""
    page = open_page("viewer")
    page.goto("/settings/people")
    expect(page.get_by_role("heading", name="People")).to_be_visible()
    expect(page.get_by_role("button", name="Make a link")).to_have_count(0)
    page.goto("/settings/tokens")
    expect(page.get_by_role("button", name="Make a token")).to_have_count(0)
    page.goto("/alerts")
    page.locator("a.cover").first.click()
    expect(page.get_by_role("heading", name="Facts")).to_be_visible()
    expect(page.get_by_role("button", name="Acknowledge")).to_have_count(0)


def test_a_dangerous_action_asks_for_the_passkey_once(open_page: OpenPage, tocsin: Server) -> None:
    """Showing it does what was asked; for five minutes it is not asked again."""
    owner = owner_with_passkey(open_page, tocsin, "careful@example.com")
    owner.get_by_role("button", name="Sign out").click()
    owner.get_by_role("button", name="Sign in with a passkey").click()
    expect(owner.get_by_role("button", name="Sign out")).to_be_visible()
    owner.goto("/settings/channels")
    for name in ("first", "second"):
        owner.get_by_label("Name").fill(name)
        owner.get_by_label("Kind").select_option("webhook")
        owner.get_by_label("Addresses, or the webhook's address").fill("https://example.com/hook")
        owner.get_by_role("button", name="Add", exact=True).click()
        if name == "first":
            expect(owner.get_by_role("heading", name="Show your passkey again")).to_be_visible()
            owner.get_by_role("button", name="Show the passkey").click()
        expect(owner.get_by_text(f"Added the channel '{name}'")).to_be_visible()
