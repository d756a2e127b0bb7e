"""Charts are drawn under the policy, in the page's own colours, and lead where a drag over them says."""

import json
import re

from playwright.sync_api import Page, expect
from tests.browser.conftest import OpenPage

HOURS = [1_767_225_600 + hour * 3_600 for hour in range(24)]
DATA = {
    "x": HOURS,
    "series": [
        {"label": "critical", "colour": "critical", "values": [2] * 24},
        {"label": "high", "colour": "high", "values": [3] * 24},
    ],
}
PUT = """([data, zoom]) => {
  const place = document.createElement("div");
  place.dataset.plot = data;
  place.dataset.zoom = zoom;
  document.querySelector("main").replaceChildren(place);
  for (const [src, type] of [["/static/vendor/uPlot.iife.min.js", ""], ["/static/web/plots.js", "module"]]) {
    const script = document.createElement("script");
    script.src = src;
    script.type = type;
    script.async = false;
    document.head.append(script);
  }
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = "/static/vendor/uPlot.min.css";
  document.head.append(sheet);
}"""
COLOURS = """canvas => {
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const seen = new Set();
  for (let place = 0; place < pixels.length; place += 4) seen.add(pixels.slice(place, place + 3).join(","));
  return [...seen];
}"""


def draw(page: Page, scheme: str) -> None:
    """Put a chart into a page as `web/parts/plot.html` does, with its scripts."""
    page.goto("/settings/")
    page.evaluate(PUT, [json.dumps(DATA), "/alerts"])
    expect(page.locator("canvas")).to_be_visible()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")


def wait_until(page: Page, expression: str) -> None:
    """Ask again and again from outside: the page's own policy lets nothing be evaluated in it."""
    for _ in range(100):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"it never held: {expression}")


def test_a_chart_has_the_colours_of_its_levels_in_both_looks(open_page: OpenPage) -> None:
    """And nothing of it is refused."""
    page = open_page("viewer")
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    for scheme, critical in (("light", "165,14,34"), ("dark", "201,42,65")):
        draw(page, scheme)
        wait_until(page, f"({COLOURS})(document.querySelector('canvas')).includes('{critical}')")
    assert errors == []


def test_a_drag_over_a_chart_zooms(open_page: OpenPage) -> None:
    """To the moments between which it was drawn, in whole seconds."""
    page = open_page("viewer")
    draw(page, "light")
    box = page.locator(".u-over").bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 4, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, middle, steps=5)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"/alerts\?from=\d+&to=\d+$"))
    found = re.search(r"from=(\d+)&to=(\d+)", page.url)
    assert found is not None
    assert HOURS[0] < int(found[1]) < int(found[2]) < HOURS[-1]
