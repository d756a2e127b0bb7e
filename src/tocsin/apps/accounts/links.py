"""One-time links: made for a person, spent once, and what a link that does not work is told."""

from enum import StrEnum

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tocsin.apps.accounts.models import SignInLink, User
from tocsin.kernel.clock import now
from tocsin.kernel.errors import ConfigError
from tocsin.kernel.ids import fingerprint

SIGNIN_PATH = "/signin/"
"""Where the console takes links. Known here, so that a command that prints one need not load the console."""


class Refusal(StrEnum):
    """Why a link does not sign anybody in."""

    USED = "used"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


def issue_link(email: str) -> str:
    """Make a one-time link for the person with this address, who is added if new.

    Returns: the link's path on this server, `/signin/<secret>`; it is shown once.
    Raises: ConfigError if ``email`` is not an address or the person may not sign in.
    """
    try:
        validate_email(email)
    except ValidationError as error:
        raise ConfigError(f"'{email}' is not an email address; write one such as ann@example.com") from error
    user = User.objects.get_or_add(email)
    if not user.is_active:
        raise ConfigError(f"{user.email} is switched off and may not sign in; name another address")
    return SIGNIN_PATH + SignInLink.issue(user, now())


def has_signed_in() -> bool:
    """Whether anybody has ever signed in."""
    return SignInLink.objects.filter(used_at__isnull=False).exists()


def refusal(secret: str) -> Refusal:
    """Why the link with this secret was not redeemed."""
    link = SignInLink.objects.filter(fingerprint=fingerprint(secret)).select_related("user").first()
    if link is None or not link.user.is_active:
        return Refusal.UNKNOWN
    return Refusal.USED if link.used_at else Refusal.EXPIRED
