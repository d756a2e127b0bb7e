"""Correlations: what is read, what is refused, and where."""

# ruff: noqa: E501  a case is one line, so that the cases can be read as a table

from collections.abc import Callable

import pytest
from tests.unit.rules.conftest import HEAD, IssuesOf

from tocsin.rules.model import CorrelationRule, CorrelationType, Presence, RuleSet, Threshold

BASE = HEAD + "name: base\ndetection:\n    s: {a: 1}\n    condition: s\n---\n"
FIRST_LINE = 9
"""The line after `BASE`, in which the correlation's document begins its keys."""


def correlate(**changes: str) -> str:
    """A correlation over `base`, keys changed or (by an empty text) left out; one key a line from line 11 on."""
    keys = {
        "type": "event_count",
        "rules": "base",
        "group-by": "[user, host]",
        "timespan": "5m",
        "condition": "{gte: 10}",
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    lines = "".join(f"    {key}: {value}\n" for key, value in keys.items() if value)
    return f"{BASE}title: Many\ncorrelation:\n{lines}"


THREE = "---\n".join(BASE.removesuffix("---\n").replace("name: base", f"name: {name}") for name in "abc") + (
    "---\ntitle: Words\ncorrelation:\n    type: temporal\n    group-by: user\n    timespan: 5m\n    "
)

LoadText = Callable[[str], RuleSet]


def only(ruleset: RuleSet) -> CorrelationRule:
    """The one correlation of a rule set without issues."""
    assert [str(issue) for issue in ruleset.issues] == []
    (rule,) = (rule for rule in ruleset.rules if isinstance(rule, CorrelationRule))
    return rule


def test_an_event_count_is_read_whole(load_text: LoadText) -> None:
    """Type, rules by id, group, timespan in microseconds and the threshold."""
    rule = only(load_text(correlate()))
    assert rule.type is CorrelationType.EVENT_COUNT
    assert rule.rules == ("base",)
    assert rule.group_by == ("user", "host")
    assert rule.timespan_us == 300_000_000
    assert rule.thresholds == (Threshold("gte", 10.0),)


def test_a_value_count_names_its_field(load_text: LoadText) -> None:
    """The field whose distinct values are counted stands in the condition."""
    rule = only(load_text(correlate(type="value_count", condition="{gt: 3, field: user}")))
    assert (rule.thresholds, rule.fields) == ((Threshold("gt", 3.0),), ("user",))


def test_a_value_count_may_combine_fields(load_text: LoadText) -> None:
    """Of several fields the combinations of their values are counted."""
    assert only(load_text(correlate(type="value_count", condition="{gt: 3, field: [a, b]}"))).fields == ("a", "b")


@pytest.mark.parametrize("kind", ["value_sum", "value_avg", "value_percentile"])
def test_a_number_may_be_compared_in_every_way(load_text: LoadText, kind: str) -> None:
    """Sums, averages and percentiles take negative limits and fractions."""
    rule = only(load_text(correlate(type=kind, condition="{lt: -2.5, neq: -3, field: bytes}")))
    assert rule.thresholds == (Threshold("lt", -2.5), Threshold("neq", -3.0))


def test_a_percentile_is_kept(load_text: LoadText) -> None:
    """Which one to compare stands beside the comparison; without it, the share of a value is compared."""
    condition = "{gte: 10, field: bytes, percentile: 99.5}"
    assert only(load_text(correlate(type="value_percentile", condition=condition))).percentile == 99.5
    assert only(load_text(correlate(type="value_percentile", condition="{lte: 1, field: image}"))).percentile is None


def test_a_temporal_correlation_needs_no_condition(load_text: LoadText) -> None:
    """All of its rules must be there."""
    rule = only(load_text(correlate(type="temporal", condition="")))
    assert (rule.thresholds, rule.presences) == ((), ())


def test_a_condition_in_words_is_read_as_its_alternatives(load_text: LoadText) -> None:
    """Names stand for the ids of their rules."""
    text = f"{THREE}condition: a and (b or not c)\n"
    rule = next(rule for rule in load_text(text).rules if isinstance(rule, CorrelationRule))
    assert rule.presences == (Presence(("a",), ("c",)), Presence(("a", "b")))
    assert rule.rules == ("a", "b", "c")


def test_a_correlation_may_name_correlations(load_text: LoadText) -> None:
    """What feeds another correlation rings by itself only where that one says `generate`."""
    chain = (
        "---\ntitle: Chain\nname: chain\n"
        "correlation: {type: event_count, rules: inner, group-by: user, timespan: 1h, condition: {gte: 2}%s}\n"
    )
    text = correlate().replace("title: Many\n", "title: Many\nname: inner\n")
    for more, alerts in (("", False), (", generate: true", True)):
        rules = load_text(text + chain % more).by_id
        inner = rules["inner"]
        assert isinstance(inner, CorrelationRule)
        assert inner.alerts is alerts


def test_a_condition_may_compare_more_than_once(load_text: LoadText) -> None:
    """All of its comparisons must hold."""
    rule = only(load_text(correlate(condition="{gte: 10, gt: 11}")))
    assert rule.thresholds == (Threshold("gt", 11.0), Threshold("gte", 10.0))


def test_aliases_are_kept_with_the_ids_of_their_rules(load_text: LoadText) -> None:
    """An alias maps each rule to its own field."""
    rule = only(load_text(correlate(group_by="who", aliases="{who: {base: user.name}}")))
    assert rule.group_by == ("who",)
    assert rule.aliases == (("who", (("base", "user.name"),)),)


@pytest.mark.parametrize(("timespan", "seconds"), [("90s", 90), ("5m", 300), ("2h", 7200), ("1d", 86_400)])
def test_a_timespan_has_a_unit(load_text: LoadText, timespan: str, seconds: int) -> None:
    """Seconds, minutes, hours and days."""
    assert only(load_text(correlate(timespan=timespan))).timespan_us == seconds * 1_000_000


CASES = {
    "not a mapping": (BASE + "title: Many\ncorrelation: [a]\n", ["r.yml:10:14: 'correlation' is a list, not a mapping; write a mapping"]),
    "no type": (correlate(type=""), ["r.yml:10:1: the rule has no 'type'; use event_count, value_count, temporal, temporal_ordered, value_sum, value_avg or value_percentile"]),
    "unknown type": (correlate(type="event_cuont"), ["r.yml:11:11: correlation type 'event_cuont' is not a correlation type; write 'event_count'"]),
    "percentile of 200": (correlate(type="value_percentile", condition="{gte: 10, field: bytes, percentile: 200}"), ["r.yml:15:52: 'percentile' is the number '200', not a number from 0 to 100; write a number from 0 to 100"]),
    "no rules": (correlate(rules=""), ["r.yml:10:1: the rule has no 'rules'; list the ids or names of the rules it counts"]),
    "no timespan": (correlate(timespan=""), ["r.yml:10:1: the rule has no 'timespan'; say how long a window is, such as 'timespan: 5m'"]),
    "bad timespan": (correlate(timespan="5x"), ["r.yml:14:15: '5x' is not a duration; write a whole number and s, m, h, d or w, such as 5m"]),
    "timespan without unit": (correlate(timespan="60"), ["r.yml:14:15: '60' is not a duration; write a whole number and s, m, h, d or w, such as 5m"]),
    "no condition": (correlate(condition=""), ["r.yml:10:1: the rule has no 'condition'; say when it rings, such as 'condition: {gte: 10}'"]),
    "condition in words": (correlate(condition="gte 10"), ["r.yml:15:16: 'condition' is a text, not a mapping; write a mapping"]),
    "condition without comparison": (correlate(condition="{field: a}"), ["r.yml:15:5: the correlation's condition compares with nothing; add one, such as 'gte: 10'"]),
    "unknown comparison": (correlate(condition="{get: 10}"), ["r.yml:15:17: 'get' is not a key of 'condition'; write 'gt'"]),
    "threshold in words": (correlate(condition="{gte: ten}"), ["r.yml:15:22: 'gte' is a text, not a number; write a number"]),
    "endless threshold": (correlate(condition="{gte: .inf}"), ["r.yml:15:22: 'gte' is the number 'inf', not a number; write a number"]),
    "threshold of nothing": (correlate(condition="{gte: 0}"), ["r.yml:15:22: the correlation's condition 'gte: 0' always holds; use 1 or more"]),
    "lt of nothing": (correlate(condition="{lt: 1}"), ["r.yml:15:21: the correlation's condition 'lt: 1' never holds; use 2 or more"]),
    "eq of nothing": (correlate(condition="{eq: 0}"), ["r.yml:15:21: the correlation's condition 'eq: 0' never holds; use 1 or more"]),
    "words without end": (correlate(type="temporal", condition="base and"), ["r.yml:15:16: the correlation's condition has nothing where a rule's name should stand; write rule names with 'and', 'or', 'not' and parentheses"]),
    "words of others": (correlate(type="temporal", condition="base or bose"), ["r.yml:15:16: the correlation's condition names 'bose', which is not under 'rules'; name all of the rules, and no others"]),
    "words of nothing": (correlate(type="temporal", condition="base and not base"), ["r.yml:15:16: the correlation's condition never holds; write rule names with 'and', 'or', 'not' and parentheses"]),
    "sum of two fields": (correlate(type="value_sum", condition="{gte: 5, field: [a, b]}"), ["r.yml:15:32: a value_sum over several fields is not supported yet; name one field"]),
    "value_count without field": (correlate(type="value_count"), ["r.yml:15:5: the rule has no 'field'; name the field whose values are taken"]),
    "unknown key": (correlate(groupby="a"), ["r.yml:16:5: 'groupby' is not a key of 'correlation'; write 'group-by'"]),
    "generate in words": (correlate(generate="maybe"), ["r.yml:16:15: 'generate' is a text, not true or false; write true or false"]),
    "aliases are a list": (correlate(aliases="[a]"), ["r.yml:16:14: 'aliases' is a list, not a mapping; write a mapping"]),
    "alias of a text": (correlate(aliases="{who: base}"), ["r.yml:16:20: 'who' is a text, not a mapping of rules to fields; write a mapping of rules to fields"]),
    "alias of an unknown rule": (correlate(aliases="{who: {bose: a}}"), ["r.yml:16:21: there is no rule 'bose'; write 'base'"]),
    "unknown reference": (correlate(rules="[base, bsae]"), ["r.yml:12:19: there is no rule 'bsae'; write 'base'"]),
    "far reference": (correlate(rules="[base, zzz]"), ["r.yml:12:19: there is no rule 'zzz'; name a loaded rule by its id or name"]),
    "tocsin group-by": (correlate() + "tocsin: {group-by: a}\n", ["r.yml:16:10: 'group-by' is not a key of 'tocsin'; use similar, absent, baseline, next_steps or tests"]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_a_correlation_that_cannot_run_says_why(issues_of: IssuesOf, text: str, expected: list[str]) -> None:
    """Every mistake has its own message, and what is not supported yet is named."""
    assert issues_of(text) == expected


@pytest.mark.parametrize("text", [text for text, _ in CASES.values()], ids=CASES)
def test_a_correlation_with_an_issue_is_left_out_and_its_rule_is_not(load_text: LoadText, text: str) -> None:
    """Nothing runs with another meaning than was written, and nothing else stops."""
    assert [rule.meta.id for rule in load_text(text).rules] == ["base"]
