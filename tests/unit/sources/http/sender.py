"""An HTTP input over a real store, and a sender that speaks ASGI to it directly."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import orjson

from tocsin.sources.http import Grant, HttpInput, Limits, Writers
from tocsin.store.commit import GroupCommit
from tocsin.store.table import Store

TOKEN = "tcs_in_web"
GRANTS = {TOKEN: Grant("web", "json"), "tcs_in_auth": Grant("auth", "sshd"), "tcs_in_odd": Grant("odd", "klingon")}
GONE = None
SILENCE = object()


@dataclass(frozen=True)
class Reply:
    """What the sender was answered."""

    status: int
    headers: dict[str, str]
    content: dict[str, Any]


@dataclass
class Intake:
    """An HTTP input, its store, and who sends to it."""

    store: Store
    limits: Limits = field(default_factory=Limits)
    commit_interval_s: float = 0.01

    def __post_init__(self) -> None:
        self.input = HttpInput(self._authorize, Writers(self._open), self.limits)

    async def _authorize(self, secret: str) -> Grant | None:
        return GRANTS.get(secret)

    def _open(self, source: str) -> GroupCommit:
        return GroupCommit(self.store.table(source), interval_s=self.commit_interval_s, size_bytes=1 << 20)

    def post(self, *parts: bytes | object, **options: Any) -> Reply:
        """Send one request, its body in ``parts``; asserts that it is answered."""
        reply = self.send(*parts, **options)
        assert reply is not None, "no answer"
        return reply

    def send(self, *parts: bytes | object, **options: Any) -> Reply | None:
        """Send one request; GONE among the parts closes the connection, SILENCE sends nothing more."""
        return asyncio.run(self.exchange(parts, **options))

    async def exchange(
        self,
        parts: Iterable[bytes | object],
        *,
        path: str = "/ingest/web",
        method: str = "POST",
        token: str | None = TOKEN,
        **headers: str,
    ) -> Reply | None:
        """One request and its answer, None if there was nobody to answer."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if token is not None:
            given.setdefault("authorization", f"Bearer {token}")
        raw = [(name.encode(), value.encode()) for name, value in given.items()]
        queue = list(parts)
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            part = queue.pop(0) if queue else b""
            if part is SILENCE:
                await asyncio.sleep(3600)
            if part is GONE:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": part, "more_body": bool(queue)}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.input({"type": "http", "method": method, "path": path, "headers": raw}, receive, send)
        if not sent:
            return None
        start, body = sent
        names = {name.decode(): value.decode() for name, value in start["headers"]}
        return Reply(start["status"], names, orjson.loads(body["body"]))

    def rows(self, source: str = "web") -> list[dict[str, Any]]:
        """Every record that is durable."""
        commits = self.store.table(source).read(after_version=-1, fields=("user", "n"))
        return [row for commit in commits for row in commit.table.to_pylist()]
