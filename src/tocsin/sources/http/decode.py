"""Bodies as they were before their Content-Encoding, never more than a limit of them."""

from collections.abc import Callable
from typing import Final

import pyarrow as pa

from tocsin.sources.http.answers import Refusal

_STEP_BYTES: Final = 256 * 1024
ENCODINGS: Final = {"gzip": "gzip", "x-gzip": "gzip", "zstd": "zstd"}
"""Content-Encoding → Arrow's name of the codec. `identity` needs none."""


def codec_of(content_encoding: str) -> str | None:
    """The codec of a Content-Encoding header; None for a body that is sent as it is.

    Raises: Refusal (415) naming the encodings there are.
    """
    name = content_encoding.strip().lower()
    if name in ("", "identity"):
        return None
    if name not in ENCODINGS:
        raise Refusal(
            415,
            f"Content-Encoding '{content_encoding[:100]}' is not read here; use gzip, zstd or identity",
            accept_encoding="gzip, zstd, identity",
        )
    return ENCODINGS[name]


def decode(body: bytes, codec: str, *, limit_bytes: int, hold: Callable[[int], None]) -> bytes:
    """Decompress ``body``: every member of a gzip file, every frame of a zstd file, one after another.

    ``hold`` is told the bytes held so far, before more are made, and may refuse them by raising.
    Cost: at most ``limit_bytes`` and one step are ever held, whatever the body promises.
    Raises: Refusal, 413 above ``limit_bytes``, 400 if the body is cut off or damaged.
    """
    out = bytearray()
    with pa.CompressedInputStream(pa.BufferReader(body), codec) as stream:
        while step := _read(stream, codec):
            if len(out) + len(step) > limit_bytes:
                raise too_large(limit_bytes, "after decompression")
            hold(len(out) + len(step))
            out += step
    return bytes(out)


def too_large(limit_bytes: int, when: str) -> Refusal:
    """The refusal of a body above the limit."""
    return Refusal(
        413, f"the body is larger than {limit_bytes} bytes {when}; nothing of it was taken, send it in smaller parts"
    )


def _read(stream: pa.CompressedInputStream, codec: str) -> bytes:
    try:
        step: bytes = stream.read(_STEP_BYTES)
    except OSError as error:
        raise Refusal(
            400,
            f"the {codec} body is cut off or damaged ({error}); nothing of it was taken, compress it and send it again",
        ) from error
    return step
