"""What is known of a person's passkeys and of when they were shown."""

import time
from typing import Final

from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest

from tocsin.apps.accounts.models import User

RECENT_S: Final = 900
"""How long after signing in by a link a first passkey may be added."""


def has_passwords() -> bool:
    """Whether the owner of this Tocsin lets people sign in with a password."""
    return "password" in settings.ACCOUNT_REAUTHENTICATION_METHODS


def has_passkey(user: User) -> bool:
    """Whether the person has a passkey."""
    return passkeys(user).exists()


def passkeys(user: User) -> "QuerySet[Authenticator]":
    """The person's passkeys, oldest first."""
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).order_by(
        "pk"
    )
    return found


def signed_in_recently(request: HttpRequest) -> bool:
    """Whether this session began within the last quarter of an hour."""
    user = request.user
    records = get_authentication_records(request, user) if isinstance(user, User) else []
    return bool(records) and time.time() - float(records[-1]["at"]) < RECENT_S


def note_signing_in(request: HttpRequest, user: User, method: str, *, is_again: bool = False) -> None:
    """Remember in the session that ``user`` signed in now by ``method``, or showed it again."""
    record_authentication(request, user, method=method, **({"reauthenticated": True} if is_again else {}))
