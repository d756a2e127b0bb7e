"""`tocsin alerts`: the alerts, for eyes or for other programs."""

import json
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import typer

from tocsin.kernel.clock import now, parse_moment

if TYPE_CHECKING:
    from tocsin.apps.alerts.models import Alert

STATES = ("open", "acknowledged", "resolved")


def alerts(
    since: str = typer.Option(
        "", help="Only alerts that went on after this: 2026-01-31T09:30Z, or 2h for two hours ago."
    ),
    state: str = typer.Option("", help="Only alerts in this state: open, acknowledged or resolved."),
    output: Literal["table", "json", "ndjson"] = typer.Option("table", help="How to print them."),
) -> None:
    """List alerts, the newest first: id, rule, level, source, group, first, last, count, state."""
    if state and state not in STATES:
        raise typer.BadParameter(f"'{state}' is not a state; use {', '.join(STATES)}", param_hint="--state")
    moment = parse_moment(since, relative_to=now()) if since else None
    from tocsin.cli.database import ready

    ready()
    from tocsin.apps.alerts.models import Alert, State

    found = Alert.objects.exclude(state=State.MERGED).order_by("-last_at", "-pk")
    if moment:
        found = found.filter(last_at__gte=moment)
    if state:
        found = found.filter(state=state)
    rows = (_row(alert) for alert in found.iterator(chunk_size=1000))
    {"table": _print_table, "json": _print_json, "ndjson": _print_ndjson}[output](rows)


def _row(alert: "Alert") -> dict[str, Any]:
    from tocsin.apps.alerts import normal

    return {
        "id": alert.pk,
        "rule": alert.rule_title,
        "rule_id": alert.rule_id,
        "level": alert.level,
        "source": alert.source,
        "group": alert.group,
        "first": alert.first_at.isoformat(),
        "last": alert.last_at.isoformat(),
        "count": alert.count,
        "events": alert.events,
        "normal": normal.say(alert.normal),
        "state": alert.state,
        "variants": alert.variants,
    }


def _print_ndjson(rows: Iterable[dict[str, Any]]) -> None:
    for row in rows:
        typer.echo(json.dumps(row, ensure_ascii=False))


def _print_json(rows: Iterable[dict[str, Any]]) -> None:
    typer.echo(json.dumps(list(rows), ensure_ascii=False, indent=2))


def _print_table(rows: Iterable[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from tocsin.notifiers.text import visible

    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("id", "level", "rule", "group", "source", "first", "last", "count", "state"):
        is_short = name not in ("rule", "group", "source")
        table.add_column(name, justify="right" if name in ("id", "count") else "left", no_wrap=is_short)
    for row in rows:
        group = ", ".join(f"{name}={value}" for name, value in row["group"].items())
        first, last = (row[name][:19].replace("T", " ") for name in ("first", "last"))
        cells = (str(row["id"]), row["level"], row["rule"], group, row["source"], first, last, str(row["count"]))
        # Log content is shown, never obeyed: no markup, no control characters.
        table.add_row(*(Text(visible(cell, 200)) for cell in (*cells, row["state"])))
    console = Console(width=None if sys.stdout.isatty() else 200)
    if table.row_count:
        console.print(table)
    else:
        console.print("No alerts. Send logs (tocsin token create --help) or play the incident: tocsin drill")
