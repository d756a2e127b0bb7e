"""Alerts worked on in a browser. Each test works on alerts of its own, or puts back what it changed."""

import re

from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenPage


def test_an_alert_of_the_drill_is_worked_on_by_keyboard_alone(open_page: OpenPage) -> None:
    """j and Enter open it, a acknowledges, r and an arrow say what it was, Enter resolves."""
    page = open_page("responder")
    page.goto("/alerts?level=low&state=open")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/alerts/\d+$"))
    page.keyboard.press("a")
    expect(page.locator(".badges")).to_contain_text("acknowledged")
    page.keyboard.press("r")
    expect(page.locator("#verdict-real")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".badges")).to_contain_text("resolved")
    expect(page.locator(".verdict")).to_have_text("Expected")
    expect(page.locator(".history")).to_contain_text("resolved as expected")
    page.locator("#act-reopen").click()
    expect(page.locator(".badges")).to_contain_text("open")


def test_several_are_selected_by_keyboard_and_acknowledged(open_page: OpenPage) -> None:
    """x selects the row, a acknowledges all that are selected; a poll between leaves the selection."""
    page = open_page("responder")
    page.goto("/alerts?level=medium&state=open")
    rows = page.locator("a.cover").count()
    assert rows >= 2
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-select]:checked")).to_have_count(2)
    chosen = page.locator("[data-select]:checked").evaluate_all("boxes => boxes.map(box => box.value)")
    page.evaluate("document.getElementById('live').setAttribute('hx-headers', '{}')")
    page.evaluate("htmx.trigger('#live', 'refresh')")
    page.wait_for_load_state("networkidle")
    expect(page.locator("[data-select]:checked")).to_have_count(2)
    page.keyboard.press("a")
    expect(page.get_by_text("2 alerts acknowledged.")).to_be_visible()
    for number in chosen:
        page.goto(f"/alerts/{number}")
        page.locator("#act-reopen").click()
        expect(page.locator(".badges")).to_contain_text("open")


def test_a_sample_says_why_it_rang(open_page: OpenPage) -> None:
    """Opened in place: the rule's tests, and the values that they found."""
    page = open_page("viewer")
    open_critical(page)
    page.locator("#open-sample-0").click()
    expect(page.locator("#sample-0 .tests li").first).to_be_visible()
    expect(page.locator("#sample-0 mark").first).to_be_visible()
    expect(page.locator("#sample-1 .tests")).to_have_count(0)


def test_a_mute_is_previewed_made_and_ended(open_page: OpenPage) -> None:
    """Choosing less shows at once what more it would have muted; nothing is saved before the button."""
    page = open_page("responder")
    page.goto("/alerts?level=low")
    page.locator("a.cover").last.click()
    expect(page).to_have_url(re.compile(r"/alerts/\d+$"))
    page.keyboard.press("m")
    expect(page).to_have_url(re.compile(r"/mute$"))
    expect(page.locator("#preview h2")).to_contain_text("1 alert quiet")
    page.locator("#field-1").uncheck()
    expect(page.locator("#preview")).to_contain_text("This is the whole rule")
    expect(page.locator("#preview h2")).to_contain_text(re.compile(r"[2-9] alerts quiet"))
    page.locator("#field-1").check()
    expect(page.locator("#preview h2")).to_contain_text("1 alert quiet")
    page.locator("#reason").fill("a test")
    page.locator("#mute-save").click()
    expect(page.locator("#muted")).to_be_visible()
    page.goto("/mutes")
    page.get_by_role("button", name="End now").first.click()
    expect(page.get_by_text("The mute has ended")).to_be_visible()


def open_critical(page: Page) -> None:
    """Open an alert of the highest level."""
    page.goto("/alerts?level=critical")
    page.locator("a.cover").first.click()
    expect(page).to_have_url(re.compile(r"/alerts/\d+$"))
