"""Every page is fit for everybody: axe-core finds nothing, light and dark, narrow and wide; nothing is refused."""

import pytest
from tests.browser.conftest import OpenPage, violations
from tests.browser.pages import PAGES, Shown, visit

MAX_PAGE_BYTES = 200_000
WIDTHS = (375, 1440)


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_axe_finds_nothing(open_page: OpenPage, shown: Shown) -> None:
    """Contrast, names, landmarks, order, in each look; and the page is not wider than the screen."""
    page = open_page(shown.role)
    visit(page, shown)
    found: list[str] = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            # Without movement: a colour on its way from light to dark is no colour of the page.
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
            found += [f"{width} {scheme}: {each}" for each in violations(page)]
        wide = page.evaluate("document.documentElement.scrollWidth")
        found += [f"{width}: the page is {wide} wide"] if wide > width else []
    assert found == []


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
    assert [each for each in errors if "a status of 4" not in each] == []
    assert sum(sizes) < MAX_PAGE_BYTES
