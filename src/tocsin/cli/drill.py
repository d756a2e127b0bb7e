"""`tocsin drill`: play an incident through the real HTTP input, and say what must ring for it."""

import sys
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from tocsin.kernel.clock import now, parse_moment
from tocsin.kernel.errors import ConfigError

if TYPE_CHECKING:
    from tocsin.drill import Story, Summary

PRODUCT = "app"
"""The logsource of the rules in `rules/app`."""


def drill(
    seed: int = typer.Option(1, help="Which drill: the same seed and start give the same events."),
    speed: str = typer.Option("", help="Play at so many seconds of the story a second, such as 60x.", metavar="FACTOR"),
    at: Literal["once"] = typer.Option("once", help="Send everything at once, unless there is a --speed."),
    source: str = typer.Option("drill", help="The source to send to; numbered on if it has events already."),
    url: str = typer.Option("", help="Where Tocsin listens.", show_default="this machine's"),
    truth: Path | None = typer.Option(
        None, help="Where to write what really happened.", show_default="in the data folder"
    ),
    start: str = typer.Option("", help="When the story begins.", show_default="so that it ends now"),
    print_: bool = typer.Option(False, "--print", help="Write the events to the standard output; send nothing."),
) -> None:
    """Play a takeover of well-known accounts, from ordinary traffic to the coin scam, and see what rings."""
    factor = parse_speed(speed) if speed else None
    from tocsin.drill import expect_server, play, tell

    story = tell(seed, _begin(start))
    if print_:
        _print_events(story)
        if truth:
            write_truth(story, truth)
        return
    address = url or local_url()
    expect_server(address)
    name, token = open_source(source)
    from rich.console import Console

    from tocsin.conf.options import options

    path = write_truth(story, truth or options().local_dir / "drill-truth.json")
    console = Console(stderr=True)
    bar = console if console.is_terminal else None
    summary = play(story, address, token, name, speed=factor, console=bar)
    typer.echo(describe(summary, path, options().base_url))


def parse_speed(text: str) -> float:
    """Read ``60x``, ``60`` or ``0.5x``.

    Raises: ConfigError with the text and what is allowed.
    """
    try:
        factor = float(text.strip().removesuffix("x"))
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise ConfigError(f"'{text}' is not a speed; write a number above 0 and x, such as 60x")
    return factor


def open_source(wanted: str) -> tuple[str, str]:
    """The name of a source without events, made if there is none, and a new token for it.

    A story that is played again is in the past of the one before: in the same source it would be late.
    """
    from tocsin.cli.database import ready

    ready()
    from tocsin.apps.detect.models import Checkpoint
    from tocsin.apps.intake.models import IngestToken, SourceMinute
    from tocsin.apps.intake.sources import find_or_add_source

    names = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    for name in names:
        used = Checkpoint.objects.filter(source=name, events__gt=0), SourceMinute.objects.filter(source=name)
        if not any(each.exists() for each in used):
            break
    found = find_or_add_source(name, format="json", product=PRODUCT)
    return found.name, IngestToken.issue(found)


def local_url() -> str:
    """Where this machine's Tocsin listens; an address that means all of them is reached by the loopback."""
    from tocsin.conf.options import options

    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(options().host, options().host)
    return f"http://[{host}]:{options().port}" if ":" in host else f"http://{host}:{options().port}"


def write_truth(story: "Story", path: Path) -> Path:
    """Write the ground truth of ``story`` as JSON.

    Raises: ConfigError if ``path`` cannot be written.
    """
    import orjson

    from tocsin.drill.truth import truth

    try:
        path.write_bytes(orjson.dumps(truth(story), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    except OSError as error:
        raise ConfigError(
            f"the ground truth cannot be written to {path} ({error.strerror}); use --truth PATH"
        ) from error
    return path


def describe(summary: "Summary", truth_path: Path, console_url: str) -> str:
    """What was played, what must have rung for it, and where to look."""
    from tocsin.drill.expected import EXPECTED

    rate = summary.accepted / max(summary.took_s, 0.001)
    counts = (
        f"{summary.accepted:,} events to source '{summary.source}' in {summary.took_s:.1f} s ({rate:,.0f} a second)"
    )
    lines = [f"Played drill {summary.story.seed}: {counts}."]
    if summary.rejected:
        lines.append(f"{summary.rejected:,} events were rejected; the console says why: {console_url}")
    lines.append("Two phished employees took 45 well-known accounts apart. Now there must be:")
    for each in EXPECTED:
        lines.append(f"  {each.level:<8}  {each.alerts} × {each.title}")
        lines.append(f"  {'':<8}      {each.why}")
    lines.append(f"Look at them: {console_url}   or: tocsin alerts")
    lines.append(f"What really happened: {truth_path}")
    return "\n".join(lines)


def _begin(start: str) -> datetime:
    from tocsin.drill.story import start_before

    return parse_moment(start, relative_to=now()) if start else start_before(now())


def _print_events(story: "Story") -> None:
    import orjson

    for record in story.records():
        sys.stdout.buffer.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
