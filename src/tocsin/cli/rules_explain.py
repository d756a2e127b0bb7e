"""`tocsin rules explain`: which test of a rule an event passes and which it does not, and why."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.text import Text
    from rich.tree import Tree

    from tocsin.engine.explain import Explanation
    from tocsin.rules.folders import RuleFolders
    from tocsin.rules.model import CorrelationRule, DetectionRule
    from tocsin.rules.placeholders import Placeholders


def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="A rule's file, or its id or name.")],
    event: Annotated[
        str, typer.Argument(metavar="EVENT", help="A file, - for the standard input, or the JSON itself.")
    ],
    number: Annotated[int, typer.Option("--number", "-n", min=1, help="Which event, if there are several.")] = 1,
    format: Annotated[str, typer.Option(help="How the event is written; see `tocsin scan`.")] = "json",
) -> None:
    """Show as a tree which test of RULE holds on EVENT, which does not, and what the event has there."""
    from rich.console import Console

    from tocsin.engine.explain import Outline
    from tocsin.engine.explain import explain as explain_rule
    from tocsin.rules.outline import read_conditions, read_outline

    folders, detections, correlations = _find_rules(rule)
    row = _read_event(event, format, number)
    placeholders = _placeholders(folders)
    console = Console()
    for each in detections:
        detection = read_outline(each, placeholders)
        outline = Outline(read_conditions(each), detection.selections) if detection else None
        console.print(_draw(explain_rule(each, row, outline)))
    for line in _explain_similar(correlations, row):
        console.print(line)
    for correlation in correlations:
        if told := _tell_baseline(correlation):
            console.print(told, markup=False, highlight=False)


def _explain_similar(correlations: "Iterable[CorrelationRule]", row: "pa.Table") -> "Iterator[Text]":
    """Of each correlation that counts what is nearly the same, by what the event would be compared."""
    from rich.text import Text

    from tocsin.engine.fields import find_column
    from tocsin.engine.similar import explain_text
    from tocsin.notifiers.text import visible

    for each in correlations:
        if each.similar is not None:
            column = find_column(row, each.similar.field)
            said = None if column is None else column[0].as_py()
            yield Text(f"{each.meta.title}: {visible(explain_text(each.similar, said), 400)}")


def _find_rules(name: str) -> "tuple[RuleFolders, list[DetectionRule], list[CorrelationRule]]":
    """The detection rules of a file, or the one of an id; of a correlation those that it counts; and correlations."""
    from tocsin.conf.rules import rule_folders
    from tocsin.kernel.errors import ConfigError
    from tocsin.rules.metadata import canonical_name

    path = Path(name)
    folders = rule_folders([path] if path.exists() else ())
    ruleset = folders.load()
    wanted = canonical_name(name)
    chosen = [each for each in ruleset.rules if path.exists() or wanted in (each.meta.id, each.meta.name)]
    detections = ruleset.detections_under(chosen)
    if not detections:
        first = next((f": {issue}" for issue in ruleset.issues if path.exists()), "")
        raise ConfigError(f"there is no rule '{name}'; give a rule's file, or the id or name of a loaded rule{first}")
    from tocsin.rules.model import CorrelationRule

    return folders, detections, [each for each in chosen if isinstance(each, CorrelationRule)]


def _tell_baseline(rule: "CorrelationRule") -> str:
    """What a correlation learns, in one line."""
    from tocsin.engine.baseline import LEAST_SEASONS
    from tocsin.notifiers.text import visible

    if rule.baseline is None:
        return ""
    season = "week" if rule.baseline.season_hours == 168 else "day"
    whose = "all groups together" if rule.baseline.is_over_all else "each group by itself"
    floor = " and ".join(f"{each.comparison} {each.value:g}" for each in rule.thresholds)
    told = (
        f"{rule.meta.title}: rings at {floor}, and only above what is normal: the {rule.baseline.quantile:g} quantile "
        f"of this hour of the past {rule.baseline.seasons} {season}s, learnt of {whose}; "
        f"with fewer than {LEAST_SEASONS} {season}s of history {floor} decides alone"
    )
    return visible(told, 600)


def _placeholders(folders: "RuleFolders") -> "Placeholders":
    from tocsin.rules.site import read_site

    return read_site(folders.placeholders, ())[0].placeholders


def _read_event(text: str, format_name: str, number: int) -> "pa.Table":
    """The chosen event as a table of one row.

    Raises: ConfigError where there is none, or it cannot be read.
    """
    from tocsin.formats import load_format
    from tocsin.kernel.clock import now
    from tocsin.kernel.errors import ConfigError

    body = _read_body(text)
    table, wrong = load_format(format_name).parse(body, received_at=now())
    if table.num_rows < number:
        raise ConfigError(f"there is no event {number}: {table.num_rows} were read from EVENT")
    for issue in wrong:
        if issue.is_rejected and issue.record == number:
            raise ConfigError(f"event {number} cannot be read: {issue.reason}")
    return table.slice(number - 1, 1)


def _read_body(text: str) -> bytes:
    from tocsin.kernel.errors import ConfigError

    if text == "-":
        return sys.stdin.buffer.read()
    if text.lstrip().startswith(("{", "[")):
        return text.encode()
    try:
        return Path(text).read_bytes()
    except OSError as error:
        raise ConfigError(f"the event cannot be read from {text} ({error.strerror}); give a file, - or JSON") from error


def _draw(explanation: "Explanation") -> "Tree":
    from rich.tree import Tree

    tree = Tree(_line(explanation))
    open_parts = [(tree, part) for part in explanation.parts[::-1]]
    while open_parts:
        above, part = open_parts.pop()
        branch = above.add(_line(part))
        open_parts += [(branch, each) for each in part.parts[::-1]]
    return tree


def _line(part: "Explanation") -> "Text":
    """Log content is shown, never obeyed: no markup, no control characters."""
    from rich.text import Text

    from tocsin.notifiers.text import visible

    mark, style = ("✓ ", "green") if part.is_true else ("✗ ", "red")
    why = f": {part.why}" if part.why else ""
    return Text.assemble((mark, style), visible(part.label, 400), (visible(why, 600), "dim"))
