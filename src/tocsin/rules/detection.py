"""The `detection` section → one expression: its selections, joined by its condition."""

from typing import Any, Final

from tocsin.kernel.issues import Issue, Severity
from tocsin.rules import issues
from tocsin.rules.conditions import MAX_TESTS, Condition, build_expression, read_condition
from tocsin.rules.documents import Document
from tocsin.rules.expressions import any_of
from tocsin.rules.model import Expression
from tocsin.rules.selections import SelectionReader, iterate_items

MAX_SELECTIONS: Final = 1_000


def read_detection(document: Document) -> tuple[Expression | None, list[Issue]]:
    """Read the `detection` section, which is a mapping; None where it has an error."""
    section: dict[Any, Any] = document.data["detection"]
    definitions = {str(name): each for name, each in section.items() if name not in ("condition", "timeframe")}
    names = tuple(definitions)
    found: list[Issue] = []
    if "timeframe" in section:
        found.append(issues.old_timeframe(document.at_key("detection", "timeframe")))
    if not names:
        found.append(issues.no_selection(document.at("detection")))
    if len(names) > MAX_SELECTIONS:
        return None, [issues.many_selections(document.at("detection"), MAX_SELECTIONS)]
    reader = SelectionReader(document)
    selections = {name: reader.read(("detection", name), each) for name, each in definitions.items()}
    conditions, condition_issues = _read_conditions(document, section, names)
    found += reader.issues + condition_issues
    if any(issue.severity is Severity.ERROR for issue in found):
        return None, found
    complete = {name: expression for name, expression in selections.items() if expression is not None}
    built = [build_expression(condition, complete) for condition in conditions]
    expressions = [expression for expression in built if expression is not None]
    if len(expressions) < len(built):
        return None, [*found, issues.large_detection(document.at("detection"), MAX_TESTS)]
    return any_of(expressions), found


def _read_conditions(
    document: Document, section: dict[Any, Any], names: tuple[str, ...]
) -> tuple[list[Condition], list[Issue]]:
    """The condition or conditions (any of them is enough), and which selections none of them uses."""
    written = section.get("condition")
    if written is None or written == []:
        mend = "add one, such as 'condition: selection'"
        return [], [issues.missing_key(document.at_key("detection"), "condition", mend)]
    read: list[Condition | None] = []
    found: list[Issue] = []
    for keys, text in iterate_items(("detection", "condition"), written):
        if isinstance(text, str):
            condition, more = read_condition(document, keys, text, names)
            read.append(condition)
            found += more
        else:
            found.append(issues.wrong_type(document.at(*keys), "condition", text, "a text"))
    conditions = [condition for condition in read if condition]
    if not found:
        used = {name for condition in conditions for name in condition.names}
        unused = (name for name in names if name not in used)
        found = [issues.unused_selection(document.at_key("detection", name), name) for name in unused]
    return conditions, found
