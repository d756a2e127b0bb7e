"""`tocsin rules test`: run the events that rules carry through the engine that detects, and compare."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tocsin.rules.cases import Case
    from tocsin.rules.model import Rule


def run_tests(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH]...", help="Rule files or folders; without: those of TOCSIN_RULES.", show_default=False
        ),
    ] = None,
) -> None:
    """Run the events under `tocsin.tests` of every rule, correlations included. Exit status 1 if a test fails."""
    from tocsin.conf.rules import rule_folders
    from tocsin.rules.cases import find_cases

    folders = rule_folders(paths or ())
    ruleset = folders.load()
    by_location = {rule.meta.location: rule for rule in ruleset.rules}
    cases, wrong = find_cases(folders.rules)
    failures = [str(issue) for issue in wrong]
    for case in cases:
        failure = _run(case, by_location.get(case.rule), ruleset.by_id)
        failures += [failure] if failure else []
    for failure in failures:
        typer.echo(failure)
    tested = len({case.rule for case in cases})
    silent = sum(_rings(rule) for rule in ruleset.rules) - len({case.rule for case in cases} & by_location.keys())
    untested = f"; {silent:,} {'rule that rings has' if silent == 1 else 'rules that ring have'} no test"
    typer.echo(f"{len(cases):,} tests of {tested:,} rules, {len(failures):,} failed{untested if silent > 0 else ''}")
    raise typer.Exit(1 if failures else 0)


def _rings(rule: "Rule") -> bool:
    from tocsin.rules.model import DetectionRule

    return not isinstance(rule, DetectionRule) or rule.alerts


def _run(case: "Case", rule: "Rule | None", by_id: "Mapping[str, Rule]") -> str | None:
    """What is wrong with ``case``, in one or two lines; None if all came as it says."""
    from tocsin.engine.trial import name_case, try_case
    from tocsin.kernel.clock import now
    from tocsin.notifiers.text import visible

    if rule is None:
        return f"{case.location}: the rule is not loaded; see `tocsin rules check`"
    failure = try_case(case, rule, by_id, now())
    if failure is None:
        return None
    head = f"{case.location}: {rule.meta.title}, test {name_case(case)}: {failure.reason}"
    return "\n".join([head, *(f"    {visible(line, 300)}" for line in failure.details)])
