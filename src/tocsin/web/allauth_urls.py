"""The views of django-allauth that Tocsin uses, under its names. What is not here does not exist."""

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from urllib.parse import urlsplit

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.webauthn import views as webauthn
from allauth.socialaccount import providers
from allauth.socialaccount import views as elsewhere
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.cache import never_cache

from tocsin.apps.accounts.roles import Action
from tocsin.web.access import View, current_user, needs, public
from tocsin.web.keys import has_passkey, has_passwords
from tocsin.web.views import passkeys
from tocsin.web.views.signin import recovery


def _to(name: str) -> View:
    def go(request: HttpRequest, **_: object) -> HttpResponseBase:
        return redirect(name)

    return public(go)


def _open(view: Callable[..., HttpResponseBase]) -> View:
    """For everybody, who signs in with it; what it changes and its audit event are one transaction."""
    return public(never_cache(transaction.atomic(view)))


def _own(view: Callable[..., HttpResponseBase]) -> View:
    """For everybody who is signed in; the view itself asks for the passkey where it must."""
    return needs(Action.OWN_ACCOUNT)(never_cache(transaction.atomic(view)))


def _again(view: Callable[..., HttpResponseBase]) -> View:
    """Showing a key again: who has none is led to where one is added."""

    def shown(request: HttpRequest, **more: object) -> HttpResponseBase:
        return view(request, **more) if has_passkey(current_user(request)) else redirect("settings-account")

    return _own(shown)


def _leaving(view: Callable[..., HttpResponseBase]) -> View:
    """Going to a provider: by a page of our own, because the policy lets no form lead to another server."""

    def shown(request: HttpRequest, **more: object) -> HttpResponseBase:
        answer = view(request, **more)
        if request.method != "POST" or not isinstance(answer, HttpResponseRedirect) or answer.url.startswith("/"):
            return answer
        page = render(request, "web/leaving.html", {"address": answer.url, "host": urlsplit(answer.url).hostname})
        page.headers["Refresh"] = f"0; url={answer.url}"
        return page

    return shown


def _declared(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[URLPattern | URLResolver]:
    """A provider's addresses, open to everybody: they lead to the provider and back."""
    for each in patterns:
        if isinstance(each, URLResolver):
            each.url_patterns[:] = list(_declared(each.url_patterns))
        else:
            each.callback = _open(_leaving(each.callback))
        yield each


urlpatterns: list[URLPattern | URLResolver] = [
    path("login", _to("signin"), name="account_login"),
    path("signup", _to("signin"), name="account_signup"),
    path("inactive", _open(account.account_inactive), name="account_inactive"),
    path("passkey", _open(webauthn.login_webauthn), name="mfa_login_webauthn"),
    path("recovery", recovery, name="recovery"),
    path("second", _open(mfa.authenticate), name="mfa_authenticate"),
    path("keys", _to("settings-account"), name="mfa_index"),
    path("keys/", _to("settings-account"), name="mfa_list_webauthn"),
    path("keys/add", _own(passkeys.add), name="mfa_add_webauthn"),
    path("keys/<int:pk>/remove", _own(passkeys.remove), name="mfa_remove_webauthn"),
    path("keys/<int:pk>/rename", _own(passkeys.rename), name="mfa_edit_webauthn"),
    path("keys/again", _again(webauthn.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
    path("codes", _own(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path("codes/new", _own(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"),
    path("codes/again", _again(mfa.reauthenticate), name="mfa_reauthenticate"),
    path("elsewhere/cancelled", _open(elsewhere.login_cancelled), name="socialaccount_login_cancelled"),
    path("elsewhere/error", _open(elsewhere.login_error), name="socialaccount_login_error"),
    path("elsewhere/signup", _open(elsewhere.signup), name="socialaccount_signup"),
    path("elsewhere", _own(elsewhere.connections), name="socialaccount_connections"),
]

for provider in providers.registry.get_class_list():
    found = import_module(f"{provider.get_package()}.urls").urlpatterns
    urlpatterns.append(path("", include(list(_declared(found)))))

if has_passwords():
    urlpatterns += [
        path("password", _open(account.login), name="password_login"),
        path("password/again", _own(account.reauthenticate), name="account_reauthenticate"),
        path("password/change", _own(account.password_change), name="account_change_password"),
        path("password/set", _own(account.password_set), name="account_set_password"),
    ]
