"""Every page is fit for everybody: axe-core finds nothing, light and dark, narrow and wide; nothing is refused."""

import pytest
from playwright.sync_api import Page
from tests.browser.conftest import OpenPage, violations
from tests.browser.pages import PAGES, Shown

MAX_PAGE_BYTES = 200_000


def visit(page: Page, shown: Shown) -> None:
    """Open the page and wait until it is complete."""
    page.goto(address(page, shown))
    page.wait_for_selector(shown.ready, state="attached")
    for key in shown.press:
        page.keyboard.press(key)


def address(page: Page, shown: Shown) -> str:
    """The page's path, with the id of the drill's most urgent alert where it stands for one."""
    if "{alert}" not in shown.address:
        return shown.address
    page.goto("/alerts?level=critical")
    first = page.locator("a.cover").first.get_attribute("href")
    return shown.address.format(alert=str(first).rpartition("/")[2])


@pytest.mark.parametrize("width", [375, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_axe_finds_nothing(open_page: OpenPage, shown: Shown, scheme: str, width: int) -> None:
    """Contrast, names, landmarks, order; and the page is not wider than the screen."""
    page = open_page(shown.role, color_scheme=scheme, viewport={"width": width, "height": 900})
    visit(page, shown)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_the_browser_refuses_nothing_and_loads_little(open_page: OpenPage, shown: Shown) -> None:
    """No error in its console, such as of the Content-Security-Policy, and under 200 KB for all files together."""
    page = open_page(shown.role)
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    visit(page, shown)
    sizes = page.evaluate(
        "[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]"
        ".map(each => each.transferSize)"
    )
    assert [each for each in errors if "404" not in each] == []
    assert sum(sizes) < MAX_PAGE_BYTES
