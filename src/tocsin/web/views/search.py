"""Search: records of any source or all, by words and fields or by SQL."""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from tocsin.apps.accounts.roles import Action
from tocsin.apps.audit.events import Event
from tocsin.apps.audit.record import record
from tocsin.kernel.clock import now
from tocsin.kernel.errors import ConfigError, StoreError
from tocsin.search.export import KINDS, export
from tocsin.search.tokens import QueryError
from tocsin.web.access import needs
from tocsin.web.asked_search import WINDOWS, Asked
from tocsin.web.pages import render_page
from tocsin.web.reads.event import read_draft, read_event
from tocsin.web.reads.search import (
    BusyError,
    known_sources,
    read_counts,
    read_fields,
    read_search,
    read_tail,
    read_values,
    tables,
)
from tocsin.web.reads.sql import read_sql
from tocsin.web.streams import stream

_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
}
_HINT = (
    "Nothing there is like this in that time. A field's value is compared as a whole: message:*error* finds what has "
    "it in it. Or go further back."
)
_SHORT, _ALL = 2_000, 2_000_000
"""Characters shown of a value at first, and where all of it is asked for."""
_REFUSED = (QueryError, StoreError, BusyError)


@needs(Action.SEE)
@gzip_page
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Show a page of records; a query that cannot be read is answered with its column and the mend."""
    asked = Asked.of(request.GET)
    page, error, status = None, None, HTTPStatus.OK
    try:
        page = read_search(asked)
    except _REFUSED as refused:
        error, status = refused, _status(refused)
    return render_page(
        request,
        "search",
        title="Search",
        status=status,
        page=page,
        asked=asked,
        error=error,
        sources=known_sources(),
        windows=WINDOWS,
        kinds=tuple(KINDS),
        has_plots=error is None,
        is_live="live" in request.GET,
        **_addresses(asked),
        **_fault(asked.query, error),
    )


@needs(Action.SEE)
@gzip_page
@require_safe
def counts(request: HttpRequest) -> HttpResponse:
    """The histogram of a search, a part of its page."""
    asked = Asked.of(request.GET)
    return _part(request, "counts", lambda: {"counts": read_counts(asked, reverse("search"))})


@needs(Action.SEE)
@gzip_page
@require_safe
def fields(request: HttpRequest) -> HttpResponse:
    """The fields of what a search found, a part of its page; with `field` the values of that one over all."""
    asked, name = Asked.of(request.GET), request.GET.get("field", "")
    if not name:
        return _part(request, "fields", lambda: {"found": read_fields(asked, reverse("search")), "asked": asked})

    def read() -> dict[str, Any]:
        top, values = read_values(asked, reverse("search"), name)
        return {"top": top, "values": values}

    return _part(request, "values", read)


@needs(Action.SEE)
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """What came in since `since`, a part of a page that is asked for again and again."""
    asked = Asked.of(request.GET)
    return _part(request, "tail", lambda: {"tail": read_tail(asked, request.GET.get("since", "")), "asked": asked})


@needs(Action.SEE)
@require_safe
def export_found(request: HttpRequest, kind: str) -> HttpResponseBase:
    """All that a search finds, as a file. Who takes it is recorded."""
    asked = Asked.of(request.GET)
    if kind not in KINDS:
        raise Http404
    try:
        pieces = export(tables(asked), asked.node(now()), kind, asked.columns or None)
        answer = stream(request, pieces, content_type=_TYPES[kind], filename=f"tocsin.{kind}")
    except (*_REFUSED, ConfigError) as refused:
        return HttpResponse(str(refused), status=_status(refused), content_type="text/plain; charset=utf-8")
    record(
        Event.SEARCH_EXPORTED,
        details={"tocsin.query": asked.query, "tocsin.format": kind, "tocsin.sources": ",".join(asked.sources)},
    )
    return answer


@needs(Action.SEE)
@gzip_page
@require_safe
def event(request: HttpRequest) -> HttpResponse:
    """Show one event with all its fields."""
    source, event_id, at_us = _named(request)
    page = read_event(source, event_id, at_us, reverse("search"))
    if page is None:
        raise Http404
    is_whole = "whole" in request.GET
    address = f"?{request.GET.urlencode()}&whole=1"
    limit = _ALL if is_whole else _SHORT
    return render_page(request, "event", title="Event", page=page, limit=limit, whole=address)


@needs(Action.SEE)
@require_safe
def draft(request: HttpRequest) -> HttpResponse:
    """Show the rule that could be made of an event."""
    source, event_id, at_us = _named(request)
    text = read_draft(source, event_id, at_us)
    if text is None:
        raise Http404
    return render_page(
        request, "draft", title="A rule of this event", text=text, source=source, id=event_id, at_us=at_us
    )


@needs(Action.SEE)
@gzip_page
@require_safe
def sql(request: HttpRequest) -> HttpResponse:
    """Run a SELECT in a process of its own, and show its rows."""
    page = read_sql(request.GET.get("sql", ""))
    status = HTTPStatus.BAD_REQUEST if page.error else HTTPStatus.OK
    return render_page(request, "sql", title="SQL", page=page, status=status)


def _addresses(asked: Asked) -> dict[str, Any]:
    """Where else the page leads."""
    first = replace(asked, after="")
    return {
        "plain": first.address,
        "first": first.address,
        "anytime": replace(first, from_s=None, to_s=None).address,
        "tail_address": reverse("search-live") + first.address,
        "hint": _HINT
        if ":" in asked.query
        else "Nothing there is like this in that time: go further back, or ask for less.",
    }


def _fault(query: str, error: Exception | None) -> dict[str, Any]:
    """The query around the column at fault."""
    if not isinstance(error, QueryError):
        return {}
    place = error.column - 1
    return {
        "column": error.column,
        "before_fault": query[max(0, place - 60) : place],
        "fault": query[place : place + 1],
        "after_fault": query[place + 1 : place + 60],
    }


def _part(request: HttpRequest, name: str, read: Callable[[], dict[str, Any]]) -> HttpResponse:
    """A part of the search's page; what is wrong with the query stands above it already."""
    try:
        context = read()
    except _REFUSED as refused:
        return HttpResponse(status=HTTPStatus.NO_CONTENT) if isinstance(refused, QueryError) else _say(request, refused)
    response = render(request, f"web/search/{name}.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _say(request: HttpRequest, refused: Exception) -> HttpResponse:
    return render(request, "web/search/refused.html", {"error": refused}, status=HTTPStatus.OK)


def _status(refused: Exception) -> HTTPStatus:
    return HTTPStatus.SERVICE_UNAVAILABLE if isinstance(refused, StoreError | BusyError) else HTTPStatus.BAD_REQUEST


def _named(request: HttpRequest) -> tuple[str, str, int | None]:
    """Which event an address names."""
    at = request.GET.get("at", "")
    digits = at.removeprefix("-")
    at_us = int(at) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None
    return request.GET.get("source", ""), request.GET.get("id", ""), at_us
