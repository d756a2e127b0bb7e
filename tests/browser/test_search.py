"""Search as somebody uses it: ask, zoom in, filter, look at one record, make a rule of it."""

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenPage


def asked(page: Page) -> dict[str, list[str]]:
    """What the page's address asks for."""
    return parse_qs(urlsplit(page.url).query)


def test_a_search_by_keyboard_zoomed_and_narrowed(open_page: OpenPage) -> None:
    """`/` writes, Enter asks, a drag over the histogram zooms, and the address says all of it."""
    page = open_page("viewer")
    page.goto("/search?window=all&source=drill")
    page.wait_for_selector(".uplot")
    page.keyboard.press("/")
    page.keyboard.type("action:session.created")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=action"))
    page.wait_for_selector("#fields h2")
    page.wait_for_selector(".u-over")
    box = page.locator(".u-over").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + 20, steps=5)
    page.mouse.up()
    page.wait_for_url(re.compile("from="))
    assert asked(page)["q"] == ["action:session.created"]
    expect(page.locator("tr[data-row]").first).to_be_visible()


def test_a_value_of_the_field_list_narrows_the_search(open_page: OpenPage) -> None:
    """One click opens the field, one takes the value."""
    page = open_page("viewer")
    page.goto("/search?window=all&source=drill")
    field = page.locator("details.field", has_text="action").first
    field.locator("summary").click()
    field.locator(".values a").first.click()
    page.wait_for_url(re.compile("q=action"))
    expect(page.locator("tr[data-row]").first).to_be_visible()


def test_a_rule_is_drafted_from_a_record(open_page: OpenPage) -> None:
    """From the list to the event to the draft, by keys alone."""
    page = open_page("viewer")
    page.goto("/search?window=all&source=drill")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector("#event-title")
    page.keyboard.press("r")
    expect(page.locator("#draft")).to_contain_text("condition: selection")


def test_an_error_keeps_the_query_and_marks_the_place(open_page: OpenPage) -> None:
    """What was written can be mended, not written again."""
    page = open_page("viewer")
    page.goto("/search")
    page.fill("#q", "user.name:(ann")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").first).to_contain_text("column 11: this bracket is not closed")
    assert page.input_value("#q") == "user.name:(ann"
    expect(page.locator("mark")).to_have_text("(")
