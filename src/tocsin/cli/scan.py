"""`tocsin scan`: match files on the spot, with no server and no database."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tocsin.rules.model import Level

if TYPE_CHECKING:
    from tocsin.engine.plan import Plan
    from tocsin.rules.model import RuleSet
    from tocsin.scan.inputs import Tick
    from tocsin.scan.output import Writer
    from tocsin.scan.summary import Summary
    from tocsin.scan.work import Task


_WIDTH = 200
"""Of a table that is not printed on a terminal."""


class Output(StrEnum):
    """How matches are printed."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    CSV = "csv"


def scan(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Files or folders; - is the standard input.")],
    rules: Annotated[
        list[Path] | None,
        typer.Option(help="A rule file or folder; can be said several times.", show_default="those of TOCSIN_RULES"),
    ] = None,
    format: Annotated[str, typer.Option(help="How the records are written; auto looks at each file.")] = "auto",
    output: Annotated[Output, typer.Option(help="How matches are printed.")] = Output.TABLE,
    fail_on: Annotated[
        Level, typer.Option(help="The lowest level of a match that makes the exit status 1.")
    ] = Level.INFORMATIONAL,
) -> None:
    """Match log files against Sigma rules: plain, gzip or zstd.

    Exit status: 0 nothing found, 1 matches of at least --fail-on, 2 something could not be read.
    """
    from rich.console import Console

    from tocsin.kernel.clock import now
    from tocsin.scan.inputs import find_inputs
    from tocsin.scan.output import print_matches, print_summary
    from tocsin.scan.work import Task

    began_at, is_table = now(), output is Output.TABLE
    _check_format(format)
    plan, summary = _load(rules)
    task = Task(plan, began_at, with_events=not is_table)
    _scan_all(find_inputs(files), format, task, summary, _writer(output, summary))
    if is_table:
        print_matches(summary, Console(width=None if sys.stdout.isatty() else _WIDTH))
    print_summary(summary, (now() - began_at).total_seconds(), Console(stderr=not is_table))
    raise typer.Exit(summary.exit_status(fail_on))


def _check_format(name: str) -> None:
    from tocsin.formats import FORMATS
    from tocsin.kernel.errors import ConfigError
    from tocsin.scan.chunks import AUTO

    if name not in (AUTO, *FORMATS):
        raise ConfigError(f"'{name}' is not a format; use auto, {', '.join(sorted(FORMATS))}")


def _load(paths: list[Path] | None) -> "tuple[Plan, Summary]":
    """The rules, compiled, and a summary that says which of them are left out.

    Raises: ConfigError if there is no rule.
    """
    from tocsin.conf.rules import rule_folders
    from tocsin.engine.plan import plan_rules
    from tocsin.kernel.errors import ConfigError
    from tocsin.scan.summary import Summary

    folders = rule_folders(paths or ())
    ruleset = folders.load()
    plan = plan_rules(ruleset.rules, ruleset.content, folders.shelf)
    if not plan.rules:
        raise ConfigError("there is no detection rule to scan with; say where they are with --rules PATH")
    return plan, Summary(plan.rules, notes=list(_left_out(ruleset, plan)))


def _left_out(ruleset: "RuleSet", plan: "Plan") -> Iterator[str]:
    from tocsin.kernel.issues import Severity
    from tocsin.rules.model import CorrelationRule

    correlations = sum(isinstance(rule, CorrelationRule) for rule in ruleset.rules)
    if correlations:
        yield f"{correlations:,} correlation{'s' * (correlations > 1)}: they need time and state, and run in the server"
    if broken := len({issue.location.path for issue in ruleset.issues if issue.severity is Severity.ERROR}):
        yield f"the rules with errors in {broken:,} file{'s' * (broken > 1)}: `tocsin rules check` names them"
    for refusal in plan.refused:
        meta = plan.rules[refusal.rule].meta
        yield f"rule '{meta.title}' ({meta.location}): {refusal.reason}"


def _writer(output: Output, summary: "Summary") -> "Writer | None":
    from tocsin.scan.output import CsvWriter, JsonWriter, NdjsonWriter

    write = sys.stdout.buffer.write
    match output:
        case Output.NDJSON:
            return NdjsonWriter(write)
        case Output.JSON:
            return JsonWriter(write)
        case Output.CSV:
            return CsvWriter(write, summary.rules)
        case Output.TABLE:
            return None


def _scan_all(names: Sequence[str], format: str, task: "Task", summary: "Summary", writer: "Writer | None") -> None:
    from tocsin.scan.inputs import total_bytes
    from tocsin.scan.run import read_chunks, scan, usable_cores

    if writer:
        writer.begin()
    with _progress(total_bytes(names)) as tick:
        chunks = read_chunks(names, format, tick, summary.failures.append)
        for scanned in scan(chunks, task, usable_cores()):
            summary.add(scanned)
            if writer:
                writer.write(scanned.hits)
    if writer:
        writer.end()
    sys.stdout.flush()


@contextmanager
def _progress(total: int | None) -> "Iterator[Tick]":
    """A bar on a terminal, and nothing elsewhere. No thread of its own: the work is done in forked processes."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn("Scanning"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as progress:
        bar = progress.add_task("scan", total=total)

        def tick(more: int) -> None:
            progress.update(bar, advance=more, refresh=True)

        yield tick
