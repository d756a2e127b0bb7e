"""The `tocsin:` key."""

from collections.abc import Callable

import pytest
from tests.unit.rules.conftest import HEAD

from tocsin.rules.extensions import DETECTION_KEYS, PLANNED_KEYS
from tocsin.rules.model import DetectionRule, RuleSet

RULE = HEAD + "detection:\n    s: {a: 1}\n    condition: s\n"

LoadText = Callable[[str], RuleSet]


def only(ruleset: RuleSet) -> DetectionRule:
    """The one detection rule of a rule set without issues."""
    assert ruleset.issues == ()
    (rule,) = ruleset.rules
    assert isinstance(rule, DetectionRule)
    return rule


def test_without_it_matches_of_an_hour_are_one_alert(load_text: LoadText) -> None:
    """The defaults: no group, one hour."""
    rule = only(load_text(RULE))
    assert (rule.group_by, rule.timespan_us, rule.meta.next_steps) == ((), 3_600_000_000, "")


def test_group_timespan_and_next_steps_are_read(load_text: LoadText) -> None:
    """What Sigma cannot say of a detection rule."""
    rule = only(load_text(RULE + "tocsin:\n    group-by: [user]\n    timespan: 10m\n    next_steps: Look.\n"))
    assert (rule.group_by, rule.timespan_us, rule.meta.next_steps) == (("user",), 600_000_000, "Look.")


def test_tests_are_kept_for_their_own_command(load_text: LoadText) -> None:
    """They change nothing of the rule."""
    assert only(load_text(RULE + "tocsin:\n    tests: [{event: {a: 1}}]\n")) == only(load_text(RULE))


@pytest.mark.parametrize("key", PLANNED_KEYS)
def test_a_rule_with_a_key_that_does_nothing_yet_is_left_out(load_text: LoadText, key: str) -> None:
    """It would run with another meaning."""
    ruleset = load_text(RULE + f"tocsin: {{{key}: 1}}\n")
    assert ruleset.rules == ()
    assert [issue.code for issue in ruleset.issues] == ["not-supported"]


def test_no_key_is_both_read_and_planned() -> None:
    """A key that begins to work leaves the list of the planned ones."""
    assert not set(PLANNED_KEYS) & set(DETECTION_KEYS)
