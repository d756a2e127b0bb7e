"""Who asks, and whether their token may."""

from typing import Final

from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.security import HttpBearer

from tocsin.apps.accounts.models import SCOPE_ACTIONS, ApiToken, Scope, User
from tocsin.kernel.clock import now
from tocsin.web.access import current_user

FORBIDDEN: Final = 403


class Bearer(HttpBearer):
    """A token that has a scope; what it does, its person does."""

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> User | None:
        """The token's person, who is the request's from here on; None answers 401.

        Raises: HttpError 403 where the token has not the scope, or its person's role no longer allows it.
        """
        found = ApiToken.find(token, now())
        if found is None:
            return None
        if not found.allows(self._scope):
            needed = f"the scope '{self._scope}', and a person who may {SCOPE_ACTIONS[self._scope]}"
            raise HttpError(FORBIDDEN, f"this token may not: it needs {needed}")
        request.user, request.api_token = found.user, found.name  # type: ignore[attr-defined]
        return found.user


READ_ALERTS: Final = Bearer(Scope.READ_ALERTS)
WRITE_ALERTS: Final = Bearer(Scope.WRITE_ALERTS)
READ_EVENTS: Final = Bearer(Scope.READ_EVENTS)
READ_RULES: Final = Bearer(Scope.READ_RULES)
WRITE_RULES: Final = Bearer(Scope.WRITE_RULES)
READ_SETTINGS: Final = Bearer(Scope.READ_SETTINGS)
WRITE_SETTINGS: Final = Bearer(Scope.WRITE_SETTINGS)


def person(request: HttpRequest) -> User:
    """Who asks: `Bearer` has let nobody else in."""
    return current_user(request)
