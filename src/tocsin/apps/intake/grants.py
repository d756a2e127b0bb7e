"""Which source a token may send to: asked of the database, remembered for a few seconds."""

import time
from collections.abc import Callable
from typing import Final

from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections

from tocsin.apps.intake.models import TOKEN_PREFIX, IngestToken
from tocsin.kernel.ids import fingerprint
from tocsin.sources.http import Grant, Refusal

LIFETIME_S: Final = 5.0
"""How long an answer is believed: a revoked token is refused this much later at most."""

MAX_REMEMBERED: Final = 10_000
"""Answers kept at once; beyond it all are forgotten, so that guessing tokens costs no memory."""


class Grants:
    """The `Authorize` of the HTTP input, backed by `IngestToken`. For one event loop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._remembered: dict[str, tuple[float, Grant | None]] = {}

    async def __call__(self, secret: str) -> Grant | None:
        """What ``secret`` allows; None for one that is unknown or revoked.

        Raises: Refusal (503) if the database does not answer.
        """
        if not secret.startswith(TOKEN_PREFIX):
            return None
        key = fingerprint(secret)
        expires_at, grant = self._remembered.get(key, (0.0, None))
        if self._clock() < expires_at:
            return grant
        grant = await sync_to_async(_find, thread_sensitive=False)(secret)
        if len(self._remembered) >= MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[key] = (self._clock() + LIFETIME_S, grant)
        return grant


def _find(secret: str) -> Grant | None:
    close_old_connections()
    try:
        token = IngestToken.find(secret)
    except DatabaseError as error:
        raise Refusal(
            503, f"who may send cannot be looked up now ({error}); nothing was taken, send it again", retry_after="5"
        ) from error
    finally:
        close_old_connections()
    return Grant(token.source.name, token.source.format) if token else None
