"""Explain: why a rule matches an event or not, test by test, as a tree.

Every part of a condition is asked of the real engine, as a rule of its own; nothing is evaluated a second way.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

from tocsin.engine.atoms import PRESENCE
from tocsin.engine.fields import find_column
from tocsin.engine.match import match
from tocsin.engine.plan import compile_plan
from tocsin.kernel.issues import Location
from tocsin.kernel.logsource import LogSource
from tocsin.rules.model import REFERENCES, And, DetectionRule, Expression, Level, Meta, Not, Operator, Or, Test
from tocsin.rules.taxonomy import find_route

MAX_SHOWN: Final = 200
"""Characters of a value that are shown."""
_META: Final = Meta("explained", "Explained", Level.INFORMATIONAL, Location(""))
_WORDS: Final = {
    Operator.EQUALS: "is {}",
    Operator.CONTAINS: "contains {}",
    Operator.STARTSWITH: "begins with {}",
    Operator.ENDSWITH: "ends with {}",
    Operator.LIKE: "is like {}",
    Operator.REGEX: "matches the regular expression {}",
    Operator.CIDR: "is in the network {}",
    Operator.LT: "is less than {}",
    Operator.LTE: "is at most {}",
    Operator.GT: "is more than {}",
    Operator.GTE: "is at least {}",
    Operator.IS_NULL: "is not there",
    Operator.EXISTS: "is there",
    Operator.FIELDREF: "is the same as the field {}",
    Operator.FIELDREF_CONTAINS: "contains the field {}",
    Operator.FIELDREF_STARTSWITH: "begins with the field {}",
    Operator.FIELDREF_ENDSWITH: "ends with the field {}",
    Operator.MINUTE: "is a moment of minute {}",
    Operator.HOUR: "is a moment of hour {}",
    Operator.DAY: "is a moment of day {}",
    Operator.WEEK: "is a moment of week {}",
    Operator.MONTH: "is a moment of month {}",
    Operator.YEAR: "is a moment of year {}",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One part of a rule and whether the event fulfils it.

    Attributes:
        label: the part in words.
        why: of a test, what the event has there; of anything else empty.
        test: the test itself; None of anything else.
    """

    label: str
    is_true: bool
    why: str = ""
    parts: tuple["Explanation", ...] = ()
    test: Test | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """A detection as its author wrote it: the texts of its conditions, and its selections by name."""

    conditions: tuple[str, ...] = ()
    selections: Mapping[str, Expression] = field(default_factory=dict)


def explain(rule: DetectionRule, event: pa.Table, outline: Outline | None = None) -> Explanation:
    """Why ``rule`` matches ``event`` or not.

    Args:
        event: a table of one row, as a format gives it.
        outline: where it is given, the rule is explained by its selections, else by its condition as it was read.
    """
    route = find_route(rule.logsource, LogSource()).condition
    shown = outline or Outline()
    truths = _ask_engine([route, rule.condition, *shown.selections.values()], event)
    conditions = [Explanation(f"condition: {text}", truths[rule.condition]) for text in shown.conditions]
    selections = [_tree(expression, truths, event, name) for name, expression in shown.selections.items()]
    parts = (
        _tree(route, truths, event, f"logsource: {rule.logsource}"),
        *(conditions + selections or [_tree(rule.condition, truths, event, "condition")]),
    )
    return Explanation(rule.meta.title, truths[route] and truths[rule.condition], "", parts)


def _ask_engine(roots: list[Expression], event: pa.Table) -> dict[Expression, bool]:
    """Each root and all that is in it, and whether it is true of the event."""
    expressions = list(dict.fromkeys(part for root in roots for part in _walk(root)))
    plan = compile_plan([DetectionRule(_META, LogSource(), expression) for expression in expressions])
    found = set(match(event, plan, LogSource()).rule.tolist())
    return {expression: place in found for place, expression in enumerate(expressions)}


def _walk(expression: Expression) -> Iterator[Expression]:
    yield expression
    match expression:
        case And(terms) | Or(terms):
            for term in terms:
                yield from _walk(term)
        case Not(term):
            yield from _walk(term)


def _tree(expression: Expression, truths: Mapping[Expression, bool], event: pa.Table, name: str = "") -> Explanation:
    is_true = truths[expression]
    if isinstance(expression, Test):
        leaf = Explanation(describe_test(expression), is_true, _seen(expression, event), test=expression)
        return Explanation(name, is_true, "", (leaf,)) if name else leaf
    terms = (expression.term,) if isinstance(expression, Not) else expression.terms
    label = {And: "all of", Or: "any of", Not: "not"}[type(expression)]
    parts = tuple(_tree(term, truths, event) for term in terms)
    return Explanation(f"{name}: {label}" if name and parts else name or label, is_true, "", parts)


def describe_test(test: Test) -> str:
    """``test`` as a sentence without a full stop."""
    words = _WORDS[test.operator].format(_quote(test.value))
    cased = ", case counting" if test.is_cased else ""
    return f"{'any field' if test.field is None else test.field} {words}{cased}"


def _seen(test: Test, event: pa.Table) -> str:
    """What the event has where ``test`` looks."""
    if test.field is None or test.operator in PRESENCE:
        return ""
    seen = _value(test.field, event)
    if test.operator in REFERENCES:
        return f"{test.field} is {seen}, {test.value} is {_value(test.value, event)}"
    return f"it is {seen}"


def _value(name: str, event: pa.Table) -> str:
    column = find_column(event, name)
    text = None if column is None else column[0].as_py()
    return "not there" if text is None else _quote(text)


def _quote(text: str) -> str:
    return f"'{text[:MAX_SHOWN]}…'" if len(text) > MAX_SHOWN else f"'{text}'"
