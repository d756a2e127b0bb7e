"""A long answer in pieces: the next one is made when the one before it has left."""

from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse


def stream(request: HttpRequest, pieces: Iterator[bytes], *, content_type: str, filename: str) -> StreamingHttpResponse:
    """Answer with ``pieces``, as a file called ``filename``.

    The first piece is made before anything is sent, so that its error is an answer.
    Memory: two pieces; Django would gather all of a plain iterator under ASGI.
    """
    first = next(pieces, b"")
    content = _one_by_one(first, pieces) if isinstance(request, ASGIRequest) else _chained(first, pieces)
    return StreamingHttpResponse(
        content,
        content_type=content_type,
        headers={
            "Content-Disposition": f'attachment; filename="{filename}"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def _chained(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces


async def _one_by_one(first: bytes, pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    take = sync_to_async(lambda: next(pieces, None), thread_sensitive=False)
    while (piece := await take()) is not None:
        yield piece
