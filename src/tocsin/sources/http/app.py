"""The HTTP input as an ASGI application: `POST /ingest/<source>`.

No framework stands before it: one that spools a whole body to disk cannot refuse it early.
"""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from tocsin.formats import load_format
from tocsin.kernel.clock import now
from tocsin.kernel.errors import InputError, StoreError, TocsinError
from tocsin.kernel.issues import RecordIssue
from tocsin.sources.http.answers import Answer, Receive, Refusal, Send, refused, taken
from tocsin.sources.http.body import Limits, SenderGoneError, read_body
from tocsin.sources.http.budget import Budget, Share
from tocsin.sources.http.decode import codec_of, decode
from tocsin.sources.http.writers import Writers
from tocsin.store.commit import StoreBusyError

_log = logging.getLogger(__name__)

PREFIX: Final = "/ingest/"
STORE_RETRY_S: Final = 5


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token allows: to send to one source, whose records are of one format."""

    source: str
    format: str


Authorize = Callable[[str], Awaitable[Grant | None]]
"""Token → what it allows; None for an unknown or revoked one."""


class HttpInput:
    """An ASGI application that takes records and answers when they are durable."""

    def __init__(self, authorize: Authorize, writers: Writers, limits: Limits | None = None) -> None:
        self._authorize = authorize
        self._writers = writers
        self._limits = limits or Limits()
        self._budget = Budget(self._limits.budget_bytes)
        self._parsers = ThreadPoolExecutor(self._limits.parsers, thread_name_prefix="parse")
        self._is_closed = False

    @property
    def held_bytes(self) -> int:
        """The bytes of requests that are not yet answered."""
        return self._budget.held_bytes

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer one request; whatever goes wrong with it is its own answer and no other's."""
        try:
            answer = await self._answer(scope, receive)
        except SenderGoneError:
            return
        except Refusal as refusal:
            answer = refused(refusal.status, str(refusal), refusal.headers)
        except InputError as error:
            answer = refused(error.status, str(error))
        except StoreBusyError as error:
            answer = _unstored(error, error.retry_after_s)
        except StoreError as error:
            _log.error("the store refused records: %s", error)
            answer = _unstored(error, STORE_RETRY_S)
        except TocsinError as error:
            _log.error("%s", error)
            answer = refused(500, str(error))
        except Exception:  # noqa: BLE001 - the outer edge: a defect here must not cost the connection
            _log.exception("a request to %s failed", scope.get("path"))
            answer = refused(500, "a defect in Tocsin; nothing of this body was acknowledged, its log names the cause")
        await answer.send(send)

    def close(self) -> None:
        """Finish parsing, commit what is queued, and take no more."""
        self._is_closed = True
        self._parsers.shutdown(wait=True)
        self._writers.close()

    async def _answer(self, scope: dict[str, Any], receive: Receive) -> Answer:
        headers = dict(scope["headers"])
        grant = await self._admit(scope, headers)
        codec = codec_of(headers.get(b"content-encoding", b"").decode("latin-1"))
        with Share(self._budget) as share:
            body = await read_body(receive, headers, self._limits, share)
            if not body:
                return taken(0, [])
            if self._is_closed:
                raise StoreError("the server is stopping; send it again")
            store = asyncio.get_running_loop().run_in_executor(self._parsers, self._store, grant, body, codec, share)
            del body
            records, issues, commit = await store
            if commit is not None:
                # Shielded: other requests are in the same commit, which outlives this one.
                await asyncio.shield(asyncio.wrap_future(commit))
            return taken(records, issues)

    async def _admit(self, scope: dict[str, Any], headers: dict[bytes, bytes]) -> Grant:
        source = _source_of(scope["path"])
        if scope["method"] != "POST":
            raise Refusal(405, f"{scope['method']} is not answered here; send records with POST", allow="POST")
        grant = await self._authorize(_bearer(headers))
        if grant is None:
            raise _unauthorized(
                "this token is not known or was revoked; make one with: tocsin token create --source NAME"
            )
        if grant.source != source:
            raise Refusal(403, f"this token sends to '{grant.source}' only; post to {PREFIX}{grant.source}")
        return grant

    def _store(
        self, grant: Grant, body: bytes, codec: str | None, share: Share
    ) -> tuple[int, Sequence[RecordIssue], Future[int] | None]:
        """Decompress, parse and queue one body; runs in a thread."""
        received_at = now()
        if codec is not None:
            body = decode(body, codec, limit_bytes=self._limits.body_bytes, hold=share.grow_to)
        table, issues = load_format(grant.format).parse(body, received_at=received_at)
        if not table.num_rows:
            return 0, issues, None
        return table.num_rows, issues, self._writers.submit(grant.source, table, len(body))


def _unstored(error: StoreError, retry_after_s: float) -> Answer:
    headers = {"retry-after": str(math.ceil(retry_after_s))}
    return refused(503, f"nothing of this body was acknowledged: {error}", headers)


def _source_of(path: str) -> str:
    source = path.removeprefix(PREFIX).removesuffix("/")
    if not path.startswith(PREFIX) or not source or "/" in source:
        raise Refusal(404, f"nothing is at '{path[:200]}'; post records to {PREFIX}SOURCE")
    return source


def _bearer(headers: dict[bytes, bytes]) -> str:
    scheme, _, token = headers.get(b"authorization", b"").decode("latin-1").strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _unauthorized("the request has no token; send the header 'Authorization: Bearer TOKEN'")
    return token.strip()


def _unauthorized(message: str) -> Refusal:
    return Refusal(401, message, www_authenticate='Bearer realm="tocsin"')
