"""Sigma filters: which rules they apply to, and what those then ask."""

import pytest
from tests.oracle.evaluate import matches
from tests.unit.rules.conftest import IssuesOf, Load

from tocsin.kernel.logsource import LogSource
from tocsin.rules.model import And, DetectionRule, Not, Operator
from tocsin.rules.model import Test as Atom

RULES = (
    "title: One\nid: 11111111-1111-4111-8111-111111111111\nname: one\n"
    "logsource: {product: windows, category: process_creation}\n"
    "detection:\n    s: {a: 1}\n    condition: s\n---\n"
    "title: Two\nname: two\nlogsource: {product: Windows, service: security}\n"
    "detection:\n    s: {a: 2}\n    condition: s\n---\n"
)
IS_ONE, IS_TWO = Atom("a", Operator.EQUALS, "1"), Atom("a", Operator.EQUALS, "2")
NO_ADMIN = Not(Atom("user", Operator.EQUALS, "admin"))


def filter_of(rules: str, logsource: str = "{product: windows}") -> str:
    """A filter's document."""
    return (
        f"title: Not the administrator\nlogsource: {logsource}\n"
        f"filter:\n    rules: {rules}\n    known: {{user: admin}}\n    condition: not known\n"
    )


def conditions(load_text: Load, *filters: str) -> list[object]:
    """The conditions of both rules."""
    rules = load_text(RULES + "---\n".join(filters)).rules
    return [rule.condition for rule in rules if isinstance(rule, DetectionRule)]


@pytest.mark.parametrize("rules", ["any", "Any", "[]", "[one, two]"])
def test_a_rule_asks_for_the_filters_condition_besides(load_text: Load, rules: str) -> None:
    """A filter is no rule itself; `any` and an empty list are every rule of its logsource."""
    assert conditions(load_text, filter_of(rules)) == [And((IS_ONE, NO_ADMIN)), And((IS_TWO, NO_ADMIN))]


@pytest.mark.parametrize(
    "rules", ["one", "[one]", "11111111-1111-4111-8111-111111111111", "['11111111111141118111111111111111']"]
)
def test_a_filter_names_its_rules_by_id_or_name(load_text: Load, rules: str) -> None:
    """Ids in any spelling of a UUID; the others stay as they are."""
    assert conditions(load_text, filter_of(rules)) == [And((IS_ONE, NO_ADMIN)), IS_TWO]


def test_a_rule_must_have_all_that_the_filters_logsource_names(load_text: Load) -> None:
    """A rule that leaves a part open is wider than the filter, which does not apply to it."""
    found = conditions(load_text, filter_of("any", "{product: windows, service: Security}"))
    assert found == [IS_ONE, And((IS_TWO, NO_ADMIN))]


def test_several_filters_all_apply(load_text: Load) -> None:
    """Each takes something out."""
    other = filter_of("one").replace("admin", "root").replace("Not the", "Not even the")
    assert conditions(load_text, filter_of("any"), other)[0] == And(
        (IS_ONE, NO_ADMIN, Not(Atom("user", Operator.EQUALS, "root")))
    )


def test_a_filter_takes_matches_out(load_text: Load) -> None:
    """By the plain reading: the same event without it, and not with it."""
    event = {"a": "1", "user": "Admin"}
    bare, filtered = (load_text(RULES + more).rules[0] for more in ("", filter_of("any")))
    assert isinstance(bare, DetectionRule)
    assert isinstance(filtered, DetectionRule)
    assert [matches(rule, event, LogSource()) for rule in (bare, filtered)] == [True, False]


def test_them_in_a_filter_means_its_own_selections(load_text: Load) -> None:
    """The filter's condition never sees the rule's selections, even where they have one name."""
    text = filter_of("one").replace("known: {user: admin}", "s: {user: admin}").replace("not known", "not 1 of them")
    assert conditions(load_text, text)[0] == And((IS_ONE, NO_ADMIN))


def test_a_filter_of_a_rule_that_is_not_there_is_a_warning(issues_of: IssuesOf) -> None:
    """It applies to its others."""
    assert issues_of(RULES + filter_of("[one, three]")) == [
        "r.yml:19:18: there is no rule 'three'; name a loaded rule by its id or name"
    ]


def test_a_filter_that_applies_to_nothing_is_a_warning(issues_of: IssuesOf) -> None:
    """Its author believes that something is filtered."""
    (issue,) = issues_of(RULES + filter_of("one", "{product: linux}"))
    assert issue == (
        "r.yml:16:1: the filter applies to no rule: none of its rules has its logsource; "
        "name the rule's product, category and service, or fewer of them"
    )


def test_a_broken_filter_is_left_out_and_the_rules_are_not(load_text: Load) -> None:
    """More alarms are better than none."""
    assert conditions(load_text, filter_of("any").replace("not known", "not nobody")) == [IS_ONE, IS_TWO]
