"""`tocsin rules`: what is wrong with the rules, and which ones there are."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tocsin.rules.model import Rule, RuleSet

app = typer.Typer(no_args_is_help=True, help="Check and list the detection rules.")

Paths = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="[PATH]...", help="Rule files or folders; without: those of TOCSIN_RULES.", show_default=False
    ),
]


class Output(StrEnum):
    """How a list is printed."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"


@app.command()
def check(paths: Paths = None) -> None:
    """Print every issue as file:line:column: message; mend. Exit status 1 if there is an error."""
    from tocsin.kernel.issues import Severity

    ruleset = _load(paths)
    for issue in ruleset.issues:
        typer.echo(str(issue))
    errors = sum(issue.severity is Severity.ERROR for issue in ruleset.issues)
    warnings = len(ruleset.issues) - errors
    typer.echo(f"{_count(len(ruleset.rules), 'rule')}, {_count(errors, 'error')}, {_count(warnings, 'warning')}")
    raise typer.Exit(1 if errors else 0)


@app.command("list")
def list_rules(
    paths: Paths = None,
    output: Annotated[Output, typer.Option(help="How to print them.")] = Output.TABLE,
) -> None:
    """List the rules that are loaded; a broken one is not, see `tocsin rules check`."""
    rows = [_describe(rule) for rule in _load(paths).rules]
    if output is Output.TABLE:
        _print_table(rows)
        return
    import orjson

    if output is Output.JSON:
        typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
    for row in rows if output is Output.NDJSON else ():
        typer.echo(orjson.dumps(row))


def _load(paths: Sequence[Path] | None) -> "RuleSet":
    from tocsin.rules.load import load

    if not paths:
        from tocsin.conf.options import options

        paths = options().rule_paths
    return load(paths)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _describe(rule: "Rule") -> dict[str, str | bool]:
    from tocsin.rules.model import DetectionRule

    detection = rule if isinstance(rule, DetectionRule) else None
    kind = "detection" if isinstance(rule, DetectionRule) else str(rule.type)
    return {
        "id": rule.meta.id,
        "title": rule.meta.title,
        "level": str(rule.meta.level),
        "kind": kind,
        "logsource": str(detection.logsource) if detection else "",
        "alerts": detection.alerts if detection else True,
        "location": str(rule.meta.location),
    }


def _print_table(rows: Sequence[dict[str, str | bool]]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("Level", "Title", "Kind", "Logsource", "Rings", "Where", box=None, pad_edge=False)
    for row in rows:
        rings = "yes" if row["alerts"] else "in correlations"
        cells = (row["level"], row["title"], row["kind"], row["logsource"], rings, row["location"])
        table.add_row(*(escape(str(cell)) for cell in cells))
    Console().print(table)
    typer.echo(_count(len(rows), "rule"))
