"""`tocsin follow`: a log file into the store, every line once."""

import fcntl
import hashlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from tocsin.kernel.errors import ConfigError

if TYPE_CHECKING:
    from tocsin.sources.files import Summary

PROGRESS_EVERY_S: Final = 2.0


def follow(
    path: Annotated[Path, typer.Argument(help="The log file; it may not be there yet.")],
    source: str = typer.Option(..., help="The source that its records belong to; made if there is none."),
    format: str = typer.Option("", help="How its lines are written; json for a new source."),
    once: bool = typer.Option(False, "--once", help="Read to the end and stop: an import."),
    from_start: bool = typer.Option(
        True, "--from-start/--from-end", help="Where to begin a file that was not followed before."
    ),
) -> None:
    """Follow a log file, through rotation and truncation; start it again and it goes on where it stopped."""
    from tocsin.cli.database import ready

    ready()
    from tocsin.apps.intake.sources import find_or_add_source
    from tocsin.conf.options import options
    from tocsin.formats import WHOLE_FILES, load_format
    from tocsin.sources.files import Follower
    from tocsin.store.table import Store

    if format in WHOLE_FILES:
        raise ConfigError(
            f"a file of the format '{format}' has no lines to follow; send it whole to /ingest/{source} "
            "(tocsin token create --help), or match it on the spot: tocsin scan"
        )
    found = find_or_add_source(source, format=format)
    parse = load_format(found.format).parse
    stop = threading.Event()
    with _alone(path, source, options().local_dir), _stopped_by_signals(stop):
        follower = Follower(
            path,
            Store(options().events_uri).table(source),
            parse,
            say=_say,
            stop=stop,
            on_commit=_progress_line(),
            is_from_start=from_start,
        )
        summary = follower.run(once=once)
    typer.echo(_closing_words(path, source, summary))


def _say(message: str) -> None:
    typer.echo(f"tocsin follow: {message}", err=True)


def _progress_line() -> Callable[["Summary"], None]:
    """Prints a line now and then if a person is looking."""
    last_at = 0.0

    def show(summary: "Summary") -> None:
        nonlocal last_at
        if sys.stderr.isatty() and time.monotonic() - last_at >= PROGRESS_EVERY_S:
            last_at = time.monotonic()
            _say(f"{summary.accepted + summary.rejected:,} records, {summary.offset:,} bytes into the file")

    return show


def _closing_words(path: Path, source: str, summary: "Summary") -> str:
    lines = [f"{path} -> {source}: {summary.accepted} accepted, {summary.rejected} rejected"]
    lines += [f"  {reason}" for reason in summary.reasons]
    if summary.rejected > len(summary.reasons):
        lines.append(f"  and {summary.rejected - len(summary.reasons)} more; the console shows them")
    return "\n".join(lines)


@contextmanager
def _alone(path: Path, source: str, folder: Path) -> Iterator[None]:
    """Two followers of one file into one source would store each line twice."""
    name = hashlib.sha256(f"{path.absolute()}\0{source}".encode()).hexdigest()[:16]
    descriptor = os.open(folder / f".follow-{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigError(
                f"{path} is followed into '{source}' by another process already; stop that one first"
            ) from error
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Ctrl-C and SIGTERM let the commit under way finish."""
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in previous:
        signal.signal(number, lambda *_: stop.set())
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
