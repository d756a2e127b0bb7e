"""Signing in by a one-time link, and out."""

from http import HTTPStatus
from typing import Final

from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tocsin.apps.accounts.links import Refusal, refusal
from tocsin.apps.accounts.models import LINK_LIFETIME, SignInLink
from tocsin.kernel.clock import now

NEXT_COOKIE: Final = "tocsin_next"
_STATUS: Final = {
    Refusal.USED: HTTPStatus.GONE,
    Refusal.EXPIRED: HTTPStatus.GONE,
    Refusal.UNKNOWN: HTTPStatus.NOT_FOUND,
}


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD"])
def signin(request: HttpRequest) -> HttpResponse:
    """Say how to get a link, and remember which page was asked for until the link is opened."""
    if "HX-Request" in request.headers:  # a page that polls has lost its session: leave the whole page, not a part
        return HttpResponse(headers={"HX-Redirect": reverse("signin")})
    response = render(request, "web/signin.html")
    wanted = request.GET.get("next", "")
    if _is_here(request, wanted):
        response.set_cookie(
            NEXT_COOKIE,
            wanted,
            max_age=LINK_LIFETIME,
            path=reverse("signin"),
            httponly=True,
            secure=request.is_secure(),
            samesite="Lax",
        )
    return response


@login_not_required
@never_cache
@require_http_methods(["GET"])  # not HEAD: who only looks whether the link exists must not spend it
def redeem(request: HttpRequest, secret: str) -> HttpResponse:
    """Spend the link: sign its person in under a new session key, and go to the page once asked for."""
    user = SignInLink.redeem(secret, now())
    if user is None:
        why = refusal(secret)
        return render(request, "web/signin_refused.html", {"why": why}, status=_STATUS[why])
    login(request, user)
    wanted = request.COOKIES.get(NEXT_COOKIE, "")
    response = redirect(wanted if _is_here(request, wanted) else reverse("alerts"))
    response.delete_cookie(NEXT_COOKIE, path=reverse("signin"))
    return response


@login_not_required
@never_cache
@require_POST
def signout(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("signin")


def _is_here(request: HttpRequest, address: str) -> bool:
    """Whether ``address`` is a page of this console that one may be sent to after signing in."""
    if address.startswith(reverse("signin")):
        return False
    return url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
