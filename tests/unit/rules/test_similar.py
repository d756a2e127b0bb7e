"""`tocsin.similar`: what it reads and what it says of mistakes."""

from collections.abc import Callable

import pytest
from tests.unit.rules.conftest import IssuesOf

from tocsin.rules.model import CorrelationRule, RuleSet, Similar

POST = """
title: Post
name: post
logsource: {product: app}
detection: {s: {action: post}, condition: s}
---
"""
RULE = """title: Same
name: same
correlation:
    type: value_count
    rules: [post]
    timespan: 10m
    condition: {field: actor, gte: 5}
"""

LoadText = Callable[[str], RuleSet]


def test_it_is_read(load_text: LoadText) -> None:
    """With what is not written at its default."""
    for written, read in (
        ("{field: text}", Similar("text", 0.8, 40)),
        ("{field: body.text, at_least: 0.65, shortest: 60}", Similar("body.text", 0.65, 60)),
        ("{field: text, at_least: 1}", Similar("text", 1.0, 40)),
    ):
        ruleset = load_text(POST + RULE + f"tocsin: {{similar: {written}}}\n")
        assert ruleset.issues == ()
        rule = ruleset.rules[1]
        assert isinstance(rule, CorrelationRule)
        assert rule.similar == read


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("0.8", "'similar' is the number '0.8', not a mapping"),
        ("{at_least: 0.8}", "the rule has no 'field'; name the field whose text is compared"),
        ("{field: [a, b]}", "'field' is a list, not the name of one field"),
        ("{field: text, at_last: 0.8}", "'at_last' is not a key of 'similar'; write 'at_least'"),
        ("{field: text, at_least: 80}", "'at_least' is the number '80', not a number from 0.5 to 1"),
        ("{field: text, at_least: 0.2}", "'at_least' is the number '0.2', not a number from 0.5 to 1"),
        ("{field: text, at_least: true}", "'at_least' is true or false"),
        ("{field: text, at_least: .nan}", "'at_least' is the number 'nan'"),
        ("{field: text, shortest: 2}", "'shortest' is the number '2', not a whole number of letters from 8 to 1,000"),
        ("{field: text, shortest: 40.5}", "'shortest' is the number '40.5'"),
    ],
)
def test_every_mistake_is_named(issues_of: IssuesOf, written: str, said: str) -> None:
    """What is wrong, the value, and what is allowed."""
    (issue,) = issues_of(POST + RULE + f"tocsin: {{similar: {written}}}\n")
    assert said in issue
    assert issue.startswith("r.yml:1")


def test_it_needs_a_value_count(issues_of: IssuesOf) -> None:
    """Other types count no actors."""
    rule = RULE.replace("value_count", "event_count")
    (issue,) = issues_of(POST + rule + "tocsin: {similar: {field: text}}\n")
    assert "'similar' counts actors, which event_count does not; write 'type: value_count'" in issue


def test_it_rings_at_many(issues_of: IssuesOf) -> None:
    """Few who say the same are no alarm."""
    rule = RULE.replace("gte: 5", "lt: 5")
    (issue,) = issues_of(POST + rule + "tocsin: {similar: {field: text}}\n")
    assert "has 'lt', and 'similar' rings at many; use gte or gt" in issue


def test_a_detection_rule_has_none(issues_of: IssuesOf) -> None:
    """It belongs to the correlation over it."""
    (issue,) = issues_of(POST.replace("---\n", "tocsin: {similar: {field: text}}\n"))
    assert "'tocsin: similar' belongs to a value_count correlation" in issue


def test_it_stands_in_no_chain(issues_of: IssuesOf) -> None:
    """A correlation says nothing that could be compared, and threads are no windows of a group."""
    over = RULE.replace("name: same", "name: over").replace("[post]", "[same]").replace("field: actor", "field: host")
    same = RULE.replace("    rules", "    group-by: [host]\n    rules") + "tocsin: {similar: {field: text}}\n"
    (issue,) = issues_of(POST + same + "---\n" + over)
    assert "a correlation over 'same', which has 'similar', is not supported" in issue
    plain = RULE.replace("    rules", "    group-by: [host]\n    rules")
    (issue,) = issues_of(POST + plain + "---\n" + over + "tocsin: {similar: {field: text}}\n")
    assert "'similar' compares what events say, and 'same' is a correlation" in issue


def test_no_alias_stands_for_the_compared_field(issues_of: IssuesOf) -> None:
    """Each rule's events hold it under its own name."""
    rule = RULE + "    aliases: {text: {post: body}}\n    group-by: [text]\n"
    (issue,) = issues_of(POST + rule + "tocsin: {similar: {field: text}}\n")
    assert "an alias for the compared field 'text' is not supported" in issue
