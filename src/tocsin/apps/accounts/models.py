"""People, the links that sign them in, the invitations that bring them here, and the tokens of their programs."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models, transaction

from tocsin.apps.accounts.roles import Action, Role, may
from tocsin.apps.audit.events import Event
from tocsin.apps.audit.record import person, record
from tocsin.kernel.errors import ConfigError
from tocsin.kernel.ids import fingerprint, new_secret

LINK_LIFETIME = timedelta(hours=1)
INVITATION_LIFETIME = timedelta(days=7)
API_TOKEN_PREFIX: Final = "tcs_api"  # noqa: S105 - what secrets begin with, not a secret
MAX_LIFETIME: Final = timedelta(days=366)
_SEEN_EVERY: Final = timedelta(minutes=1)

_ROLES = [(role.value, role.value.capitalize()) for role in Role]


class Theme(models.TextChoices):
    """Whether pages are light or dark."""

    SYSTEM = "system", "As the system"
    LIGHT = "light", "Light"
    DARK = "dark", "Dark"


class Users(BaseUserManager["User"]):
    """Finds people by their address, without case."""

    def find(self, email: str) -> "User | None":
        """The person with this address."""
        return self.filter(email__iexact=email).first()


class User(AbstractBaseUser):
    """A person. Without a password, unless the owner switched passwords on."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    role = models.CharField(max_length=10, choices=_ROLES, default=Role.VIEWER.value)
    theme = models.CharField(max_length=6, choices=Theme, default=Theme.SYSTEM)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Users] = Users()
    USERNAME_FIELD = "email"

    def __str__(self) -> str:
        return self.name or self.email

    def may(self, action: Action) -> bool:
        """Whether this person may do ``action``."""
        return self.is_active and may(self.role, action)


class SignInLink(models.Model):
    """A link that signs one person in, once, within an hour. Only its fingerprint is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="links")
    fingerprint = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    @classmethod
    def issue(cls, user: User, at: datetime) -> str:
        """Make a link for ``user``; returns its secret, which is shown once."""
        secret = new_secret("tcs_link")
        cls.objects.create(user=user, fingerprint=fingerprint(secret), expires_at=at + LINK_LIFETIME)
        return secret

    @classmethod
    def redeem(cls, secret: str, at: datetime) -> User | None:
        """The person of an unused, unexpired link, which this use spends; None for any other.

        The conditional UPDATE lets one of two simultaneous uses win.
        """
        fresh = cls.objects.filter(
            fingerprint=fingerprint(secret), used_at=None, expires_at__gt=at, user__is_active=True
        )
        link: Self | None = fresh.select_related("user").first()
        if link is None or not fresh.update(used_at=at):
            return None
        return link.user


class Invitation(models.Model):
    """Lets whoever has its link become a person with this address and role, once, within a week."""

    email = models.EmailField()
    role = models.CharField(max_length=10, choices=_ROLES)
    fingerprint = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="invitations")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class Scope(StrEnum):
    """What a token may do; one that may write may not read for that."""

    READ_ALERTS = "alerts:read"
    WRITE_ALERTS = "alerts:write"
    READ_EVENTS = "events:read"
    READ_RULES = "rules:read"
    WRITE_RULES = "rules:write"
    READ_SETTINGS = "settings:read"
    WRITE_SETTINGS = "settings:write"


SCOPE_ACTIONS: Final[dict[Scope, Action]] = {
    Scope.READ_ALERTS: Action.SEE,
    Scope.WRITE_ALERTS: Action.TRIAGE,
    Scope.READ_EVENTS: Action.SEE,
    Scope.READ_RULES: Action.SEE,
    Scope.WRITE_RULES: Action.WRITE_RULES,
    Scope.READ_SETTINGS: Action.SEE,
    Scope.WRITE_SETTINGS: Action.MANAGE_SOURCES,
}
"""What the person of a token must be allowed to do themselves."""


class ApiToken(models.Model):
    """Lets its bearer act for one person, within some scopes, until it expires. Only its fingerprint is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    scopes = models.JSONField(default=list)
    fingerprint = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=16)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    @classmethod
    @transaction.atomic
    def issue(cls, user: User, name: str, scopes: list[str], at: datetime, lifetime: timedelta) -> str:
        """Make a token; returns its secret, which is shown once.

        Raises: ConfigError where it has no name or no scope, one that is none, or lives for over a year.
        """
        unknown = [scope for scope in scopes if scope not in list(Scope)]
        if unknown or not scopes:
            said = f"'{unknown[0]}' is not a scope" if unknown else "a token needs a scope"
            raise ConfigError(f"{said}; use {', '.join(Scope)}")
        if not name.strip() or not name.isprintable():
            raise ConfigError("a token is named with printable characters, so that its owner knows what it is for")
        if not timedelta() < lifetime <= MAX_LIFETIME:
            raise ConfigError(f"a token lives for 1 to {MAX_LIFETIME.days} days")
        secret = new_secret(API_TOKEN_PREFIX)
        made = cls.objects.create(
            user=user,
            name=name.strip()[:100],
            scopes=sorted(set(scopes)),
            fingerprint=fingerprint(secret),
            hint=secret[:12] + "…",
            expires_at=at + lifetime,
        )
        details = {"tocsin.token": made.hint, "tocsin.scopes": ", ".join(made.scopes)}
        record(Event.API_TOKEN_MADE, target=person(user), details=details)
        return secret

    @classmethod
    def find(cls, secret: str, at: datetime) -> Self | None:
        """The token with this secret that is neither revoked nor expired, and whose person is active."""
        good = cls.objects.filter(revoked_at=None, expires_at__gt=at, user__is_active=True)
        found = good.filter(fingerprint=fingerprint(secret)).select_related("user").first()
        if found and (found.used_at is None or at - found.used_at > _SEEN_EVERY):
            cls.objects.filter(pk=found.pk).update(used_at=at)
        return found

    @transaction.atomic
    def revoke(self, at: datetime) -> bool:
        """Take it back; False where that was done before."""
        if not ApiToken.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=at):
            return False
        record(Event.API_TOKEN_REVOKED, target=person(self.user), details={"tocsin.token": self.hint})
        return True

    def allows(self, scope: Scope) -> bool:
        """Whether it may do what ``scope`` names, and its person still may."""
        return scope in self.scopes and self.user.may(SCOPE_ACTIONS[scope])
