"""Send a drill through the HTTP input, as any application would.

Algorithm:
1. Cut what is due of the timeline, in order of time, into a body of NDJSON: at once, everything is due; at
   a speed, what happened until now. If nothing is due yet, wait.
2. Send it. The answer 200 means that the events are durable. What fell due meanwhile is the next body, so
   that a slow answer makes bodies larger and the story no slower.
3. Where the server is out of reach or answers that it is busy, wait and send the same body again: the
   events carry their `_id`, so nothing is counted twice.
"""

import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

import httpx
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tocsin.drill.story import Story
from tocsin.kernel.errors import ConfigError, InputError

BATCH = 5_000
"""Events a body when all are sent at once: about 2.5 MB."""
TICK_S = 0.5
"""The shortest wait at a speed, so that bodies are not single events."""
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
    """A body of NDJSON, and how many events it holds."""

    body: bytes
    events: int


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
        for batch in batches(story, lambda: _due_s(began, speed), lambda until_s: _wait(until_s, speed)):
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


def batches(story: Story, due_s: Callable[[], float], wait: Callable[[float], None]) -> Iterator[Batch]:
    """The timeline of ``story``, cut into bodies in order of time, each made when it is asked for.

    Args:
        due_s: what is due now: everything until so many seconds after the start.
        wait: called with the seconds of the story until the next event, where nothing is due.
    """
    times = [each.at_s for each in story.happenings]
    records = story.records()
    sent = 0
    while sent < len(times):
        due = due_s()
        stop = min(bisect_right(times, due, lo=sent), sent + BATCH)
        if stop == sent:
            wait(times[sent] - due)
            continue
        lines = (orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE) for record in islice(records, stop - sent))
        yield Batch(b"".join(lines), stop - sent)
        sent = stop


def _due_s(began: float, speed: float | None) -> float:
    return float("inf") if speed is None else (time.monotonic() - began) * speed


def _wait(until_s: float, speed: float | None) -> None:
    if speed is not None:
        time.sleep(max(TICK_S, until_s / speed))


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
