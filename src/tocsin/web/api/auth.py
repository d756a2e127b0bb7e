"""Who asks, and whether their token may."""

from typing import Final

from django.http import HttpRequest
from ninja.errors import HttpError
from ninja.security import HttpBearer

from tocsin.apps.accounts.models import ApiToken, Scope, User
from tocsin.kernel.clock import now

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
        if self._scope not in found.scopes:
            raise HttpError(FORBIDDEN, f"this token may not: it needs the scope '{self._scope}'")
        if not found.allows(self._scope):
            raise HttpError(FORBIDDEN, f"this token may not: '{self._scope}' is more than its {found.user.role} may do")
        request.user = found.user
        request.api_token = found  # type: ignore[attr-defined]
        return found.user


READ_ALERTS: Final = Bearer(Scope.READ_ALERTS)
WRITE_ALERTS: Final = Bearer(Scope.WRITE_ALERTS)
READ_EVENTS: Final = Bearer(Scope.READ_EVENTS)
READ_RULES: Final = Bearer(Scope.READ_RULES)
READ_SETTINGS: Final = Bearer(Scope.READ_SETTINGS)
WRITE_SETTINGS: Final = Bearer(Scope.WRITE_SETTINGS)


def person(request: HttpRequest) -> User:
    """Who asks: `Bearer` has let nobody else in."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
