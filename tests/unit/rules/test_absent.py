"""`tocsin.absent`: what it reads and what it says of mistakes."""

from collections.abc import Callable

import pytest
from tests.unit.rules.conftest import IssuesOf

from tocsin.rules.model import Absence, CorrelationRule, RuleSet

FEEDS = """
title: Opened
name: opened
logsource: {product: app}
detection: {s: {action: open}, condition: s}
---
title: Approved
name: approved
logsource: {product: app}
detection: {s: {action: approve}, condition: s}
---
"""
RULE = """title: Missing
name: missing
correlation:
    type: temporal_ordered
    rules: [opened, approved]
    timespan: 1h
    condition: opened and not approved
"""
MINUTE_US = 60_000_000

LoadText = Callable[[str], RuleSet]


def absence(ruleset: RuleSet) -> Absence | None:
    """What the last rule reads."""
    assert ruleset.issues == ()
    rule = ruleset.rules[-1]
    assert isinstance(rule, CorrelationRule)
    return rule.absence


def test_the_order_of_the_rules_says_which_should_have_come_first(load_text: LoadText) -> None:
    """The one after `not` is missing: behind the other, or before it."""
    section = "tocsin: {absent: {within: 10m}}\n"
    assert absence(load_text(FEEDS + RULE + section)) == Absence(10 * MINUTE_US, is_before=False)
    turned = RULE.replace("[opened, approved]", "[approved, opened]")
    assert absence(load_text(FEEDS + turned + section)) == Absence(10 * MINUTE_US, is_before=True)
    assert absence(load_text(FEEDS + RULE)) is None


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("10m", "not a mapping, such as {within: 10m}"),
        ("{}", "the rule has no 'within'; say how long the other one has time"),
        ("{whithin: 10m}", "'whithin' is not a key of 'absent'; write 'within'"),
        ("{within: soon}", "soon"),
        ("{within: 900d}", "out of bounds"),
    ],
)
def test_every_mistake_is_named(issues_of: IssuesOf, written: str, said: str) -> None:
    """What is wrong, the value, and what is allowed."""
    assert any(said in each for each in issues_of(FEEDS + RULE + f"tocsin: {{absent: {written}}}\n"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("temporal_ordered", "temporal"),
        ("condition: opened and not approved", "condition: opened and approved"),
        ("condition: opened and not approved", "condition: {gte: 2}"),
        ("    condition: opened and not approved\n", ""),
        ("condition: opened and not approved", "condition: not approved and not opened"),
    ],
)
def test_one_of_two_rules_in_order_is_missing(issues_of: IssuesOf, old: str, new: str) -> None:
    """Anything else is refused with the mend."""
    found = issues_of(FEEDS + RULE.replace(old, new) + "tocsin: {absent: {within: 10m}}\n")
    assert any("two rules in order, of which one is missing; write 'type: temporal_ordered'" in each for each in found)


def test_a_rule_over_single_events_misses_nothing(issues_of: IssuesOf) -> None:
    """It belongs to a correlation."""
    detection = FEEDS.rpartition("---\n")[0].strip().partition("---")[0] + "tocsin: {absent: {within: 10m}}\n"
    (issue,) = issues_of(detection)
    assert "belongs to a temporal_ordered correlation" in issue
