"""Send a drill through the HTTP input, as any application would.

Algorithm:
1. Cut the timeline into bodies of NDJSON: at once, thousands of events each; at a speed, what falls due
   within each half second.
2. Send them one after the other, in order of time, each when it is due. The answer 200 means that the
   events are durable.
3. Where the server is out of reach or answers that it is busy, wait and send the same body again: the
   events carry their `_id`, so nothing is counted twice.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import httpx
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tocsin.drill.story import Story
from tocsin.kernel.errors import ConfigError, InputError

BATCH = 5_000
"""Events a body when all are sent at once: about 2.5 MB."""
TICK_S = 0.5
PATIENCE_S = 60.0
"""How long one body is tried before the drill gives up."""
_BUSY = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class Summary:
    """What was played.

    Attributes:
        accepted: events that the server says it keeps.
        rejected: events that the server could not read; 0 unless something is wrong.
        took_s: seconds of the clock on the wall.
    """

    story: Story
    source: str
    url: str
    accepted: int
    rejected: int
    took_s: float


@dataclass(frozen=True, slots=True)
class Batch:
    """A body of NDJSON, how many events it holds, and when its last one happened (seconds after the start)."""

    body: bytes
    events: int
    at_s: float


@dataclass(frozen=True, slots=True)
class _Receiver:
    """Where to send, and how."""

    client: httpx.Client
    address: str
    token: str
    patience_s: float


def play(
    story: Story,
    url: str,
    token: str,
    source: str,
    *,
    speed: float | None = None,
    patience_s: float = PATIENCE_S,
    console: Console | None = None,
) -> Summary:
    """Send all of ``story`` to ``source`` at ``url``.

    Args:
        speed: seconds of the story a second; None sends everything at once. Event times are the same.
        patience_s: how long to try again where the server is out of reach or busy.
        console: where to draw a progress bar; None draws none.

    Raises: ConfigError if the server is not there; InputError if it refuses what it is sent.
    """
    began = time.monotonic()
    accepted = rejected = 0
    with httpx.Client(timeout=60.0) as client, _progress(console) as bar:
        receiver = _Receiver(client, f"{url.rstrip('/')}/ingest/{source}", token, patience_s)
        task = bar.add_task("playing the drill", total=len(story.happenings))
        for batch in batches(story, speed):
            _wait_until(began, batch.at_s, speed)
            counts = _send(receiver, batch)
            accepted, rejected = accepted + counts[0], rejected + counts[1]
            bar.advance(task, batch.events)
    return Summary(story, source, url.rstrip("/"), accepted, rejected, time.monotonic() - began)


def expect_server(url: str) -> None:
    """Raise ConfigError unless a server answers at ``url``."""
    try:
        answer = httpx.get(f"{url.rstrip('/')}/healthz", timeout=10.0)
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise _absent(url, error) from error
    if answer.status_code != 200:
        raise ConfigError(f"{url}/healthz answered {answer.status_code}, not 200; name Tocsin's address with --url")


def batches(story: Story, speed: float | None) -> Iterator[Batch]:
    """The timeline of ``story``, cut into bodies in order of time."""
    timed = zip(story.records(), (each.at_s for each in story.happenings), strict=True)
    if speed is None:
        while chunk := list(islice(timed, BATCH)):
            yield _batch(chunk)
        return
    waiting: list[tuple[dict[str, Any], float]] = []
    for record, at_s in timed:
        if waiting and at_s // (TICK_S * speed) > waiting[0][1] // (TICK_S * speed):
            yield _batch(waiting)
            waiting = []
        waiting.append((record, at_s))
    if waiting:
        yield _batch(waiting)


def _batch(timed: list[tuple[dict[str, Any], float]]) -> Batch:
    body = b"".join(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record, _ in timed)
    return Batch(body, len(timed), timed[-1][1])


def _wait_until(began: float, at_s: float, speed: float | None) -> None:
    if speed is not None:
        time.sleep(max(0.0, began + at_s / speed - time.monotonic()))


def _send(receiver: _Receiver, batch: Batch) -> tuple[int, int]:
    """Send one body until it is taken; returns how many events were accepted and rejected."""
    answer = _retry(lambda: _post(receiver, batch.body), receiver)
    if answer.status_code != 200:
        said = answer.text.strip()[:300]
        raise InputError(f"{receiver.address} answered {answer.status_code}: {said}", status=answer.status_code)
    counts = answer.json()
    return int(counts["accepted"]), int(counts["rejected"])


def _post(receiver: _Receiver, body: bytes) -> httpx.Response:
    headers = {"Authorization": f"Bearer {receiver.token}", "Content-Type": "application/x-ndjson"}
    return receiver.client.post(receiver.address, content=body, headers=headers)


def _retry(attempt: Callable[[], httpx.Response], receiver: _Receiver) -> httpx.Response:
    """Try until there is an answer that another try would not better, or patience ends."""
    deadline = time.monotonic() + receiver.patience_s
    pause_s = 0.1
    while True:
        failure: httpx.TransportError | None = None
        try:
            answer = attempt()
            if answer.status_code not in _BUSY:
                return answer
        except httpx.TransportError as error:
            failure = error
        if time.monotonic() + pause_s > deadline:
            break
        time.sleep(pause_s)
        pause_s = min(pause_s * 2, 2.0)
    if failure is None:
        return answer
    raise _absent(receiver.address, failure) from failure


def _absent(address: str, failure: Exception) -> ConfigError:
    return ConfigError(f"no server answers at {address} ({failure}); start it with tocsin serve, or name it with --url")


def _progress(console: Console | None) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    quiet = Console(quiet=True)
    return Progress(*columns, console=console or quiet, disable=console is None, transient=True)
