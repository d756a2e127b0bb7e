"""API tokens: what programs may do, in whose name."""

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from tocsin.apps.accounts.models import ApiToken, Scope, User
from tocsin.apps.accounts.roles import Action
from tocsin.kernel.clock import now
from tocsin.kernel.errors import ConfigError
from tocsin.web.access import current_user, needs
from tocsin.web.forms import ApiTokenForm
from tocsin.web.pages import render_page

MAX_SHOWN = 1_000
_FRESH = "tocsin_fresh_api_token"


@needs(Action.SEE)
@require_safe
def tokens(request: HttpRequest) -> HttpResponse:
    """List one's own tokens, to owners all; one that was just made is shown this once."""
    found = _within(current_user(request)).select_related("user").order_by("-created_at", "-pk")[:MAX_SHOWN]
    return render_page(
        request,
        "settings-api-tokens",
        title="API tokens",
        rows=found,
        at=now(),
        scopes=list(Scope),
        fresh=request.session.pop(_FRESH, None),
        address=f"{settings.TOCSIN_OPTIONS.base_url}/api/v1/",
    )


@needs(Action.OWN_KEYS)
@require_POST
@sensitive_variables()
def make(request: HttpRequest) -> HttpResponse:
    """Make a token that acts for whoever makes it."""
    form = ApiTokenForm(request.POST)
    if not form.is_valid():
        messages.error(request, "A token needs a name, a scope of the list, and 1 to 366 days. Nothing was made.")
        return redirect("settings-api-tokens")
    said = form.cleaned_data
    try:
        secret = ApiToken.issue(
            current_user(request), said["name"], said["scopes"], now(), timedelta(days=said["days"])
        )
    except ConfigError as error:
        messages.error(request, str(error))
    else:
        request.session[_FRESH] = secret
    return redirect("settings-api-tokens")


@needs(Action.OWN_ACCOUNT)
@require_POST
def revoke(request: HttpRequest, token_id: int) -> HttpResponse:
    """Take a token back: one's own; an owner anybody's."""
    token = _within(current_user(request)).filter(pk=token_id).select_related("user").first()
    if token is None:
        raise Http404
    if token.revoke(now()):
        messages.success(request, f"{token.hint} is revoked: it opens nothing any more.")
    else:
        messages.error(request, f"Nothing to do: {token.hint} was revoked before.")
    return redirect("settings-api-tokens")


def _within(user: User) -> QuerySet[ApiToken]:
    every = ApiToken.objects.all()
    return every if user.may(Action.MANAGE_PEOPLE) else every.filter(user=user)
