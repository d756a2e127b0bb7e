"""Processing pipelines: what they make of a rule, and what is said of those that are wrong."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.rules.conftest import HEAD, Write

from tocsin.rules.load import load
from tocsin.rules.model import And, DetectionRule, Expression, Operator, Or
from tocsin.rules.model import Test as Atom
from tocsin.rules.site import read_site

RULE = HEAD + "detection:\n    s:\n        a|expand: '%admins%'\n    condition: s\n"
VALUES = "placeholders:\n    admins: [root, 'adm*']\n    one: x\n"
ConditionOf = Callable[[str, str], tuple[Expression | None, list[str]]]
MAPPING = (
    "name: ours\npriority: 20\ntransformations:\n"
    "    - type: field_name_mapping\n      mapping: {a: user.name, b: [c, d]}\n"
    "      rule_conditions:\n        - {type: logsource, product: linux}\n"
)
NO_VALUES = (
    "the placeholder '%nobody%' has no values; "
    "list its values under 'placeholders:' in a file that TOCSIN_PLACEHOLDERS names"
)


@pytest.fixture
def condition_of(write: Write) -> ConditionOf:
    """The condition of a rule's text at a site of one pipeline."""

    def read(rule: str, pipeline: str) -> tuple[Expression | None, list[str]]:
        site, found = read_site([write("values.yml", VALUES)], [write("pipeline.yml", pipeline)])
        ruleset = load([write("r.yml", rule)], site)
        conditions = [each.condition for each in ruleset.rules if isinstance(each, DetectionRule)]
        return (conditions or [None])[0], [str(issue) for issue in (*found, *ruleset.issues)]

    return read


def test_a_pipeline_renames_fields(condition_of: ConditionOf) -> None:
    """Also into several; what the placeholders stand for is tested on the new field."""
    rule = RULE.replace("condition: s", "t: {b: 1}\n    condition: s and t")
    user = Or((Atom("user.name", Operator.EQUALS, "root"), Atom("user.name", Operator.STARTSWITH, "adm")))
    both = Or((Atom("c", Operator.EQUALS, "1"), Atom("d", Operator.EQUALS, "1")))
    assert condition_of(rule, MAPPING) == (And((user, both)), [])


def test_a_pipelines_conditions_decide_for_which_rules(condition_of: ConditionOf) -> None:
    """A rule of another product stays as it is."""
    found, _ = condition_of(RULE.replace("linux", "windows"), MAPPING)
    assert found == Or((Atom("a", Operator.EQUALS, "root"), Atom("a", Operator.STARTSWITH, "adm")))


def test_a_pipeline_may_know_placeholders_of_its_own(condition_of: ConditionOf) -> None:
    """pySigma's `value_placeholders` with `vars`; those that nobody knows are an issue."""
    pipeline = "vars: {staff: [ann, bob]}\ntransformations:\n    - {type: value_placeholders, include: [staff]}\n"
    found, wrong = condition_of(RULE.replace("admins", "staff"), pipeline)
    assert (found, wrong) == (Or((Atom("a", Operator.EQUALS, "ann"), Atom("a", Operator.EQUALS, "bob"))), [])
    found, wrong = condition_of(RULE.replace("admins", "nobody"), pipeline)
    assert found is None
    assert wrong == [f"r.yml:1:1: the processing pipelines cannot be applied: {NO_VALUES}"]


def test_a_pipeline_may_add_to_a_condition(condition_of: ConditionOf) -> None:
    """And change the logsource, values and so on: all of pySigma's transformations."""
    pipeline = "transformations:\n    - {type: add_condition, conditions: {host: web1}}\n"
    found, wrong = condition_of(RULE.replace("%admins%", "%one%"), pipeline)
    assert (found, wrong) == (And((Atom("host", Operator.EQUALS, "web1"), Atom("a", Operator.EQUALS, "x"))), [])


def test_pipelines_are_applied_by_priority(write: Write) -> None:
    """As in pySigma: the lower first, whatever their files are called."""
    write("p/a.yml", "priority: 30\ntransformations:\n    - {type: field_name_mapping, mapping: {b: c}}\n")
    write("p/b.yml", "priority: 10\ntransformations:\n    - {type: field_name_mapping, mapping: {a: b}}\n")
    site, _ = read_site([write("values.yml", VALUES)], [Path("p")])
    (rule,) = load([write("r.yml", RULE.replace("admins", "one"))], site).rules
    assert isinstance(rule, DetectionRule)
    assert rule.condition == Atom("c", Operator.EQUALS, "x")


@pytest.mark.parametrize(
    ("pipeline", "expected"),
    [
        ("transformations:\n    - {type: rename}\n", "pipeline.yml:2:7: the processing pipeline cannot be read: "),
        (
            "transformations:\n    - {type: field_name_mapping, mapping: {}}\n    - {mapping: {}}\n",
            "pipeline.yml:3:7: the processing pipeline cannot be read: ",
        ),
        ("steps: []\n", "pipeline.yml:1:1: the processing pipeline cannot be read: "),
        ("transformations: [a]\n", "pipeline.yml:1:1: the processing pipeline cannot be read: "),
        ("transformations: {\n", "pipeline.yml:2:1: this is not YAML"),
    ],
)
def test_a_wrong_pipeline_says_where_and_is_left_out(condition_of: ConditionOf, pipeline: str, expected: str) -> None:
    """The rules are loaded without it."""
    found, wrong = condition_of(RULE.replace("admins", "one"), pipeline)
    assert found == Atom("a", Operator.EQUALS, "x")
    assert [issue[: len(expected)] for issue in wrong] == [expected]


def test_a_pipeline_that_refuses_a_rule_is_an_issue_of_the_rule(condition_of: ConditionOf) -> None:
    """With the pipeline's own words."""
    pipeline = "transformations:\n    - {type: rule_failure, message: Not for us.}\n"
    assert condition_of(RULE, pipeline) == (
        None,
        ["r.yml:1:1: the processing pipelines cannot be applied: Not for us; change the rule or the pipeline"],
    )
