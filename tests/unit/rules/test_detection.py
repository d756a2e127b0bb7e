"""What a detection is as a whole."""

from collections.abc import Callable

from tests.unit.rules.conftest import HEAD, ExpressionOf

from tocsin.rules.model import DetectionRule, Operator, Or, RuleSet
from tocsin.rules.model import Test as Atom


def eq(field: str, value: str) -> Atom:
    """field = value."""
    return Atom(field, Operator.EQUALS, value)


def test_a_selection_named_by_a_number_can_be_used(expression_of: ExpressionOf) -> None:
    """The name in the condition is a text, whatever YAML makes of the key."""
    assert expression_of("    7: {a: 1}\n    8: {b: 1}\n    condition: 7 or 8\n") == Or((eq("a", "1"), eq("b", "1")))


def test_selections_without_bound_are_refused(load_text: Callable[[str], RuleSet]) -> None:
    """A condition may name each of them many times."""
    selections = "".join(f"    s{n}: {{a: {n}}}\n" for n in range(1001))
    (issue,) = load_text(f"{HEAD}detection:\n{selections}    condition: 1 of them\n").issues
    assert str(issue) == "r.yml:5:5: the rule has more than 1000 selections; join them in lists"


def test_a_timeframe_changes_nothing(load_text: Callable[[str], RuleSet]) -> None:
    """It is a warning, and `all of them` does not take it for a selection."""
    text = f"{HEAD}detection:\n    s: {{a: 1}}\n    timeframe: 5m\n    condition: all of them\n"
    (rule,) = load_text(text).rules
    assert isinstance(rule, DetectionRule)
    assert rule.condition == eq("a", "1")


def test_one_of_several_conditions_that_is_broken_leaves_the_rule_out(load_text: Callable[[str], RuleSet]) -> None:
    """The rule would ring for less than was written."""
    ruleset = load_text(f"{HEAD}detection:\n    s: {{a: 1}}\n    condition: [s, t]\n")
    assert ruleset.rules == ()
    assert [str(issue.location) for issue in ruleset.issues] == ["r.yml:6:20"]
