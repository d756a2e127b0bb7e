"""Who acts in a request, for the audit events that are recorded in it; and when a session was last used."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Final

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from tocsin.apps.accounts.models import User
from tocsin.apps.audit.record import Actor, acting
from tocsin.kernel.clock import now, to_us

SEEN_EVERY: Final = timedelta(minutes=1)
_SEEN: Final = "tocsin_seen_us"
_MINUTE_US: Final = SEEN_EVERY // timedelta(microseconds=1)


class Acting:
    """Middleware: audit events of this request are its person's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer ``request``."""
        note_use(request)
        with acting(lambda: actor_of(request)):
            return self.get_response(request)


def actor_of(request: HttpRequest) -> Actor:
    """The person of ``request``, and from where."""
    fields = {"source.ip": client_ip(request), "user_agent.original": request.headers.get("User-Agent", "")}
    user = request.user
    if not isinstance(user, User):
        return Actor("nobody", fields)
    key = request.session.session_key or ""
    session = sha256(key.encode()).hexdigest()[:16] if key else ""
    who = {"user.id": str(user.pk), "user.email": user.email, "user.name": user.name, "user.roles": user.role}
    if token := getattr(request, "api_token", ""):
        return Actor("token", who | fields | {"tocsin.token": token})
    return Actor("person", who | fields | {"tocsin.session": session})


def client_ip(request: HttpRequest) -> str:
    """The address that asks, behind as many proxies as are trusted; empty where it is not known."""
    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return ""


def note_use(request: HttpRequest) -> None:
    """Once a minute: a session's newest use, for the page that lists them."""
    if not request.session.session_key or not isinstance(request.user, User):
        return
    at = now()
    minute = to_us(at) // _MINUTE_US
    if request.session.get(_SEEN) != minute:
        request.session[_SEEN] = minute
        UserSession.objects.filter(session_key=request.session.session_key).update(
            last_seen_at=at, ip=client_ip(request) or "0.0.0.0"
        )
