"""People: who is here, as what, with which keys, and who is invited."""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db.models import Count, Max

from tocsin.apps.accounts.models import Invitation, User
from tocsin.apps.accounts.people import open_invitations
from tocsin.kernel.clock import now


@dataclass(frozen=True, slots=True)
class PersonRow:
    """One person, how many passkeys there are, and when the person was last here."""

    user: User
    passkeys: int
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """What the page shows: people by name, those switched off last, and open invitations."""

    rows: tuple[PersonRow, ...]
    invitations: tuple[Invitation, ...]


def read_people() -> PeoplePage:
    """Read the page. Cost: four queries."""
    users = User.objects.order_by("-is_active", "name", "email")
    keys = Authenticator.objects.filter(type=Authenticator.Type.WEBAUTHN).values_list("user").annotate(Count("pk"))
    seen = dict(UserSession.objects.values_list("user").annotate(Max("last_seen_at")).order_by())
    counts = dict(keys.order_by())
    rows = (PersonRow(each, counts.get(each.pk, 0), seen.get(each.pk) or each.last_login) for each in users)
    waiting = open_invitations(now()).select_related("invited_by").order_by("-created_at")
    return PeoplePage(tuple(rows), tuple(waiting))
