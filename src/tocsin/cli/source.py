"""`tocsin source`: what comes in, how late it may come, and how long it may be silent."""

from typing import TYPE_CHECKING, Annotated

import typer

from tocsin.kernel.clock import parse_duration

if TYPE_CHECKING:
    from tocsin.apps.intake.models import Source

app = typer.Typer(no_args_is_help=True, help="Sources: list them, and set what is normal for each.")

Silence = Annotated[
    str,
    typer.Option(help="Ring when it is silent for this long, such as 15m; 'off' for never, 'auto' by its own rhythm."),
]
Lateness = Annotated[str, typer.Option(help="How late its events may come, such as 1h; 'default' as the settings say.")]


@app.command("list")
def list_sources() -> None:
    """List the sources: how late their events may come, how long they may be silent, and which are silent now."""
    from tocsin.cli.database import ready

    ready()
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from tocsin.web.reads.sources import read_sources

    rows = read_sources()
    if not rows:
        typer.echo("There is no source yet; make one with: tocsin token create --source NAME")
        return
    table = Table("name", "format", "events", "last", "late in a day", "lateness", "silent after", "", box=None)
    for row in rows:
        last = f"{row.last_at:%Y-%m-%d %H:%M}" if row.last_at else "never"
        said = row.settings
        cells = (
            row.name,
            said.format if said else "",
            f"{row.total:,}",
            last,
            f"{row.late:,}",
            _lateness(said),
            _silence(said),
        )
        table.add_row(*map(Text, cells), Text("silent" if row.is_silent else ""))
    Console().print(table)


@app.command("set")
def set_source(
    name: Annotated[str, typer.Argument(help="The source.")],
    silent_after: Silence = "",
    lateness: Lateness = "",
) -> None:
    """Set how long a source may be silent, and how late its events may come. The detector takes it up in a second."""
    from tocsin.cli.database import ready

    ready()
    from django.db import transaction

    from tocsin.apps.intake.models import Source
    from tocsin.apps.intake.sources import set_lateness, set_silence

    if not (silent_after or lateness):
        raise typer.BadParameter("say what to set: --silent-after, --lateness")
    silence_s = _seconds(silent_after, {"auto": None, "off": 0})
    lateness_s = _seconds(lateness, {"default": None})
    with transaction.atomic():
        if silent_after:
            set_silence(name, silence_s)
        if lateness:
            set_lateness(name, lateness_s)
    source = Source.objects.get(name=name)
    typer.echo(f"{name}: silent after {_silence(source)}, lateness {_lateness(source)}")


def _seconds(text: str, words: dict[str, int | None]) -> int | None:
    return words[text] if text in words else int(parse_duration(text).total_seconds()) if text else None


def _silence(source: "Source | None") -> str:
    if source is None or source.silent_after_s is None:
        return "auto"
    return f"{source.silent_after_s} s" if source.silent_after_s else "off"


def _lateness(source: "Source | None") -> str:
    return "default" if source is None or source.lateness_s is None else f"{source.lateness_s} s"
