"""`make screenshots`: a picture of every page of `pages.PAGES` into docs/images, from the drill's data."""

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from tests.browser.conftest import FLAGS, MISSING, find_browser, sign_in_once
from tests.browser.pages import PAGES, visit
from tests.scenario.server import Server, wait_for

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "images"
LOOKS = {"light": (1440, 900), "dark": (1440, 900), "phone": (375, 812)}
MAX_HEIGHT = 1_400


def take(browser: Browser, server: Server, folder: Path) -> None:
    """Take every picture."""
    base = f"http://localhost:{server.port}"
    roles = {shown.role for shown in PAGES if shown.role}
    states = {role: sign_in_once(browser, server, base, role) for role in sorted(roles)}
    for shown in PAGES:
        for look in shown.looks:
            width, height = LOOKS[look]
            context = browser.new_context(
                base_url=base,
                storage_state=states.get(shown.role),
                viewport={"width": width, "height": height},
                color_scheme="dark" if look == "dark" else "light",
                reduced_motion="reduce",
            )
            page = context.new_page()
            visit(page, shown)
            tall = min(MAX_HEIGHT, int(page.evaluate("document.documentElement.scrollHeight")))
            page.set_viewport_size({"width": width, "height": max(height, tall)})
            name = shown.name if look == "light" else f"{shown.name}-{look}"
            page.screenshot(path=folder / f"{name}.png")
            context.close()
        print(shown.name, flush=True)


def main() -> None:
    """Start Tocsin, play the drill, take the pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = find_browser()
    if path is None:
        sys.exit(MISSING)
    with (
        tempfile.TemporaryDirectory() as data,
        Server(Path(data), TOCSIN_OWNER="owner@example.com") as server,
        sync_playwright() as playwright,
    ):
        server.serve("--welcome")
        wait_for(lambda: "Played drill" in server.output(), 90, server.output)
        server.wait_for_alerts(lambda alerts: len(alerts) >= 9, 60)
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        take(browser, server, folder)
        browser.close()


if __name__ == "__main__":
    main()
