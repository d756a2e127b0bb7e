"""`tocsin rules`: what is wrong with the rules, whether they do what their tests say, why, and which there are."""

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tocsin.cli import rules_explain, rules_test

if TYPE_CHECKING:
    from tocsin.kernel.issues import Issue
    from tocsin.rules.model import Rule, RuleSet
    from tocsin.rules.review import Carrier

_WIDTH = 200
"""Of a table that is not printed on a terminal."""

app = typer.Typer(no_args_is_help=True, help="Check, test, explain and list the detection rules.")
app.command("test")(rules_test.run_tests)
app.command("explain")(rules_explain.explain)

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
    """Print every issue as file:line:column: message; mend. Exit status 1 if there is an error, not for warnings.

    Fields are compared with those that your sources have sent, where there are any.
    """
    from tocsin.engine.check import find_issues
    from tocsin.kernel.issues import Severity

    ruleset = _load(paths)
    issues = dict.fromkeys(find_issues(ruleset, _carriers()))  # what an anchor repeats is one issue
    found = sorted(issues, key=lambda issue: (issue.location.path, issue.location.line, issue.location.column))
    for issue in found:
        typer.echo(_tell(issue))
    errors = sum(issue.severity is Severity.ERROR for issue in found)
    warnings = len(found) - errors
    typer.echo(f"{_count(len(ruleset.rules), 'rule')}, {_count(errors, 'error')}, {_count(warnings, 'warning')}")
    raise typer.Exit(1 if errors else 0)


@app.command("list")
def list_rules(
    paths: Paths = None,
    output: Annotated[Output, typer.Option(help="How to print them.")] = Output.TABLE,
) -> None:
    """List the rules that are loaded, and the ATT&CK techniques that they cover; for broken ones see `check`."""
    rows = [_describe(rule) for rule in _load(paths).rules]
    if output is Output.TABLE:
        _print_table(rows)
        return
    import orjson

    if output is Output.JSON:
        typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
    for row in rows if output is Output.NDJSON else ():
        typer.echo(orjson.dumps(row))


def _tell(issue: "Issue") -> str:
    from tocsin.kernel.issues import Severity

    if issue.severity is Severity.ERROR:
        return str(issue)
    return str(replace(issue, message=f"warning: {issue.message}"))


def _load(paths: Sequence[Path] | None) -> "RuleSet":
    from tocsin.conf.rules import rule_folders

    return rule_folders(paths or ()).load()


def _carriers() -> "list[Carrier]":
    """The sources that have events here; none where nothing has been set up."""
    from tocsin.conf.options import options
    from tocsin.store.table import Store

    if not options().is_bucket and not (options().local_dir / "events").is_dir():
        return []
    store = Store(options().events_uri)
    if not store.sources():
        return []
    from tocsin.cli.database import ready

    ready()
    from tocsin.apps.intake.carriers import read_carriers

    return read_carriers(store)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _describe(rule: "Rule") -> dict[str, Any]:
    from tocsin.rules.attack import techniques
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
        "tags": list(rule.meta.tags),
        "techniques": list(techniques(rule.meta.tags)),
        "location": str(rule.meta.location),
    }


def _print_table(rows: Sequence[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table("Level", "Title", "Kind", "Logsource", "Rings", "ATT&CK", "Where", box=None, pad_edge=False)
    for row in rows:
        rings = "yes" if row["alerts"] else "in correlations"
        techniques = ", ".join(row["techniques"])
        cells = (row["level"], row["title"], row["kind"], row["logsource"], rings, techniques, row["location"])
        table.add_row(*map(Text, cells))
    Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)
    typer.echo(_summarize(rows))


def _summarize(rows: Sequence[dict[str, Any]]) -> str:
    """How many rules, and what they cover; the techniques that most of them are about by name."""
    covered = Counter(technique for row in rows for technique in row["techniques"])
    if not covered:
        return _count(len(rows), "rule")
    most = ", ".join(f"{technique} ({number})" for technique, number in covered.most_common(5))
    parents = len({technique.split(".")[0] for technique in covered})
    return (
        f"{_count(len(rows), 'rule')}; {_count(parents, 'ATT&CK technique')}"
        f" ({_count(len(covered), 'technique')} with sub-techniques), most often {most}"
    )
