"""`tocsin rules test`: run the events that rules carry through the engine that detects, and compare."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pyarrow as pa

    from tocsin.engine.baseline import Normal
    from tocsin.engine.rehearse import Outcome
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
    from tocsin.engine.rehearse import rehearse

    if rule is None:
        return f"{case.location}: the rule is not loaded; see `tocsin rules check`"
    table, rejected = _read_events(case)
    if table is None or rejected:
        return f"{case.location}: {rule.meta.title}, test {_name(case)}: {rejected}"
    outcome = rehearse(rule, by_id, table, case.history)
    if len(outcome.episodes) == case.alerts:
        return None
    wanted = f"{case.alerts} alert{'' if case.alerts == 1 else 's'}"
    head = (
        f"{case.location}: {rule.meta.title}, test {_name(case)}: {wanted} must come and {len(outcome.episodes)} came"
    )
    return "\n".join([head, *(f"    {line}" for line in _tell(outcome, len(case.events), rule))])


def _name(case: "Case") -> str:
    return f"{case.number} ({case.name})" if case.name else str(case.number)


def _read_events(case: "Case") -> "tuple[pa.Table | None, str]":
    """The events as the format gives them, and why one of them cannot be read."""
    import orjson

    from tocsin.formats import load_format
    from tocsin.kernel.clock import now
    from tocsin.kernel.errors import ConfigError

    body = b"\n".join(orjson.dumps(event, option=orjson.OPT_NON_STR_KEYS) for event in case.events)
    try:
        table, wrong = load_format(case.format).parse(body, received_at=now())
    except ConfigError as error:
        return None, str(error)
    rejected = [issue for issue in wrong if issue.is_rejected]
    return table, f"event {rejected[0].record} cannot be read: {rejected[0].reason}" if rejected else ""


def _tell(outcome: "Outcome", events: int, rule: "Rule") -> list[str]:
    """What came instead: each alert, what each rule matched, and what the engine refused."""
    import orjson

    from tocsin.formats.moments import describe
    from tocsin.notifiers.text import visible

    names = rule.group_by
    lines = [f"refused: {refusal.reason}" for refusal in outcome.refused]
    for episode in outcome.episodes:
        values = orjson.loads(episode.group)
        group = ", ".join(f"{name}={value}" for name, value in zip(names, values, strict=False)) or "all events"
        span = f"{describe(episode.first_us)} to {describe(episode.last_us)}"
        lines.append(visible(f"alert: {group}, {span}, {episode.events} events, {episode.peak} at most", 300))
    lines += [_tell_normal(each) for each in outcome.normals]
    return [
        *lines,
        *(visible(f"matched: {title}: {number} of {events} events", 300) for title, number in outcome.matched),
    ]


def _tell_normal(normal: "Normal") -> str:
    if normal.high is None:
        return f"normal: not known from {normal.seasons} past seasons, so the written condition decides"
    return f"normal: {normal.low} to {normal.high}, from {normal.seasons} past seasons"
