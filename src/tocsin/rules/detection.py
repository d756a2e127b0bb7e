"""The `detection` section, or a filter's → one expression: its selections, joined by its condition."""

from dataclasses import dataclass
from typing import Any, Final

from tocsin.kernel.issues import Issue, Severity
from tocsin.kernel.logsource import LogSource
from tocsin.rules import issues
from tocsin.rules.conditions import MAX_TESTS, Condition, build_expression, read_condition
from tocsin.rules.documents import Document
from tocsin.rules.expressions import any_of
from tocsin.rules.model import Expression
from tocsin.rules.pipelines import Processed, apply_pipelines
from tocsin.rules.placeholders import Placeholders
from tocsin.rules.selections import SelectionReader, iterate_items
from tocsin.rules.site import NO_SITE, Site

MAX_SELECTIONS: Final = 1_000
_NOT_SELECTIONS: Final = {"detection": ("condition", "timeframe"), "filter": ("condition", "rules")}


@dataclass(frozen=True, slots=True)
class Detection:
    """What a section holds.

    Attributes:
        selections: by name, as the condition may use them.
        conditions: any of them is enough.
    """

    selections: dict[str, Expression]
    conditions: tuple[Condition, ...]


def read_section(
    document: Document, section_name: str, logsource: LogSource | None, site: Site = NO_SITE
) -> tuple[Processed | None, list[Issue]]:
    """Read a section, which is a mapping, and apply the site's pipelines; None where it has an error."""
    is_open = bool(site.pipelines)
    placeholders = Placeholders(site.placeholders.values, is_open)
    detection, found = read_detection(document, section_name, placeholders)
    if detection is None or logsource is None:
        return None, found
    built = [build_expression(condition, detection.selections) for condition in detection.conditions]
    expressions = [expression for expression in built if expression is not None]
    if len(expressions) < len(built):
        return None, [*found, issues.large_detection(document.at(section_name), MAX_TESTS)]
    if not is_open:
        return Processed(logsource, any_of(expressions)), found
    section = {name: each for name, each in document.data[section_name].items() if name != "rules"}
    processed, more = apply_pipelines(document, section, placeholders, site.pipelines)
    return processed, found + more


def read_detection(
    document: Document, section_name: str, placeholders: Placeholders
) -> tuple[Detection | None, list[Issue]]:
    """Read the selections and conditions of a section; None where it has an error."""
    section: dict[Any, Any] = document.data[section_name]
    left_out = _NOT_SELECTIONS[section_name]
    definitions = {str(name): each for name, each in section.items() if name not in left_out}
    names = tuple(definitions)
    found: list[Issue] = []
    if section_name == "detection" and "timeframe" in section:
        found.append(issues.old_timeframe(document.at_key(section_name, "timeframe")))
    if not names:
        found.append(issues.no_selection(document.at(section_name), section_name))
    if len(names) > MAX_SELECTIONS:
        return None, [issues.many_selections(document.at(section_name), MAX_SELECTIONS)]
    reader = SelectionReader(document, section_name, placeholders)
    selections = {name: reader.read((section_name, name), each) for name, each in definitions.items()}
    conditions, condition_issues = _read_conditions(document, section_name, names)
    found += reader.issues + condition_issues
    if any(issue.severity is Severity.ERROR for issue in found):
        return None, found
    complete = {name: expression for name, expression in selections.items() if expression is not None}
    return Detection(complete, tuple(conditions)), found


def _read_conditions(
    document: Document, section_name: str, names: tuple[str, ...]
) -> tuple[list[Condition], list[Issue]]:
    """The condition or conditions (any of them is enough), and which selections none of them uses."""
    written = document.data[section_name].get("condition")
    if written is None or written == []:
        mend = "add one, such as 'condition: selection'"
        return [], [issues.missing_key(document.at_key(section_name), "condition", mend)]
    read: list[Condition | None] = []
    found: list[Issue] = []
    for keys, text in iterate_items((section_name, "condition"), written):
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
        found = [issues.unused_selection(document.at_key(section_name, name), name) for name in unused]
    return conditions, found
