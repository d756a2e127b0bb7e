"""A program with a token of the owner's."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from tocsin.apps.accounts.models import ApiToken, Scope, User
from tocsin.kernel.clock import now

Call = Callable[..., HttpResponse]


def make_call(user: User, *scopes: str) -> Call:
    """Asks the API with a token of ``user``'s; without scopes with all of them."""
    secret = ApiToken.issue(user, "test", list(scopes or Scope), now(), timedelta(days=1))
    client = Client(headers={"authorization": f"Bearer {secret}"})

    def call(method: str, address: str, body: Any = None, **headers: str) -> HttpResponse:
        send = getattr(client, method)
        extra = {} if body is None else {"data": body, "content_type": "application/json"}
        return send(f"/api/v1{address}", headers=headers, **extra)

    return call


@pytest.fixture
def call(owner: User) -> Call:
    """The owner's program, which may do everything."""
    return make_call(owner)
