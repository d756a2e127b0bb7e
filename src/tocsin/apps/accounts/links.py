"""One-time links: made for a person, spent once, and what a link that does not work is told."""

from enum import StrEnum

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from tocsin.apps.accounts.models import SignInLink, User
from tocsin.apps.accounts.roles import Role
from tocsin.apps.audit.events import Event
from tocsin.apps.audit.record import person, record
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


@transaction.atomic
def issue_link(email: str, role: Role | None = None) -> str:
    """Make a one-time link for the person with this address, who is added if new.

    Args:
        role: of a person who is new; None: the first person is owner, all others are viewers.
    Returns: the link's path on this server, `/signin/<secret>`; it is shown once.
    Raises: ConfigError if ``email`` is not an address, the person may not sign in or has another role.
    """
    user = find_or_add(email, role)
    if not user.is_active:
        raise ConfigError(f"{user.email} is switched off and may not sign in; name another address")
    if role and user.role != role:
        raise ConfigError(
            f"{user.email} is here already, as {user.role}; an owner changes roles under Settings, People"
        )
    secret = SignInLink.issue(user, now())
    record(Event.LINK_ISSUED, target=person(user))
    return SIGNIN_PATH + secret


@transaction.atomic
def find_or_add(email: str, role: Role | None = None) -> User:
    """The person with this address, who is added if new: the first as owner, others as viewers, or with ``role``.

    Raises: ConfigError if ``email`` is not an address.
    """
    check_email(email)
    found = User.objects.find(email)
    if found:
        return found
    has_owner = User.objects.filter(role=Role.OWNER, is_active=True).exists()
    chosen = role or (Role.VIEWER if has_owner else Role.OWNER)
    user = User(email=User.objects.normalize_email(email), role=chosen)
    user.set_unusable_password()
    user.save()
    is_first = chosen == Role.OWNER and not has_owner
    record(Event.PERSON_ADDED, target=person(user), details={"tocsin.is_first_owner": is_first})
    return user


def check_email(email: str) -> None:
    """Raise ConfigError if ``email`` is not an address."""
    try:
        validate_email(email)
    except ValidationError as error:
        raise ConfigError(f"'{email}' is not an email address; write one such as ann@example.com") from error


def has_signed_in() -> bool:
    """Whether anybody has ever signed in."""
    return SignInLink.objects.filter(used_at__isnull=False).exists()


def refusal(secret: str) -> Refusal:
    """Why the link with this secret was not redeemed."""
    link = SignInLink.objects.filter(fingerprint=fingerprint(secret)).select_related("user").first()
    if link is None or not link.user.is_active:
        return Refusal.UNKNOWN
    return Refusal.USED if link.used_at else Refusal.EXPIRED
