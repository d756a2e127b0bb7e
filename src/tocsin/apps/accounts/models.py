"""People. They sign in by a one-time link; passkeys stand beside it later."""

from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from tocsin.kernel.ids import fingerprint, new_secret

LINK_LIFETIME = timedelta(hours=1)


class Users(BaseUserManager["User"]):
    """Finds people by their address, without case."""

    def get_or_add(self, email: str) -> "User":
        """The person with this address, made if there is none."""
        found = self.filter(email__iexact=email).first()
        return found or self.create(email=self.normalize_email(email))


class User(AbstractBaseUser):
    """A person; there are no passwords."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[Users] = Users()
    USERNAME_FIELD = "email"

    def __str__(self) -> str:
        return self.name or self.email


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
