"""How a page is answered: whole, or only its changing part where htmx asks for it."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from tocsin.apps.accounts.models import User
from tocsin.apps.accounts.roles import Action
from tocsin.web.reads.pulse import Pulse, read_pulse


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of a menu.

    Attributes:
        name: the name of its address.
        pages: the pages (`render_page`) that belong to it.
        key: the letter that leads there after `g`; empty where there is none.
        icon: its symbol in `icons.svg`.
    """

    name: str
    label: str
    pages: tuple[str, ...]
    key: str = ""
    icon: str = ""


SETTINGS: Final = (
    Section("settings-account", "You", ("settings-account", "passkey-add", "recovery-codes", "reauthenticate")),
    Section("settings-people", "People", ("settings-people",)),
    Section("settings-tokens", "Tokens", ("settings-tokens",)),
    Section("settings-api-tokens", "API tokens", ("settings-api-tokens",)),
    Section("settings-oncall", "On call", ("settings-oncall",)),
    Section("settings-channels", "Channels", ("settings-channels",)),
    Section("deliveries", "Notifications", ("deliveries",)),
    Section("settings-days", "Special days", ("settings-days",)),
    Section("settings-retention", "Retention", ("settings-retention",)),
)
"""The pages under Settings, in their order."""

SECTIONS: Final = (
    Section("now", "Now", ("now",), "n", "now"),
    Section("alerts", "Alerts", ("alerts", "alert", "mutes", "mute"), "a", "alerts"),
    Section("search", "Search", ("search", "event", "draft", "sql"), "s", "search"),
    Section("rules", "Rules", ("rules", "rule", "editor"), "r", "rules"),
    Section("attack", "ATT&CK", ("attack",), "k", "attack"),
    Section("sources", "Sources", ("sources", "source", "source-new", "source-first"), "o", "sources"),
    Section("settings-account", "Settings", tuple(page for each in SETTINGS for page in each.pages), ",", "settings"),
)
"""The console's menu, in its order: Now, Alerts, Search, Rules, ATT&CK, Sources, Settings."""


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for the changing part of a page."""
    return "HX-Request" in request.headers


def render_page(
    request: HttpRequest, name: str, *, title: str, status: int = 200, pulse: Pulse | None = None, **context: object
) -> HttpResponse:
    """Render `web/live/<name>.html` with the console's frame around it, or to htmx without.

    Templates find what the person may do in `can`: `{% if can.triage %}`.
    Nothing of it is cached: who signs out leaves nothing behind the back button.
    """
    template = "web/fragment.html" if is_fragment(request) else "web/page.html"
    frame = {"title": title, "page_name": name, "live": f"web/live/{name}.html", "pulse": pulse or read_pulse()}
    response = render(request, template, frame | context, status=status)
    add_never_cache_headers(response)
    return response


def frame(request: HttpRequest) -> dict[str, object]:
    """Context processor: what every template of the console finds, those of django-allauth included."""
    user = request.user if hasattr(request, "user") and isinstance(request.user, User) else None
    if user is None:
        return {}
    can = {action.value: user.may(action) for action in Action}
    return {"sections": SECTIONS, "settings_pages": SETTINGS, "can": can}
