"""Sources: all of them, and one with its rejected records and tokens."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from tocsin.apps.accounts.roles import Action
from tocsin.apps.intake.models import IngestToken
from tocsin.apps.intake.sources import change_source, remove_source, revoke_token
from tocsin.formats import FORMATS
from tocsin.kernel.errors import ConfigError
from tocsin.web.access import needs
from tocsin.web.asked import storable
from tocsin.web.forms import SourceForm
from tocsin.web.pages import render_page
from tocsin.web.reads.sources import read_source, read_sources


@needs(Action.SEE)
@require_safe
def sources(request: HttpRequest) -> HttpResponse:
    """List the sources."""
    return render_page(request, "sources", title="Sources", sources=read_sources())


@needs(Action.SEE)
@require_safe
def source(request: HttpRequest, name: str) -> HttpResponse:
    """Show one source."""
    page = read_source(storable(name), storable(request.GET.get("reason", "")))
    if page is None:
        raise Http404
    return render_page(
        request, "source", title=name, page=page, row=page.row, formats=sorted(FORMATS), has_plots=page.plot is not None
    )


@needs(Action.MANAGE_SOURCES)
@require_POST
def change(request: HttpRequest, name: str) -> HttpResponse:
    """Say anew what a source sends."""
    form = SourceForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Write names of at most 100 characters and whole seconds. Nothing was changed.")
        return redirect("source", name)
    try:
        change_source(storable(name), **form.cleaned_data)
    except ConfigError as error:
        messages.error(request, str(error))
        return redirect("sources")
    messages.success(request, f"Saved: it holds for what '{name}' sends from here on.")
    return redirect("source", name)


@needs(Action.MANAGE_SOURCES)
@require_POST
def remove(request: HttpRequest, name: str) -> HttpResponse:
    """Remove a source and its tokens."""
    try:
        remove_source(storable(name))
    except ConfigError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"'{name}' is removed, its tokens too. What it sent is kept and can be searched.")
    return redirect("sources")


@needs(Action.MANAGE_TOKENS)
@require_POST
def revoke(request: HttpRequest, name: str, token_id: int) -> HttpResponse:
    """Revoke a token for ever."""
    token = IngestToken.objects.filter(pk=token_id, source__name=storable(name)).first()
    if token is None:
        raise Http404
    try:
        revoke_token(str(token_id))
    except ConfigError:
        messages.error(request, f"Nothing to do: token {token.hint} was revoked before.")
    else:
        messages.success(request, f"Token {token.hint} is revoked: soon nothing more is taken from it.")
    return redirect("source", name)
