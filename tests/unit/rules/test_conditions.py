"""What a condition makes of its selections."""

from collections.abc import Callable

import pytest
from tests.unit.rules.conftest import HEAD, ExpressionOf, IssuesOf

from tocsin.rules.conditions import MAX_TESTS
from tocsin.rules.model import And, Expression, Not, Operator, Or, RuleSet
from tocsin.rules.model import Test as Atom

A, B, C = (Atom(name, Operator.EQUALS, "1") for name in "abc")

FACTS: list[tuple[str, Expression]] = [
    ("sel_a and sel_b and other", And((A, B, C))),
    ("sel_a or sel_b and other", Or((A, And((B, C))))),
    ("(sel_a or sel_b) and not other", And((Or((A, B)), Not(C)))),
    ("not (sel_a or sel_b) or other", Or((Not(Or((A, B))), C))),
    ("not not sel_a or sel_b or other", Or((A, B, C))),
    ("1 of sel_* and other", And((Or((A, B)), C))),
    ("any of sel_* or other", Or((A, B, C))),
    ("all of sel_* or other", Or((And((A, B)), C))),
    ("1 of them", Or((A, B, C))),
    ("all of them", And((A, B, C))),
    ("all of sel_* and not 1 of oth*", And((A, B, Not(C)))),
    ("sel_a or sel_b or sel_a or other", Or((A, B, C))),
    ("[sel_a, sel_b and other]", Or((A, And((B, C))))),
]


@pytest.mark.parametrize(("condition", "expected"), FACTS, ids=[condition for condition, _ in FACTS])
def test_a_condition_joins_its_selections(expression_of: ExpressionOf, condition: str, expected: Expression) -> None:
    """not binds more than and, and more than or; a list of conditions is any of them."""
    selections = "    sel_a: {a: 1}\n    sel_b: {b: 1}\n    other: {c: 1}\n"
    assert expression_of(f"{selections}    condition: {condition}\n") == expected


def test_them_leaves_out_what_begins_with_an_underscore(issues_of: IssuesOf) -> None:
    """A selection `_x` is meant by its own name or pattern only."""
    section = "detection:\n    a: {a: 1}\n    _b: {b: 1}\n    condition: "
    assert issues_of(HEAD + section + "all of them\n") == [
        "r.yml:6:5: selection '_b' is not used by the condition; name it in the condition, or delete it"
    ]
    assert issues_of(HEAD + section + "a and 1 of _*\n") == []


def test_a_condition_over_several_lines_is_pointed_at_where_it_begins(issues_of: IssuesOf) -> None:
    """Where the line of a name cannot be told, the place is the condition's."""
    section = "detection:\n    a: {a: 1}\n    condition: a or\n        b\n"
    assert issues_of(HEAD + section) == [
        "r.yml:6:16: the condition names 'b', and there is no such selection; there is a"
    ]


def test_a_condition_may_not_multiply_its_selections_without_bound(load_text: Callable[[str], RuleSet]) -> None:
    """What a large selection costs counts each time the condition names it."""
    values = ", ".join(f"v{n}" for n in range(20_000))
    text = f"{HEAD}detection:\n    a:\n        x: [{values}]\n    condition: "
    assert len(load_text(text + "a\n").rules) == 1
    ruleset = load_text(text + "(a or not a) and a\n")
    assert ruleset.rules == ()
    assert str(ruleset.issues[0]).endswith(f"the rule makes more than {MAX_TESTS} tests; split it into several rules")
