"""Inviting people, and changing what they may do."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from tocsin.apps.accounts.links import check_email
from tocsin.apps.accounts.models import INVITATION_LIFETIME, Invitation, User
from tocsin.apps.accounts.roles import Role
from tocsin.apps.audit.events import Event
from tocsin.apps.audit.record import person, record
from tocsin.kernel.clock import now
from tocsin.kernel.errors import ConfigError
from tocsin.kernel.ids import fingerprint, new_secret

JOIN_PATH = "/join/"


@transaction.atomic
def invite(email: str, role: Role, by: User) -> str:
    """Invite somebody; a new invitation replaces an open one to the same address.

    Returns: the path of the link, `/join/<secret>`; it is shown once.
    Raises: ConfigError if ``email`` is not an address, or the person is here already.
    """
    check_email(email)
    if User.objects.find(email):
        raise ConfigError(f"{email} is here already; change the role in the list below")
    open_invitations(now()).filter(email__iexact=email).update(revoked_at=now())
    secret = new_secret("tcs_join")
    Invitation.objects.create(
        email=User.objects.normalize_email(email),
        role=role.value,
        fingerprint=fingerprint(secret),
        invited_by=by,
        expires_at=now() + INVITATION_LIFETIME,
    )
    record(Event.INVITATION_MADE, target={"email": email, "roles": role.value})
    return JOIN_PATH + secret


def open_invitations(at: datetime) -> QuerySet[Invitation]:
    """Invitations that can still be accepted."""
    return Invitation.objects.filter(accepted_at=None, revoked_at=None, expires_at__gt=at)


def find_invitation(secret: str) -> Invitation | None:
    """The invitation of this link, if it can still be accepted."""
    return open_invitations(now()).filter(fingerprint=fingerprint(secret)).select_related("invited_by").first()


@transaction.atomic
def accept(secret: str, name: str) -> User | None:
    """Make the invited person; None where the invitation cannot be accepted (any more)."""
    at = now()
    found = open_invitations(at).filter(fingerprint=fingerprint(secret))
    invitation = found.first()
    if invitation is None or User.objects.find(invitation.email) or not found.update(accepted_at=at):
        return None
    user = User(email=invitation.email, name=name.strip(), role=invitation.role)
    user.set_unusable_password()
    user.save()
    record(Event.INVITATION_ACCEPTED, target=person(user))
    return user


@transaction.atomic
def revoke_invitation(invitation_id: int) -> bool:
    """Take an invitation back; False where there is nothing to take back."""
    open_one = open_invitations(now()).filter(pk=invitation_id)
    email = open_one.values_list("email", flat=True).first()
    if email is None or not open_one.update(revoked_at=now()):
        return False
    record(Event.INVITATION_REVOKED, target={"email": email})
    return True


@transaction.atomic
def change_role(user_id: int, role: Role, *, seen: str) -> User:
    """Give somebody another role, if it is still the one that was seen.

    Raises: ConfigError if the person has another role by now, or is the last owner.
    """
    user = _locked(user_id)
    if user.role != seen:
        raise ConfigError(f"{user} was made {user.role} in the meantime; nothing was changed")
    if user.role == Role.OWNER and role is not Role.OWNER:
        _keep_an_owner(user)
    before, user.role = user.role, role.value
    user.save(update_fields=["role"])
    record(Event.ROLE_CHANGED, target=person(user), details={"tocsin.role_before": before})
    return user


@transaction.atomic
def switch(user_id: int, *, is_active: bool) -> User:
    """Let somebody in no more, or again. Who may not sign in loses the sessions at once.

    Raises: ConfigError for the last owner.
    """
    from allauth.usersessions.models import UserSession

    user = _locked(user_id)
    if user.is_active == is_active:
        return user
    if not is_active:
        _keep_an_owner(user)
        for session in UserSession.objects.filter(user=user):
            session.end()
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    record(Event.PERSON_ENABLED if is_active else Event.PERSON_DISABLED, target=person(user))
    return user


def _locked(user_id: int) -> User:
    """The person, held until the transaction ends: two owners must not each remove the other."""
    list(User.objects.select_for_update().filter(role=Role.OWNER))
    user = User.objects.select_for_update().filter(pk=user_id).first()
    if user is None:
        raise ConfigError("there is no such person any more; nothing was changed")
    return user


def _keep_an_owner(user: User) -> None:
    others = User.objects.filter(role=Role.OWNER, is_active=True).exclude(pk=user.pk)
    if user.role == Role.OWNER and not others.exists():
        raise ConfigError(f"{user} is the last owner; make somebody else owner first")
