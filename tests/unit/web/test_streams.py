"""Long answers in pieces."""

import asyncio

import pytest
from django.core.handlers.asgi import ASGIRequest
from django.test import RequestFactory

from tocsin.web.streams import stream

SCOPE = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}


def pieces(made):
    """Three pieces; says when each is made."""
    for number in range(3):
        made.append(number)
        yield b"%d" % number


def test_under_asgi_a_piece_is_made_when_the_one_before_it_has_left():
    """Nobody gathers them, so memory is that of two."""
    made: list[int] = []
    answer = stream(ASGIRequest(SCOPE, None), pieces(made), content_type="text/plain", filename="x")

    async def read() -> list[tuple[bytes, int]]:
        return [(piece, len(made)) async for piece in answer]

    assert asyncio.run(read()) == [(b"0", 1), (b"1", 2), (b"2", 3)]


def test_elsewhere_it_is_a_plain_answer():
    """As a file, which no browser takes for something else."""
    answer = stream(RequestFactory().get("/"), pieces([]), content_type="text/csv", filename="x.csv")
    assert b"".join(answer.streaming_content) == b"012"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_an_error_before_the_first_piece_is_raised_at_once():
    """So that it can be answered as one."""

    def broken():
        raise ValueError("no")
        yield b""

    with pytest.raises(ValueError, match="no"):
        stream(RequestFactory().get("/"), broken(), content_type="text/plain", filename="x")
