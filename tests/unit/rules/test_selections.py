"""How maps, lists and values of a selection are joined."""

from collections.abc import Callable

from tests.unit.rules.conftest import HEAD, ExpressionOf, IssuesOf

from tocsin.rules.model import And, Operator, Or, RuleSet
from tocsin.rules.model import Test as Atom


def eq(field: str, value: str) -> Atom:
    """field = value."""
    return Atom(field, Operator.EQUALS, value)


def test_a_mapping_is_all_of_its_fields(expression_of: ExpressionOf) -> None:
    """Fields are joined by and."""
    assert expression_of("    s: {a: 1, b: 2}\n    condition: s\n") == And((eq("a", "1"), eq("b", "2")))


def test_a_list_of_mappings_is_any_of_them(expression_of: ExpressionOf) -> None:
    """Mappings in a list are joined by or."""
    expression = expression_of("    s:\n        - {a: 1, b: 2}\n        - c: 3\n    condition: s\n")
    assert expression == Or((And((eq("a", "1"), eq("b", "2"))), eq("c", "3")))


def test_a_list_of_texts_is_any_of_the_keywords(expression_of: ExpressionOf) -> None:
    """A keyword is sought inside every field."""
    expression = expression_of("    s: [foo, bar]\n    condition: s\n")
    assert expression == Or((Atom(None, Operator.CONTAINS, "foo"), Atom(None, Operator.CONTAINS, "bar")))


def test_a_text_beside_mappings_is_a_keyword(expression_of: ExpressionOf) -> None:
    """A list may hold both kinds."""
    expression = expression_of("    s:\n        - foo\n        - a: 1\n    condition: s\n")
    assert expression == Or((Atom(None, Operator.CONTAINS, "foo"), eq("a", "1")))


def test_the_same_field_with_two_modifiers_is_two_tests(expression_of: ExpressionOf) -> None:
    """A field may stand twice if its modifiers differ."""
    expression = expression_of("    s:\n        a|startswith: x\n        a|endswith: y\n    condition: s\n")
    assert expression == And((Atom("a", Operator.STARTSWITH, "x"), Atom("a", Operator.ENDSWITH, "y")))


def test_a_date_is_the_text_that_was_written(expression_of: ExpressionOf) -> None:
    """YAML would make a date of it, which no log field is."""
    assert expression_of("    s: {a: 2024-01-31}\n    condition: s\n") == eq("a", "2024-01-31")


def test_a_lone_equals_sign_is_a_text(expression_of: ExpressionOf) -> None:
    """YAML 1.1 gives it a meaning that nobody uses."""
    assert expression_of("    s: {a: =}\n    condition: s\n") == eq("a", "=")


def test_a_merged_mapping_is_read_as_if_written_out(expression_of: ExpressionOf) -> None:
    """YAML's anchors and merge keys work."""
    expression = expression_of("    s: &base {a: 1}\n    t:\n        <<: *base\n        b: 2\n    condition: s or t\n")
    assert expression == Or((eq("a", "1"), And((eq("a", "1"), eq("b", "2")))))


def test_an_issue_inside_a_list_of_mappings_has_its_own_place(issues_of: IssuesOf) -> None:
    """Every mistake of a selection is told, each where it stands."""
    section = "detection:\n    s:\n        - a|foo: 1\n        - b|re: '('\n    condition: s\n"
    assert [issue.split(": ")[0] for issue in issues_of(HEAD + section)] == ["r.yml:6:13", "r.yml:7:17"]


def test_expansions_without_bound_are_refused(load_text: Callable[[str], RuleSet]) -> None:
    """What modifiers could make of a list is bounded before they are applied."""
    values = ", ".join(f"'-a{n} -b -c'" for n in range(500))
    text = f"{HEAD}detection:\n    s:\n        x|windash: [{values}]\n    condition: s\n"
    assert [issue.code for issue in load_text(text).issues] == ["large-detection"]
