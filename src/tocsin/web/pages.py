"""How a page is answered: whole, or only its changing part where htmx asks for it."""

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers

from tocsin.web.reads.pulse import Pulse, read_pulse


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the console's menu: the name of its address, its label, and the pages that belong to it."""

    name: str
    label: str
    pages: tuple[str, ...]


SECTIONS: Final = (
    Section("alerts", "Alerts", ("alerts", "alert")),
    Section("sources", "Sources", ("sources", "source")),
    Section("rules", "Rules", ("rules",)),
    Section("deliveries", "Notifications", ("deliveries",)),
)


def is_fragment(request: HttpRequest) -> bool:
    """Whether htmx asks for the changing part of a page."""
    return "HX-Request" in request.headers


def render_page(
    request: HttpRequest, name: str, *, title: str, status: int = 200, pulse: Pulse | None = None, **context: object
) -> HttpResponse:
    """Render `web/<name>.html`, or to htmx `web/live/<name>.html`, with the console's frame around it.

    Nothing of it is cached: who signs out leaves nothing behind the back button.
    """
    live = f"web/live/{name}.html"
    template = "web/fragment.html" if is_fragment(request) else f"web/{name}.html"
    frame = {"title": title, "page_name": name, "sections": SECTIONS, "live": live, "pulse": pulse or read_pulse()}
    response = render(request, template, frame | context, status=status)
    add_never_cache_headers(response)
    return response
