"""The console by keyboard alone."""

import re

from playwright.sync_api import expect
from tests.browser.conftest import OpenPage


def test_g_and_a_letter_go_to_a_section(open_page: OpenPage) -> None:
    """Each entry of the menu that has a letter; a letter alone goes nowhere."""
    page = open_page("viewer")
    page.goto("/")
    for letter, address in (("a", "/alerts$"), ("r", "/rules$"), ("o", "/sources$"), (",", "/settings/$"), ("n", "/$")):
        page.keyboard.press("g")
        page.keyboard.press(letter)
        expect(page).to_have_url(re.compile(address))
        expect(page.locator("h1").first).to_be_attached()


def test_j_and_k_walk_the_list_and_enter_opens(open_page: OpenPage) -> None:
    """u goes back; where somebody types, keys are letters."""
    page = open_page("viewer")
    page.goto("/alerts")
    rows = page.locator("a.cover")
    for key, place in (("j", 0), ("j", 1), ("j", 2), ("k", 1)):
        page.keyboard.press(key)
        expect(rows.nth(place)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/alerts/\d+$"))
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile("/alerts$"))
    page.goto("/rules")
    page.keyboard.press("/")
    page.keyboard.type("gaj?")
    expect(page.get_by_role("searchbox")).to_have_value("gaj?")


def test_the_help_says_what_this_page_can_do(open_page: OpenPage) -> None:
    """Its own keys beside those of every page; Escape closes it."""
    page = open_page("responder")
    page.goto("/rules")
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keys")
    for words in ("this help", "next in the list", "go to Alerts", "Title, id, file or logsource has"):
        expect(dialog.get_by_text(words)).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
