"""Adding a source as somebody new would: choose, copy, send, see it come."""

from urllib.request import Request, urlopen

from playwright.sync_api import expect
from tests.browser.conftest import OpenPage


def test_a_source_is_added_and_its_first_record_appears(open_page: OpenPage, base: str) -> None:
    """Without a reload; the token is the one that the page shows."""
    page = open_page("engineer")
    page.goto("/sources")
    page.click("#add-source")
    page.fill("#name", "guided")
    page.click("#make")
    expect(page.locator("#arrival-title")).to_have_text("Waiting for the first record")
    token = page.locator("#fresh").inner_text()
    assert token in page.locator("#configuration").inner_text()
    body = b'{"user": "ann<b>", "action": "sign-in"}'
    request = Request(f"{base}/ingest/guided", body, {"Authorization": f"Bearer {token}"})
    with urlopen(request, timeout=15) as answer:
        assert answer.status < 300
    expect(page.locator("#arrival-title")).to_have_text("The first record is here")
    expect(page.locator("#arrival")).to_contain_text("ann<b>")
