"""Reading a request's body as it arrives: refused at the first byte too many, or when no byte comes."""

import asyncio
from dataclasses import dataclass

from tocsin.kernel.limits import MAX_BODY_BYTES
from tocsin.sources.http.answers import Message, Receive, Refusal
from tocsin.sources.http.budget import Share
from tocsin.sources.http.decode import too_large


class SenderGoneError(Exception):
    """The sender closed the connection before its body was whole: there is nobody to answer."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a sender may cost.

    Attributes:
        body_bytes: a body as sent, and again after decompression.
        budget_bytes: all requests together that are not yet answered.
        idle_s: the longest wait for the next byte of a body.
        body_s: the longest wait for a whole body.
        parsers: bodies that are parsed at once, each in a thread.
    """

    body_bytes: int = MAX_BODY_BYTES
    budget_bytes: int = 128 * 1024 * 1024
    idle_s: float = 60.0
    body_s: float = 600.0
    parsers: int = 2


async def read_body(receive: Receive, headers: dict[bytes, bytes], limits: Limits, share: Share) -> bytes:
    """Read a whole body.

    Raises: Refusal, 413 above the limit (by Content-Length before the first byte), 408 if it stops
        coming, 503 if too much is held already; SenderGoneError.
    """
    if promised := _content_length(headers):
        _hold(promised, limits, share)
    body = bytearray()
    has_more = True
    deadline_at = asyncio.get_running_loop().time() + limits.body_s
    while has_more:
        message = await _next(receive, limits, deadline_at)
        if message["type"] == "http.disconnect":
            raise SenderGoneError
        part: bytes = message.get("body", b"")
        _hold(len(body) + len(part), limits, share)
        body += part
        has_more = message.get("more_body", False)
    return bytes(body)


async def _next(receive: Receive, limits: Limits, deadline_at: float) -> Message:
    left_s = deadline_at - asyncio.get_running_loop().time()
    try:
        async with asyncio.timeout(min(limits.idle_s, left_s)):
            return await receive()
    except TimeoutError:
        wait = (
            f"no byte came for {limits.idle_s:g} s"
            if left_s > limits.idle_s
            else f"it was not whole after {limits.body_s:g} s"
        )
        raise Refusal(
            408, f"the body stopped coming ({wait}); nothing of it was taken, send it again", connection="close"
        ) from None


def _content_length(headers: dict[bytes, bytes]) -> int:
    text = headers.get(b"content-length", b"0")
    if not text.isdigit():
        raise Refusal(400, f"Content-Length is {text[:50]!r}; it must be the body's length in bytes")
    return int(text[:20])


def _hold(size_bytes: int, limits: Limits, share: Share) -> None:
    if size_bytes > limits.body_bytes:
        raise too_large(limits.body_bytes, "as sent")
    share.grow_to(size_bytes)
