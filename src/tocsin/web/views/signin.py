"""Signing in (by passkey, one-time link, invitation, recovery code, an account from elsewhere), and out."""

from http import HTTPStatus
from typing import Any, Final

from allauth.core import ratelimit
from allauth.mfa.base.forms import AuthenticateForm
from allauth.socialaccount.adapter import get_adapter as elsewhere
from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from tocsin.apps.accounts.links import Refusal, refusal
from tocsin.apps.accounts.models import LINK_LIFETIME, SignInLink, User
from tocsin.apps.accounts.people import accept, find_invitation
from tocsin.kernel.clock import now
from tocsin.web.access import public
from tocsin.web.asked import storable
from tocsin.web.forms import JoinForm, RecoveryForm
from tocsin.web.keys import has_passwords
from tocsin.web.signing import enter, failed

NEXT_COOKIE: Final = "tocsin_next"
_STATUS: Final = {
    Refusal.USED: HTTPStatus.GONE,
    Refusal.EXPIRED: HTTPStatus.GONE,
    Refusal.UNKNOWN: HTTPStatus.NOT_FOUND,
}


@public
@never_cache
@require_http_methods(["GET", "HEAD"])
def signin(request: HttpRequest) -> HttpResponse:
    """Offer the ways in, and remember which page was asked for until one is taken."""
    if "HX-Request" in request.headers:  # a page that polls has lost its session: leave the whole page, not a part
        return HttpResponse(headers={"HX-Redirect": reverse("signin")})
    wanted = request.GET.get("next", "")
    is_here = _is_here(request, wanted)
    response = render(request, "web/signin.html", _ways(request) | {"next": wanted if is_here else ""})
    if is_here:
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


@public
@never_cache
@require_http_methods(["GET"])  # not HEAD: who only looks whether the link exists must not spend it
@transaction.atomic
def redeem(request: HttpRequest, secret: str) -> HttpResponse:
    """Spend the link: sign its person in under a new session key, and go to the page once asked for."""
    user = SignInLink.redeem(secret, now())
    if user is None:
        why = refusal(secret)
        failed("link", reason=why)
        return render(request, "web/signin_refused.html", {"why": why}, status=_STATUS[why])
    enter(request, user, "link")
    wanted = request.COOKIES.get(NEXT_COOKIE, "")
    response = redirect(wanted if _is_here(request, wanted) else reverse("now"))
    response.delete_cookie(NEXT_COOKIE, path=reverse("signin"))
    return response


@public
@never_cache
@require_http_methods(["GET", "POST"])
@transaction.atomic
def join(request: HttpRequest, secret: str) -> HttpResponse:
    """Accept an invitation: say one's name, and go on to add a passkey."""
    invitation = find_invitation(storable(secret))
    if invitation is None:
        failed("invitation", reason="unknown, used, revoked or expired")
        return render(request, "web/join_refused.html", status=HTTPStatus.GONE)
    form = JoinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = accept(secret, form.cleaned_data["name"])
        if user is not None:
            enter(request, user, "invitation")
            return redirect("mfa_add_webauthn")
    return render(request, "web/join.html", {"invitation": invitation, "form": form})


@public
@never_cache
@require_http_methods(["GET", "POST"])
@transaction.atomic
def recovery(request: HttpRequest) -> HttpResponse:
    """Sign in with a recovery code: for whoever has lost the passkey."""
    form = RecoveryForm(request.POST or None)
    status = HTTPStatus.OK
    if request.method == "POST":
        if not ratelimit.consume(request, action="login"):
            return render(request, "429.html", status=HTTPStatus.TOO_MANY_REQUESTS)
        if form.is_valid() and _spend_code(request, **form.cleaned_data):
            return redirect("settings-account")
        status = HTTPStatus.BAD_REQUEST
    return render(request, "web/recovery.html", {"form": form, "is_wrong": status != HTTPStatus.OK}, status=status)


@public
@never_cache
@require_POST
@transaction.atomic
def signout(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect("signin")


def _spend_code(request: HttpRequest, email: str, code: str) -> bool:
    """Sign in whom the code belongs to. Who has no codes is answered as if the code were wrong."""
    user = User.objects.find(storable(email))
    if user is None or not user.is_active:
        failed("recovery code", email, reason="nobody here has this address")
        return False
    form = AuthenticateForm({"code": code.replace(" ", "")}, user=user)
    if not form.is_valid():
        return False
    form.save()
    enter(request, user, "recovery code")
    return True


def _ways(request: HttpRequest) -> dict[str, Any]:
    """The ways in that the settings allow."""
    return {
        "providers": elsewhere(request).list_providers(request),
        "has_passwords": has_passwords(),
    }


def _is_here(request: HttpRequest, address: str) -> bool:
    """Whether ``address`` is a page of this console that one may be sent to after signing in."""
    if address.startswith(reverse("signin")):
        return False
    return url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
