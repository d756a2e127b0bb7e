"""Writing a rule as somebody does it: from an event found by search, checked, run over the last days, and saved."""

import re

from playwright.sync_api import expect
from tests.browser.conftest import OpenPage


def test_a_rule_is_written_from_an_event(open_page: OpenPage) -> None:
    """Found by search, drafted, broken and mended under the eyes of the check, rehearsed, saved, listed."""
    page = open_page("engineer")
    page.goto("/search?window=all&source=drill&q=action:session.created")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#event-title")
    page.keyboard.press("r")
    page.wait_for_url(re.compile("/rules/new"))
    text = page.locator("#text")
    expect(text).to_have_value(re.compile("condition: selection"))
    draft = text.input_value()
    expect(page.locator("#gutter li")).to_have_count(draft.count("\n") + 1)
    text.fill(draft.replace("condition: selection", "condition: selektion"))
    expect(page.locator("#checked")).to_contain_text("selektion")
    expect(page.locator("#gutter .mark-error")).to_have_count(1)
    page.locator("#checked [data-line]").first.click()
    expect(text).to_be_focused()
    text.fill(draft)
    expect(page.locator("#checked")).to_contain_text("No error")
    page.get_by_role("button", name=re.compile("Run over the last")).click()
    expect(page.locator("#rehearsal .rehearsed")).to_be_visible()
    page.get_by_label("File name").fill("written-in-a-browser")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url(re.compile("/rules/written/written-in-a-browser$"))
    expect(page.get_by_text("Saved 'written-in-a-browser.yml'")).to_be_visible()
    page.get_by_role("button", name="Remove").first.click()
    page.locator("dialog[open]").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("is removed; its rules ring no more")).to_be_visible()


def test_tab_leaves_the_text(open_page: OpenPage) -> None:
    """Who has no mouse is not caught in it."""
    page = open_page("engineer")
    page.goto("/rules/new")
    page.locator("#text").focus()
    page.keyboard.press("Tab")
    expect(page.locator("#save")).to_be_focused()
