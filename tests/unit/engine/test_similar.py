"""Who says nearly the same: the engine against the oracle in any order, in any batches, across restarts."""

import random

import pytest
from conformance.cases import Event
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle import correlate as oracle
from tests.unit.engine.test_correlate import meta, run_shuffled

from tocsin.engine import similar, similar_runs
from tocsin.kernel.logsource import LogSource
from tocsin.rules import model
from tocsin.rules.model import CorrelationRule, CorrelationType, DetectionRule, Operator, Rule, Similar, Threshold

SECOND_US = 1_000_000
POST = DetectionRule(meta("post"), LogSource(), model.Test("kind", Operator.EQUALS, "post"), alerts=False)
WORDS = ["the", "library", "lends", "garden", "tools", "on", "every", "second", "saturday", "bring", "your", "card"]
WORDS += ["and", "a", "bag", "to", "the", "back", "door"]
TEXTS = st.builds(
    lambda start, dropped, name, case: case(
        " ".join([word for place, word in enumerate(WORDS[start:] + WORDS[:start]) if place not in dropped] + [name])
    ),
    st.sampled_from([0, 0, 0, 5, 9]),
    st.sets(st.integers(0, 18), max_size=5),
    st.sampled_from(["", "", "anna", "bartholomew", "https://tools.example/17", "completely different ending here"]),
    st.sampled_from([str, str.upper, str.title]),
)
POSTS = st.lists(
    st.builds(
        lambda time, number, actor, group, text: Event(
            time * SECOND_US, str(number), {"kind": "post", "actor": actor, "room": group, "text": text}
        ),
        st.integers(0, 40),
        st.integers(0, 10_000),
        st.sampled_from(["a", "b", "c", "d", None]),
        st.sampled_from(["x", "x", "x", "y", None]),
        TEXTS | st.sampled_from(["short", None]),
    ),
    min_size=1,
    max_size=25,
    unique_by=lambda event: event.id,
)


def rule(timespan_s: int, threshold: Threshold, at_least: float, group_by: tuple[str, ...]) -> CorrelationRule:
    """A rule about who says nearly the same."""
    return CorrelationRule(
        meta("rule"),
        CorrelationType.VALUE_COUNT,
        ("post",),
        timespan_s * SECOND_US,
        (threshold,),
        group_by,
        fields=("actor",),
        similar=Similar("text", at_least, 20),
    )


RULES = st.builds(
    rule,
    st.integers(0, 12),
    st.builds(Threshold, st.sampled_from(["gte", "gt"]), st.sampled_from([1.0, 2.0, 2.5, 3.0])),
    st.sampled_from([0.5, 0.6, 0.7, 0.8, 0.9, 1.0]),
    st.sampled_from([(), ("room",)]),
)


def assert_conforms(rule: CorrelationRule, events: list[Event], lateness_s: int, chance: random.Random) -> None:
    """The alerts of the definition, each once; two campaigns may have the same times and counts."""
    rules: list[Rule] = [POST, rule]
    alerts = run_shuffled(rules, events, lateness_s, chance).alerts.values()
    got = [(each.group, each.first_us, each.last_us, each.count) for each in alerts]
    facts = [oracle.Event(event.time_us, event.id, event.fields) for event in events]
    wanted = [
        (tuple(zip(rule.group_by, each.group, strict=True)), each.first_us, each.ends[-1], each.count)
        for each in oracle.episodes(rule, {each.meta.id: each for each in rules}, facts)
    ]
    assert sorted(got) == sorted(wanted)


@settings(max_examples=200, deadline=None)
@given(rule=RULES, events=POSTS, lateness=st.integers(0, 15), chance=st.randoms(use_true_random=False))
def test_any_order_within_the_lateness_gives_the_episodes_of_the_definition(
    rule: CorrelationRule, events: list[Event], lateness: int, chance: random.Random
) -> None:
    """Whatever varies in the texts, and however the posts are cut into batches."""
    assert_conforms(rule, events, lateness, chance)


@settings(max_examples=60, deadline=None)
@given(rule=RULES, events=POSTS, lateness=st.integers(0, 15), chance=st.randoms(use_true_random=False))
def test_they_are_the_same_when_little_is_judged_at_a_time(
    rule: CorrelationRule, events: list[Event], lateness: int, chance: random.Random
) -> None:
    """The parts in which much is judged join at their edges."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(similar, "_POSTS", 3)
        patch.setattr(similar_runs, "_PAIRS", 1)
        assert_conforms(rule, events, lateness, chance)
