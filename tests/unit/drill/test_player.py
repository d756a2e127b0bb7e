"""Sending a drill over real HTTP."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tocsin.drill.player import batches, expect_server, play
from tocsin.drill.story import Story, tell
from tocsin.kernel.errors import ConfigError, InputError

STORY = tell(5, datetime(2026, 1, 1, tzinfo=UTC))
SHORT = Story(STORY.seed, STORY.start, STORY.happenings[:300])


class Receiver(ThreadingHTTPServer):
    """Keeps what it is sent; answers with ``answers`` first, then 200."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[int] = []
        self.bodies: list[bytes] = []
        self.paths: list[str] = []
        self.tokens: set[str] = set()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    """One request to a `Receiver`."""

    server: Receiver

    def do_GET(self) -> None:
        """Answer a probe."""
        self._answer(200 if self.path == "/healthz" else 404, b"ok\n")

    def do_POST(self) -> None:
        """Take a body, or refuse it."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.append(body)
        self.server.paths.append(self.path)
        self.server.tokens.add(self.headers["Authorization"])
        status = self.server.answers.pop(0) if self.server.answers else 200
        self._answer(status, json.dumps({"accepted": body.count(b"\n"), "rejected": 0}).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """An HTTP server on the loopback."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def sent_ids(receiver: Receiver) -> list[str]:
    """The `_id` of every event of every body, in order."""
    return [json.loads(line)["_id"] for body in receiver.bodies for line in body.splitlines()]


def test_at_once_every_event_is_sent_once_and_in_order(receiver: Receiver) -> None:
    """The whole story, to the source's address, with the token."""
    summary = play(STORY, receiver.url, "tcs_in_x", "drill")
    assert sent_ids(receiver) == [STORY.event_id(n) for n in range(len(STORY.happenings))]
    assert set(receiver.paths) == {"/ingest/drill"}
    assert receiver.tokens == {"Bearer tcs_in_x"}
    assert (summary.accepted, summary.rejected) == (len(STORY.happenings), 0)


def test_a_busy_server_gets_the_same_body_again(receiver: Receiver) -> None:
    """The events keep their ids, so that nothing can be counted twice."""
    receiver.answers = [503, 429]
    summary = play(SHORT, receiver.url, "t", "drill")
    assert len(receiver.bodies) == 3
    assert len(set(receiver.bodies)) == 1
    assert summary.accepted == 300


def test_a_refusal_is_told_with_its_status_and_not_tried_again(receiver: Receiver) -> None:
    """A token that is wrong stays wrong."""
    receiver.answers = [401]
    with pytest.raises(InputError, match="/ingest/drill answered 401"):
        play(SHORT, receiver.url, "t", "drill")
    assert len(receiver.bodies) == 1


def test_a_server_that_stays_busy_is_told_after_patience(receiver: Receiver) -> None:
    """Nobody waits for ever."""
    receiver.answers = [503] * 50
    with pytest.raises(InputError, match="answered 503"):
        play(SHORT, receiver.url, "t", "drill", patience_s=0.3)


def test_no_server_is_told_with_what_to_do() -> None:
    """The address is free: nothing listens there any more."""
    with Receiver() as gone:
        url = gone.url
    with pytest.raises(ConfigError, match="start it with tocsin serve"):
        play(SHORT, url, "t", "drill", patience_s=0.2)
    with pytest.raises(ConfigError, match="start it with tocsin serve"):
        expect_server(url)


def test_a_server_is_expected_to_say_that_it_serves(receiver: Receiver) -> None:
    """Something else on that port is not Tocsin."""
    expect_server(receiver.url)
    with pytest.raises(ConfigError, match="answered 404"):
        expect_server(receiver.url + "/elsewhere")


def test_a_speed_paces_the_sending_and_leaves_the_times(receiver: Receiver) -> None:
    """300 events of a minute or two at 600 times the speed take that many 600ths, and are what they were."""
    span_s = SHORT.happenings[-1].at_s
    summary = play(SHORT, receiver.url, "t", "drill", speed=span_s)
    assert summary.took_s >= 1.0
    assert len(receiver.bodies) > 1
    assert sent_ids(receiver) == [SHORT.event_id(n) for n in range(300)]
    first = json.loads(receiver.bodies[0].splitlines()[0])
    assert datetime.fromisoformat(first["time"]) - SHORT.moment(0) < timedelta(milliseconds=1)


def test_what_is_not_due_is_not_sent() -> None:
    """Each body ends at the moment it was asked for; where nothing is due, the wait is until the next event."""
    clock = [0.0]
    waits = []

    def wait(until_s: float) -> None:
        waits.append(until_s)
        clock[0] += until_s + 60

    ends = []
    sent = 0
    for batch in batches(STORY, lambda: clock[0], wait):
        sent += batch.events
        assert STORY.happenings[sent - 1].at_s <= clock[0]
        assert sent == len(STORY.happenings) or STORY.happenings[sent].at_s > clock[0]
        ends.append(clock[0])
    assert sent == len(STORY.happenings)
    assert len(set(ends)) == len(ends) == len(waits)


def test_what_falls_due_during_a_slow_answer_is_one_body() -> None:
    """A slow server makes bodies larger, not the story longer."""
    clock = iter([0.5, 10_000.0, 10_800.0])
    sizes = [batch.events for batch in batches(SHORT, lambda: next(clock), lambda _: None)]
    early = sum(each.at_s <= 0.5 for each in SHORT.happenings)
    assert sizes == [size for size in (early, len(SHORT.happenings) - early) if size]
