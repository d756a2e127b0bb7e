"""Who may open a view. Every view says so itself, with `needs` or `public`; one that says nothing is closed.

`needs` checks: signed in, then the role (`apps.accounts.roles.LEAST`), then, for a dangerous action, that the
person showed the passkey within the last five minutes. `DeclaredAccess` refuses a view that declares nothing.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import Final
from urllib.parse import urlencode

from allauth.account.internal.flows import reauthentication
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse

from tocsin.apps.accounts.models import User
from tocsin.apps.accounts.roles import DANGEROUS, Action
from tocsin.web.keys import has_passkey, signed_in_recently

View = Callable[..., HttpResponseBase]
PUBLIC: Final = "public"
BEARER: Final = "bearer"
"""A view of the API: it asks for a token by itself, and a test holds every operation to that."""

log = logging.getLogger("tocsin.web")


def needs(action: Action) -> Callable[[View], View]:
    """Let those through whose role may do ``action``; for a dangerous one, only with a passkey just shown."""

    def decorate(view: View) -> View:
        @wraps(view)
        def checked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
            if not isinstance(request.user, User):
                return redirect(f"{reverse('signin')}?{urlencode({'next': request.get_full_path()})}")
            if not request.user.may(action):
                raise PermissionDenied
            if action in DANGEROUS and request.method == "POST" and not is_fresh(request):
                return _ask_again(request)
            return view(request, *args, **kwargs)

        checked.access = action  # type: ignore[attr-defined]
        return checked

    return decorate


def public(view: View) -> View:
    """Let everybody through."""
    opened: View = login_not_required(view)
    opened.access = PUBLIC  # type: ignore[attr-defined]
    return opened


def current_user(request: HttpRequest) -> User:
    """The person of a view that `needs` something."""
    assert isinstance(request.user, User)  # noqa: S101 -- `needs` lets nobody else in
    return request.user


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person showed a passkey just now; who has none yet, whether signing in was just now."""
    if has_passkey(current_user(request)):
        return bool(reauthentication.did_recently_reauthenticate(request))
    return signed_in_recently(request)


def _ask_again(request: HttpRequest) -> HttpResponse:
    """Lead to the passkey, and do what was asked afterwards; who has none is led to add one."""
    if not has_passkey(current_user(request)):
        messages.error(
            request, "This needs a passkey, and you have none yet: sign in again with a new link, and add one."
        )
        return _go(request, reverse("settings-account"))
    answer = reauthentication.suspend_request(request, reverse("mfa_reauthenticate_webauthn"))
    return _go(request, answer.url)


def _go(request: HttpRequest, address: str) -> HttpResponse:
    if "HX-Request" in request.headers:  # the whole page goes, not a part of it
        return HttpResponse(headers={"HX-Redirect": address})
    return redirect(address)


class DeclaredAccess:
    """Middleware: a view that does not say who may open it is opened by nobody."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Go on."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: View, args: object, kwargs: object) -> None:
        """Raise PermissionDenied for a view without a declaration."""
        if not hasattr(view, "access"):
            log.error("the view %s.%s does not declare who may open it", view.__module__, view.__qualname__)
            raise PermissionDenied
