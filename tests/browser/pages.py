"""Every page of the console, in one place: axe-core looks at each, and `make screenshots` takes a picture of each.

A new page is one line here.
"""

from dataclasses import dataclass

from playwright.sync_api import Page

ROLES = ("viewer", "responder", "engineer", "owner")


@dataclass(frozen=True, slots=True)
class Shown:
    """A page and who looks at it.

    Attributes:
        name: the picture's name.
        address: its path; `{alert}` stands for the id of the drill's most urgent alert, `{rule}` for its rule's.
        role: who looks; empty: nobody is signed in.
        ready: a CSS selector of what is there once the page is complete.
        press: keys pressed before the picture, in order.
        looks: which pictures are taken: `light` and `dark` are 1440 pixels wide, `phone` is 375.
    """

    name: str
    address: str
    role: str = "owner"
    ready: str = "h1"
    press: tuple[str, ...] = ()
    looks: tuple[str, ...] = ("light",)


PAGES = (
    Shown("now", "/", looks=("light", "dark", "phone")),
    Shown("alerts", "/alerts", looks=("light", "phone")),
    Shown("alerts-filter", "/alerts", press=("/",)),
    Shown("alert", "/alerts/{alert}", looks=("light", "dark", "phone")),
    Shown("alert-resolve", "/alerts/{alert}", press=("r",)),
    Shown("mute", "/alerts/{alert}/mute"),
    Shown("mutes", "/mutes"),
    Shown("search", "/search?window=all", ready="#fields h2", looks=("light", "dark", "phone")),
    Shown("search-error", "/search?q=(user.name:anna"),
    Shown("search-live", "/search?live=1"),
    Shown("sql", "/search/sql?sql=select+_source,+count(*)+as+records+from+_all+group+by+1", ready="table"),
    Shown("sources", "/sources"),
    Shown("source", "/sources/drill"),
    Shown("source-new", "/sources/new"),
    Shown("rules", "/rules", looks=("light", "dark", "phone")),
    Shown("rule", "/rules/rule?id={rule}", looks=("light", "dark", "phone")),
    Shown("editor", "/rules/new?copy={rule}", ready="#gutter li", looks=("light", "dark", "phone")),
    Shown("attack", "/attack", looks=("light", "dark")),
    Shown("deliveries", "/deliveries"),
    Shown("settings-account", "/settings/"),
    Shown("settings-people", "/settings/people"),
    Shown("settings-tokens", "/settings/tokens"),
    Shown("settings-channels", "/settings/channels"),
    Shown("settings-api-tokens", "/settings/api-tokens"),
    Shown("settings-oncall", "/settings/oncall"),
    Shown("settings-days", "/settings/days"),
    Shown("settings-retention", "/settings/retention"),
    Shown("passkey-add", "/account/keys/add"),
    Shown("keys", "/alerts", ready="#live", press=("?",)),
    Shown("signin", "/signin", role=""),
    Shown("recovery", "/account/recovery", role=""),
    Shown("not-found", "/nowhere", role=""),
)


def visit(page: Page, shown: Shown) -> None:
    """Open the page and wait until it is complete."""
    page.goto(address(page, shown))
    page.wait_for_selector(shown.ready, state="attached")
    for key in shown.press:
        page.keyboard.press(key)


def address(page: Page, shown: Shown) -> str:
    """The page's path, with the id of the drill's most urgent alert, or of its rule, where it stands for one."""
    if "{" not in shown.address:
        return shown.address
    page.goto("/alerts?level=critical")
    first = str(page.locator("a.cover").first.get_attribute("href"))
    if "{alert}" in shown.address:
        return shown.address.format(alert=first.rpartition("/")[2])
    page.goto(first)
    found = page.locator("a[href*='/rules/rule?id=']").first.get_attribute("href")
    return shown.address.format(rule=str(found).rpartition("=")[2])
