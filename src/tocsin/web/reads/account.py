"""A person's own account: passkeys, recovery codes, sessions."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession

from tocsin.apps.accounts.models import User
from tocsin.web.keys import passkeys

MAX_SESSIONS: Final = 100
_BROWSERS: Final = (
    ("Firefox", "Firefox"),
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey."""

    pk: int
    name: str
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """One session, and whether it is the one that asks."""

    pk: int
    ip: str
    browser: str
    created_at: datetime
    last_seen_at: datetime
    is_this: bool


@dataclass(frozen=True, slots=True)
class AccountPage:
    """What the page shows. `codes`: recovery codes that are left; None where none were made."""

    passkeys: tuple[Passkey, ...]
    codes: int | None
    sessions: tuple[Session, ...]
    accounts: tuple[SocialAccount, ...]


def read_account(user: User, session_key: str) -> AccountPage:
    """Read the account of ``user``, who asks from the session ``session_key``."""
    sessions = UserSession.objects.filter(user=user).order_by("-last_seen_at")[:MAX_SESSIONS]
    alive = [each for each in sessions if not each.purge()]
    return AccountPage(
        passkeys=tuple(Passkey(each.pk, str(each), each.created_at, each.last_used_at) for each in passkeys(user)),
        codes=_codes(user),
        sessions=tuple(_session(each, session_key) for each in alive),
        accounts=tuple(SocialAccount.objects.filter(user=user)),
    )


def find_session(user: User, session_id: int) -> UserSession | None:
    """The session with this id, if it is the person's own."""
    found: UserSession | None = UserSession.objects.filter(user=user, pk=session_id).select_related("user").first()
    return found


def browser_of(agent: str) -> str:
    """A browser's name and system, from what it says of itself: `Firefox on Linux`."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), agent[:60] or "unknown browser")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    return f"{browser} on {system}" if system else browser


def _codes(user: User) -> int | None:
    kept = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(kept.wrap().get_unused_codes()) if kept else None


def _session(kept: UserSession, session_key: str) -> Session:
    return Session(
        kept.pk,
        kept.ip,
        browser_of(kept.user_agent),
        kept.created_at,
        kept.last_seen_at,
        kept.session_key == session_key,
    )
