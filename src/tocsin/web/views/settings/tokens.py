"""Tokens: who may send records."""

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from tocsin.apps.accounts.roles import Action
from tocsin.apps.intake.sources import find_or_add_source, issue_token
from tocsin.formats import FORMATS
from tocsin.kernel.errors import ConfigError
from tocsin.web.access import needs
from tocsin.web.asked import storable
from tocsin.web.pages import render_page
from tocsin.web.reads.tokens import read_tokens

_FRESH_TOKEN = "tocsin_fresh_token"  # noqa: S105 - a name


@needs(Action.SEE)
@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    """List the tokens; one that was just made is shown this once."""
    fresh = request.session.pop(_FRESH_TOKEN, None)
    return render_page(
        request, "settings-tokens", title="Tokens", rows=read_tokens(), fresh=fresh, formats=sorted(FORMATS)
    )


@needs(Action.MANAGE_TOKENS)
@require_POST
@sensitive_variables()
@transaction.atomic
def make(request: HttpRequest) -> HttpResponse:
    """Make a token for a source, which is added if it is new."""
    name = storable(request.POST.get("source", "")).strip()
    try:
        source = find_or_add_source(name, format=storable(request.POST.get("format", "")))
    except ConfigError as error:
        messages.error(request, str(error))
        return redirect("settings-tokens")
    secret = issue_token(source)
    address = f"{settings.TOCSIN_OPTIONS.base_url}/ingest/{source.name}"
    request.session[_FRESH_TOKEN] = {"secret": secret, "source": source.name, "address": address}
    return redirect("settings-tokens")
