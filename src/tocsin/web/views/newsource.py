"""Adding a source: choose what sends, get the exact configuration, see the first record come."""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from tocsin.apps.accounts.roles import Action
from tocsin.apps.intake.models import Source
from tocsin.apps.intake.sources import find_or_add_source, issue_token
from tocsin.formats import FORMATS
from tocsin.kernel.errors import ConfigError
from tocsin.web.access import needs
from tocsin.web.asked import storable
from tocsin.web.clients import CLIENTS
from tocsin.web.pages import render_page
from tocsin.web.reads.arrival import read_arrival

_FRESH = "tocsin_fresh_source"
_ADDRESS = "new"
"""The one name that the guided page cannot give: it is its own address."""


@needs(Action.MANAGE_SOURCES)
@require_safe
def new(request: HttpRequest) -> HttpResponse:
    """Ask what sends and what the source is called."""
    return render_page(request, "source-new", title="Add a source", clients=CLIENTS, formats=sorted(FORMATS))


@needs(Action.MANAGE_SOURCES)
@require_POST
@sensitive_variables()
def make(request: HttpRequest) -> HttpResponse:
    """Add the source and make its token."""
    name = storable(request.POST.get("name", "")).strip()
    key = request.POST.get("client", "")
    client = CLIENTS.get(key)
    try:
        if client is None:
            raise ConfigError("choose what sends: it was none of the list")
        if name == _ADDRESS:
            raise ConfigError(f"'{_ADDRESS}' is the address of this page; choose another name")
        asked = storable(request.POST.get("format", "")) if client.takes_format else ""
        with transaction.atomic():
            source = find_or_add_source(name, format=asked or client.format)
            secret = issue_token(source)
    except ConfigError as error:
        messages.error(request, str(error))
        return redirect("source-new")
    request.session[_FRESH] = {"name": source.name, "secret": secret}
    return redirect(f"{reverse('source-first', args=[source.name])}?client={key}")


@needs(Action.MANAGE_SOURCES)
@require_safe
@sensitive_variables()
def first(request: HttpRequest, name: str) -> HttpResponse:
    """Show the configuration, the token this once, and wait for the first record."""
    source = Source.objects.filter(name=storable(name)).first()
    if source is None:
        return gone(request, name)
    client = CLIENTS.get(request.GET.get("client", ""), CLIENTS["http"])
    fresh = request.session.pop(_FRESH, None) or {}
    secret = fresh.get("secret", "") if fresh.get("name") == source.name else ""
    text = client.configuration(
        base_url=settings.TOCSIN_OPTIONS.base_url, name=source.name, format=source.format, token=secret or "TOKEN"
    )
    return render_page(
        request,
        "source-first",
        title=f"First record of {source.name}",
        source=source,
        client=client,
        configuration=text,
        secret=secret,
        arrival=read_arrival(source.name, reverse("search")),
    )


@needs(Action.SEE)
@require_safe
def arrival(request: HttpRequest, name: str) -> HttpResponse:
    """The part of the page that waits."""
    found = read_arrival(storable(name), reverse("search"))
    return render(request, "web/sources/arrival.html", {"arrival": found, "name": storable(name)})


def gone(request: HttpRequest, name: str) -> HttpResponse:
    """Lead back to the list: somebody removed the source while its page was open."""
    messages.error(request, f"There is no source '{name[:63]}' (any more); nothing was changed.")
    return redirect("sources")
