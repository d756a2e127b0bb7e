"""Why a rule matches an event or not."""

import pytest
from tests.unit.engine.cases import META, ask, table

from tocsin.engine.explain import MAX_SHOWN, Explanation, Outline, describe_test, explain
from tocsin.kernel.logsource import LogSource
from tocsin.rules.model import And, DetectionRule, Expression, Not, Operator, Or

EVENT = table([{"a": "Foo", "b": "foo", "list": '["x","y"]'}])
IS_FOO, IS_BAR = ask("a", "equals", "foo"), ask("a", "equals", "bar")


def rule(condition: Expression) -> DetectionRule:
    """A rule with ``condition``."""
    return DetectionRule(META, LogSource("linux"), condition)


def condition(expression: Expression) -> Explanation:
    """The explanation of a condition."""
    return explain(rule(expression), EVENT).parts[1]


def test_each_part_has_its_truth() -> None:
    """From the whole to the single test, as the engine sees them."""
    found = condition(And((Or((IS_FOO, IS_BAR)), Not(IS_BAR))))
    assert (found.label, found.is_true) == ("condition: all of", True)
    assert [(part.label, part.is_true) for part in found.parts] == [("any of", True), ("not", True)]
    assert [(part.label, part.is_true) for part in found.parts[0].parts] == [
        ("a is 'foo'", True),
        ("a is 'bar'", False),
    ]


def test_the_logsource_is_a_part() -> None:
    """An event that says that it is of another product is not looked at."""
    found = explain(rule(IS_FOO), table([{"a": "foo", "product": "windows"}]))
    assert (found.is_true, found.parts[0].is_true, found.parts[1].is_true) == (False, False, True)


def test_an_outline_names_the_selections() -> None:
    """With the text of the condition above them."""
    outline = Outline(("s and not t",), {"s": IS_FOO, "t": Or((IS_BAR, ask("b", "exists")))})
    found = explain(rule(And((IS_FOO, Not(outline.selections["t"])))), EVENT, outline)
    assert [(part.label, part.is_true) for part in found.parts[1:]] == [
        ("condition: s and not t", False),
        ("s", True),
        ("t: any of", True),
    ]


@pytest.mark.parametrize(
    ("test", "why"),
    [
        (ask("a", "contains", "x"), "it is 'Foo'"),
        (ask("c", "contains", "x"), "it is not there"),
        (ask("list", "equals", "x"), """it is '["x","y"]'"""),
        (ask("a", "fieldref", "b"), "a is 'Foo', b is 'foo'"),
        (ask("c", "is_null"), ""),
        (ask(None, "contains", "x"), ""),
    ],
)
def test_why_is_what_the_event_has_there(test: Expression, why: str) -> None:
    """The field as rules find it; of a reference both."""
    assert condition(test).parts[0].why == why


def test_a_long_value_is_cut() -> None:
    """A megabyte is no explanation."""
    found = explain(rule(IS_FOO), table([{"a": "x" * 10_000}]))
    assert found.parts[1].parts[0].why == f"it is '{'x' * MAX_SHOWN}…'"


def test_every_operator_has_words() -> None:
    """None is shown as code."""
    for operator in Operator:
        assert describe_test(ask("a", operator, "5")).startswith("a ")
    assert describe_test(ask(None, "contains", "x", cased=True)) == "any field contains 'x', case counting"


def test_a_test_that_the_engine_refuses_is_false() -> None:
    """As it is when the rule runs."""
    assert not condition(ask("a", "regex", "(?=x)")).is_true
