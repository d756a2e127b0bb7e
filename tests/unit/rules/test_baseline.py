"""`tocsin.baseline`: what is read, and what each mistake is told."""

from collections.abc import Callable

import pytest

from tocsin.rules.model import Baseline, CorrelationRule, RuleSet

FEED = """\
title: Failed
id: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b01
name: failed
logsource: {product: app}
detection:
  selection: {action: failed}
  condition: selection
---
"""
RULE = """\
title: Guessing
id: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b02
correlation:
  type: %s
  rules: [failed]
  group-by: [ip]
  timespan: %s
  condition: %s
level: high
tocsin:
  baseline: %s
"""


def written(baseline: str, kind: str = "event_count", timespan: str = "10m", condition: str = "{gte: 3}") -> str:
    """A rule file with one correlation and its baseline in line 19."""
    return FEED + RULE % (kind, timespan, condition, baseline)


@pytest.mark.parametrize(
    ("text", "baseline"),
    [
        ("{}", Baseline(4, 168, 0.999, False)),
        ("{history: 28d, season: week, quantile: 0.999}", Baseline(4, 168, 0.999, False)),
        ("{history: 12w, over: all}", Baseline(12, 168, 0.999, True)),
        ("{season: day}", Baseline(28, 24, 0.999, False)),
        ("{season: day, history: 80h, quantile: 0.5, over: group}", Baseline(3, 24, 0.5, False)),
    ],
)
def test_a_baseline_is_read(load_text: Callable[[str], RuleSet], text: str, baseline: Baseline) -> None:
    """What is not written has a default; of the history whole seasons are used."""
    ruleset = load_text(written(text))
    assert [str(issue) for issue in ruleset.issues] == []
    rule = ruleset.by_id["6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b02"]
    assert isinstance(rule, CorrelationRule)
    assert rule.baseline == baseline


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("28d", "19:13: 'baseline' is a text, not a mapping of history, season, quantile and over; write a mapping"),
        ("", "'baseline' is empty, not a mapping"),
        ("{histroy: 28d}", "19:14: 'histroy' is not a key of 'baseline'; write 'history'"),
        ("{season: month}", "19:22: 'season' is 'month'; use week or day"),
        ("{over: every}", "19:20: 'over' is 'every'; use group or all"),
        ("{quantile: 99.9}", "19:24: 'quantile' is '99.9'; use a number from 0.5 to below 1"),
        ("{quantile: true}", "'quantile' is 'True'; use a number"),
        ("{history: long}", "19:23: 'history': 'long' is not a duration; write a whole number and s, m, h, d or w"),
        ("{history: 14d}", "19:23: 'history' is '14d', out of bounds; use 21d to 182d"),
        ("{season: day, history: 366d}", "'history' is '366d', out of bounds; use 3d to 182d"),
    ],
)
def test_a_mistake_is_named_with_its_mend(issues_of: Callable[[str], list[str]], text: str, message: str) -> None:
    """And where it stands."""
    (issue,) = issues_of(written(text))
    assert message in issue


@pytest.mark.parametrize(
    ("kind", "timespan", "condition", "message"),
    [
        ("value_sum", "10m", "{field: n, gte: 3}", "a baseline of value_sum is not a count; use it with event_count"),
        ("temporal", "10m", "{gte: 1}", "a baseline of temporal is not a count"),
        ("event_count", "10m", "{lt: 3}", "a baseline asks for more than is normal, and 'lt' for less; write the"),
        ("value_count", "10m", "{field: n, gte: 3, lte: 9}", "and 'lte' for less"),
        ("event_count", "2d", "{gte: 3}", "the timespan is longer than a day; use a timespan of at most 24h"),
    ],
)
def test_a_baseline_needs_a_count_that_can_be_too_high(
    issues_of: Callable[[str], list[str]], kind: str, timespan: str, condition: str, message: str
) -> None:
    """Other correlations are told what to write instead."""
    (issue,) = issues_of(written("{}", kind, timespan, condition))
    assert "r.yml:19:3" in issue
    assert message in issue


def test_a_detection_rule_has_no_count(issues_of: Callable[[str], list[str]]) -> None:
    """It is told to write a correlation over it."""
    (issue,) = issues_of(FEED.removesuffix("---\n") + "tocsin:\n  baseline: {}\n")
    assert "'tocsin: baseline' belongs to an event_count or value_count correlation" in issue


def test_what_is_nearly_the_same_has_no_baseline(issues_of: Callable[[str], list[str]]) -> None:
    """Each wave of sameness is its own group, and has no past."""
    text = written("{}", "value_count", "10m", "{field: user, gte: 3}") + "  similar: {field: text, at_least: 0.8}\n"
    (issue,) = issues_of(text)
    assert "'similar' and 'baseline' cannot stand in one rule; make two rules of it" in issue
