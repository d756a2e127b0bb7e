"""How django-allauth is held to Tocsin's ways: nobody signs up alone, and what happens is recorded."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.signals import password_changed, password_set, user_logged_in, user_logged_out
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
    authenticator_used,
)
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.signals import social_account_added, social_account_removed
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from tocsin.apps.accounts.models import User
from tocsin.apps.audit.events import Event
from tocsin.apps.audit.record import person, record
from tocsin.web.acting import note_use
from tocsin.web.keys import has_passkey, note_signing_in, signed_in_recently


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: people come by invitation."""
        return False

    def is_reauthentication_required(self, *, app: str, **kwargs: object) -> bool:
        """A first passkey is added by whoever has just signed in; for anything else the passkey is shown again."""
        request = self.request
        if isinstance(request.user, User) and not has_passkey(request.user):
            return not signed_in_recently(request)
        return True

    def get_reauthentication_methods(self, user: AbstractBaseUser) -> list[dict[str, Any]]:
        """The passkey before anything else."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return sorted(methods, key=lambda method: not method["id"].endswith("webauthn"))

    def authentication_failed(self, request: HttpRequest, **credentials: object) -> None:
        """Record a wrong password."""
        failed("password", str(credentials.get("email", "")))


class KeyAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Passkeys."""

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """What the browser and the keychain show."""
        return {**super().get_public_key_credential_rp_entity(), "name": "Tocsin"}

    def generate_authenticator_name(self, user: AbstractBaseUser, type: str) -> str:
        """The name of a passkey that was given none."""
        return f"Passkey {Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1}"


class ElsewhereAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Accounts from elsewhere: they sign in people who are here already, found by a checked address."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Never: people come by invitation."""
        failed("elsewhere", str(sociallogin.user.email), reason="nobody here has this address")
        return False


def enter(request: HttpRequest, user: User, method: str) -> None:
    """Sign ``user`` in under a new session key: by a link, an invitation, or a recovery code."""
    AccountAdapter(request).login(request, user)
    note_signing_in(request, user, method)
    user_logged_in.send(sender=User, request=request, user=user)


def failed(method: str, email: str = "", *, reason: str = "") -> None:
    """Record that signing in failed."""
    details = {"tocsin.method": method, "user.target.email": email}
    record(Event.SIGN_IN_FAILED, outcome="failure", reason=reason, details=details)


def listen() -> None:
    """Record what django-allauth tells."""
    user_logged_in.connect(_signed_in, dispatch_uid="tocsin")
    user_logged_out.connect(_signed_out, dispatch_uid="tocsin")
    authenticator_added.connect(_key_added, dispatch_uid="tocsin")
    authenticator_removed.connect(_key_removed, dispatch_uid="tocsin")
    authenticator_reset.connect(_key_added, dispatch_uid="tocsin")
    authenticator_used.connect(_key_used, dispatch_uid="tocsin")
    authentication_failed.connect(_key_failed, dispatch_uid="tocsin")
    social_account_added.connect(_account_connected, dispatch_uid="tocsin")
    social_account_removed.connect(_account_disconnected, dispatch_uid="tocsin")
    for signal in (password_set, password_changed):
        signal.connect(_password_changed, dispatch_uid="tocsin")


def _signed_in(request: HttpRequest, user: User, **_: object) -> None:
    from allauth.account.internal.flows.login import get_authentication_records

    note_use(request)
    records = get_authentication_records(request, user)
    method = str(records[-1].get("type") or records[-1]["method"]) if records else "unknown"
    record(Event.SIGNED_IN, details={"tocsin.method": "passkey" if method == "webauthn" else method})


def _signed_out(request: HttpRequest, user: User | None, **_: object) -> None:
    if user is not None:
        record(Event.SIGNED_OUT)


def _key_added(request: HttpRequest, user: User, authenticator: Authenticator, **_: object) -> None:
    is_passkey = authenticator.type == Authenticator.Type.WEBAUTHN
    event = Event.PASSKEY_ADDED if is_passkey else Event.RECOVERY_CODES_MADE
    record(event, target=person(user), details={"tocsin.passkey": str(authenticator)} if is_passkey else None)


def _key_removed(request: HttpRequest, user: User, authenticator: Authenticator, **_: object) -> None:
    if authenticator.type == Authenticator.Type.WEBAUTHN:
        record(Event.PASSKEY_REMOVED, target=person(user), details={"tocsin.passkey": str(authenticator)})


def _key_used(request: HttpRequest, user: User, authenticator: Authenticator, **more: object) -> None:
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        record(Event.RECOVERY_CODE_USED, target=person(user))
    elif more.get("reauthenticated"):
        record(Event.REAUTHENTICATED, target=person(user))


def _key_failed(request: HttpRequest, user: User, **_: object) -> None:
    failed("recovery code", user.email, reason="wrong code")


def _account_connected(request: HttpRequest, sociallogin: SocialLogin, **_: object) -> None:
    details = {"tocsin.provider": sociallogin.account.provider}
    record(Event.ACCOUNT_CONNECTED, target=person(sociallogin.user), details=details)


def _account_disconnected(request: HttpRequest, socialaccount: SocialAccount, **_: object) -> None:
    details = {"tocsin.provider": socialaccount.provider}
    record(Event.ACCOUNT_DISCONNECTED, target=person(socialaccount.user), details=details)


def _password_changed(request: HttpRequest, user: User, **_: object) -> None:
    record(Event.PASSWORD_CHANGED, target=person(user))
