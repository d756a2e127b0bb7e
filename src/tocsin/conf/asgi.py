"""The ASGI application: `/ingest/` goes to the HTTP input, everything else to Django."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from tocsin.conf import setup_django
from tocsin.conf.options import options
from tocsin.sources.http import HttpInput, Writer, Writers
from tocsin.sources.http.answers import Receive, Send
from tocsin.sources.http.app import PREFIX
from tocsin.store.commit import GroupCommit
from tocsin.store.table import Store

App = Callable[[dict[str, Any], Receive, Send], Awaitable[None]]


class Router:
    """Routes requests by path, and stops the HTTP input with the server."""

    def __init__(self, intake: HttpInput, console: App) -> None:
        self._intake = intake
        self._console = console

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request, or follow the server's life."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await self._intake(scope, receive, send)
        else:
            await self._console(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.to_thread(self._intake.close)
        await send({"type": "lifespan.shutdown.complete"})


def make_application() -> Router:
    """The application of this process's settings. Opens no table and no database yet."""
    setup_django()
    from django.core.asgi import get_asgi_application

    from tocsin.apps.intake.grants import Grants

    store = Store(options().events_uri)

    def open_writer(source: str) -> Writer:
        chosen = options()
        writer: Writer = GroupCommit(
            store.table(source), interval_s=chosen.commit_interval_s, size_bytes=chosen.commit_size_bytes
        )
        return writer

    return Router(HttpInput(Grants(), Writers(open_writer)), get_asgi_application())


application = make_application()
