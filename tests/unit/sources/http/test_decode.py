"""Compressed bodies: whole, in parts, cut off, damaged, and bombs."""

import gzip
import tracemalloc

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from tocsin.sources.http import Refusal
from tocsin.sources.http.decode import codec_of, decode

LIMIT = 1 << 20
COMPRESS = {"gzip": gzip.compress, "zstd": zstandard.compress}
PARTS = st.lists(st.binary(max_size=200), min_size=1, max_size=5)


def decoded(body: bytes, codec: str, limit_bytes: int = LIMIT) -> bytes:
    """The body, with nobody counting."""
    return decode(body, codec, limit_bytes=limit_bytes, hold=lambda _: None)


@pytest.mark.parametrize("codec", COMPRESS)
@given(parts=PARTS)
def test_every_member_and_frame_is_read(codec: str, parts: list[bytes]) -> None:
    """Bodies that were compressed apart and put together are read as one."""
    assert decoded(b"".join(COMPRESS[codec](part) for part in parts), codec) == b"".join(parts)


@pytest.mark.parametrize("codec", COMPRESS)
@given(data=st.binary(min_size=1, max_size=100), cut=st.integers(1, 1000))
def test_a_body_that_is_cut_off_is_refused(codec: str, data: bytes, cut: int) -> None:
    """400 wherever it was cut, in the second of two members too."""
    whole = COMPRESS[codec](data)
    with pytest.raises(Refusal, match="cut off or damaged") as caught:
        decoded(whole + whole[: -(1 + cut % (len(whole) - 1))], codec)
    assert caught.value.status == 400


@pytest.mark.parametrize("codec", COMPRESS)
@pytest.mark.parametrize("body", [b"no such thing", b'{"user":"ann"}'])
def test_a_body_that_is_not_compressed_is_refused(codec: str, body: bytes) -> None:
    """400 for a body that only says it is."""
    with pytest.raises(Refusal, match="cut off or damaged"):
        decoded(body, codec)


@pytest.mark.parametrize("codec", COMPRESS)
def test_a_bomb_is_refused_without_being_held(codec: str) -> None:
    """413 for a gigabyte in a few kilobytes; what Python holds stays near the limit."""
    bomb = COMPRESS[codec](bytes(64 * LIMIT)) * 16
    tracemalloc.start()
    with pytest.raises(Refusal, match="larger than 1048576 bytes after decompression") as caught:
        decoded(bomb, codec)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.status == 413
    assert peak < 4 * LIMIT


@pytest.mark.parametrize("codec", COMPRESS)
def test_a_body_of_exactly_the_limit_is_decoded(codec: str) -> None:
    """One byte more is too many."""
    assert len(decoded(COMPRESS[codec](bytes(LIMIT)), codec)) == LIMIT
    with pytest.raises(Refusal):
        decoded(COMPRESS[codec](bytes(LIMIT + 1)), codec)


def test_what_is_held_is_told_before_it_grows() -> None:
    """Whoever counts may refuse half-way."""
    told: list[int] = []
    decode(gzip.compress(bytes(LIMIT)), "gzip", limit_bytes=LIMIT, hold=told.append)
    assert told == sorted(told)
    assert told[-1] == LIMIT


@pytest.mark.parametrize(
    ("header", "codec"),
    [("", None), ("identity", None), ("GZIP", "gzip"), (" x-gzip", "gzip"), ("zstd", "zstd")],
)
def test_an_encoding_is_known_by_its_name(header: str, codec: str | None) -> None:
    """Without regard to case."""
    assert codec_of(header) == codec


@pytest.mark.parametrize("header", ["br", "gzip, zstd", "deflate"])
def test_other_encodings_are_refused(header: str) -> None:
    """415 with the names of those that are read."""
    with pytest.raises(Refusal, match="use gzip, zstd or identity") as caught:
        codec_of(header)
    assert caught.value.status == 415
