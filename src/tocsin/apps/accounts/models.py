"""People, the links that sign them in, and the invitations that bring them here."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from tocsin.apps.accounts.roles import Action, Role, may
from tocsin.kernel.ids import fingerprint, new_secret

LINK_LIFETIME = timedelta(hours=1)
INVITATION_LIFETIME = timedelta(days=7)

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
