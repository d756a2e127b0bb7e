"""The engine against the oracle: every correlation type, any order of arrival, any batches, restarts, pruning."""

import random
from dataclasses import replace

import pytest
from conformance.cases import Event
from conformance.tocsin import Run
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle import correlate as oracle

from tocsin.kernel.issues import Location
from tocsin.kernel.logsource import LogSource
from tocsin.rules import model
from tocsin.rules.model import (
    Absence,
    CorrelationRule,
    CorrelationType,
    DetectionRule,
    Level,
    Meta,
    Operator,
    Presence,
    Rule,
    Threshold,
)

KINDS = ("a", "b", "c")
SECOND_US = 1_000_000


def meta(name: str) -> Meta:
    """A rule's head."""
    return Meta(name, name, Level.HIGH, Location("rule.yml"))


DETECTIONS = [
    DetectionRule(meta(kind), LogSource(), model.Test("kind", Operator.CONTAINS, kind), alerts=False) for kind in KINDS
]
EVENTS = st.lists(
    st.builds(
        lambda time, number, kind, group, host, value: Event(
            time * SECOND_US, str(number), {"kind": kind, "user": group, "host": host, "n": value}
        ),
        st.integers(0, 40),
        st.integers(0, 10_000),
        st.sampled_from(["a", "b", "c", "ab", "bc"]),
        st.sampled_from(["x", "x", "x", "y", None]),
        st.sampled_from(["h", "i"]),
        st.sampled_from(["1", "2", "0.5", "-3", "10", "x", None]),
    ),
    min_size=1,
    max_size=25,
    unique_by=lambda event: event.id,
)
COMPARISONS = st.sampled_from(["gt", "gte", "lt", "lte", "eq", "neq"])
TYPES = list(CorrelationType)


@st.composite
def correlations(draw: st.DrawFn, kind: CorrelationType, names: tuple[str, ...] = KINDS) -> CorrelationRule:
    """A correlation of ``kind`` over some of ``names``."""
    is_temporal = kind in {CorrelationType.TEMPORAL, CorrelationType.TEMPORAL_ORDERED}
    rules = tuple(draw(st.permutations(names)))[: draw(st.integers(2 if is_temporal else 1, len(names)))]
    limits = st.sampled_from([1.0, 2.0, 3.0, 50.0] if kind.value.startswith("value_p") else [-1.0, 0.5, 1.0, 2.0, 3.0])
    thresholds = st.builds(Threshold, COMPARISONS, limits)
    has_words = is_temporal and draw(st.booleans())
    presences = draw(st.lists(presences_of(rules), min_size=0, max_size=2)) if has_words else []
    is_metric = kind not in {CorrelationType.EVENT_COUNT, CorrelationType.TEMPORAL, CorrelationType.TEMPORAL_ORDERED}
    return CorrelationRule(
        meta("rule"),
        kind,
        rules,
        draw(st.integers(0, 10)) * SECOND_US,
        () if has_words else tuple(draw(st.lists(thresholds, min_size=1, max_size=2))),
        draw(st.sampled_from([("user",), ("user", "host"), ()])),
        fields=("n",) if is_metric else (),
        percentile=draw(st.sampled_from([None, 0.0, 50.0, 90.0, 100.0])) if kind == "value_percentile" else None,
        presences=tuple(presences),
    )


@st.composite
def presences_of(draw: st.DrawFn, rules: tuple[str, ...]) -> Presence:
    """Some rules that must, and some others that must not be there."""
    where = [draw(st.sampled_from(["in", "out", "any"])) for _ in rules]
    present = tuple(name for name, place in zip(rules, where, strict=True) if place == "in")
    absent = tuple(name for name, place in zip(rules, where, strict=True) if place == "out")
    return Presence(present or rules[:1], tuple(name for name in absent if name not in rules[:1]))


@st.composite
def absences(draw: st.DrawFn, names: tuple[str, ...] = KINDS) -> CorrelationRule:
    """One of two rules that is missing: it did not follow, or did not come before."""
    first, second = draw(st.permutations(names))[:2]
    is_before = draw(st.booleans())
    return CorrelationRule(
        meta("rule"),
        CorrelationType.TEMPORAL_ORDERED,
        (first, second),
        draw(st.integers(0, 10)) * SECOND_US,
        (),
        draw(st.sampled_from([("user",), ("user", "host"), ()])),
        presences=(Presence((second,), (first,)) if is_before else Presence((first,), (second,)),),
        absence=Absence(draw(st.integers(0, 12)) * SECOND_US, is_before),
    )


def assert_conforms(rules: list[Rule], events: list[Event], lateness_s: int, chance: random.Random) -> None:
    """Shuffled within the lateness, cut into batches, restarted and pruned: the alerts of the definition."""
    run = run_shuffled(rules, events, lateness_s, chance)
    got = {(each.rule, each.group, each.first_us, each.last_us, each.count) for each in run.alerts.values()}
    facts = [oracle.Event(event.time_us, event.id, event.fields) for event in events]
    wanted = {(each.rule, each.group, each.first_us, each.last_us, each.count) for each in oracle.ring(rules, facts)}
    assert got == wanted
    assert len(run.alerts) == len(got)


def run_shuffled(rules: list[Rule], events: list[Event], lateness_s: int, chance: random.Random) -> Run:
    """The engine after ``events`` in an order within the lateness, in batches of random sizes."""
    arriving = sorted(events, key=lambda event: event.time_us + chance.uniform(0, lateness_s * SECOND_US))
    run = Run(rules, lateness_s * SECOND_US, restarts=chance.random() < 0.5)
    for batch in split(arriving, chance):
        run.send(batch)
    run.finish()
    return run


def split(events: list[Event], chance: random.Random) -> list[list[Event]]:
    """``events`` in batches of random sizes."""
    batches, rest = [], list(events)
    while rest:
        size = chance.randint(1, min(len(rest), 8))
        batches.append(rest[:size])
        rest = rest[size:]
    return batches


@pytest.mark.parametrize("kind", TYPES)
@settings(max_examples=60, deadline=None)
@given(data=st.data(), events=EVENTS, lateness=st.integers(0, 15), chance=st.randoms(use_true_random=False))
def test_any_order_within_the_lateness_gives_the_episodes_of_the_definition(
    kind: CorrelationType, data: st.DataObject, events: list[Event], lateness: int, chance: random.Random
) -> None:
    """For every type, comparison, range and condition in words."""
    assert_conforms([*DETECTIONS, data.draw(correlations(kind))], events, lateness, chance)


@settings(max_examples=150, deadline=None)
@given(rule=absences(), events=EVENTS, lateness=st.integers(0, 15), chance=st.randoms(use_true_random=False))
def test_so_does_what_did_not_come(
    rule: CorrelationRule, events: list[Event], lateness: int, chance: random.Random
) -> None:
    """What did not follow and what did not come before, in time."""
    assert_conforms([*DETECTIONS, rule], events, lateness, chance)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), events=EVENTS, lateness=st.integers(0, 15), chance=st.randoms(use_true_random=False))
def test_what_did_not_come_is_counted_and_counts(
    data: st.DataObject, events: list[Event], lateness: int, chance: random.Random
) -> None:
    """An absence over correlations, and correlations over an absence."""
    inner = data.draw(st.one_of(absences(("a", "b")), correlations(data.draw(st.sampled_from(TYPES)), ("a", "b"))))
    inner = replace(inner, meta=meta("inner"), group_by=("user",), alerts=data.draw(st.booleans()))
    kind = data.draw(st.sampled_from(TYPES))
    outer = data.draw(st.one_of(absences(("inner", "c")), correlations(kind, ("inner", "c"))))
    outer = replace(outer, group_by=("user",), fields=("user",) if outer.fields else ())
    assert_conforms([*DETECTIONS, inner, outer], events, lateness, chance)


@pytest.mark.parametrize("kind", TYPES)
@settings(max_examples=50, deadline=None)
@given(data=st.data(), events=EVENTS, lateness=st.integers(0, 15), chance=st.randoms(use_true_random=False))
def test_chains_of_correlations_do_too(
    kind: CorrelationType, data: st.DataObject, events: list[Event], lateness: int, chance: random.Random
) -> None:
    """A correlation over another one of any type and a detection rule; the inner one may ring as well."""
    inner = data.draw(correlations(data.draw(st.sampled_from(TYPES)), ("a", "b")))
    inner = replace(inner, meta=meta("inner"), group_by=("user",), alerts=data.draw(st.booleans()))
    outer = data.draw(correlations(kind, ("inner", "c")))
    outer = replace(outer, group_by=("user",), fields=("user",) if outer.fields else ())
    assert_conforms([*DETECTIONS, inner, outer], events, lateness, chance)


@settings(max_examples=30, deadline=None)
@given(data=st.data(), events=EVENTS, lateness=st.integers(0, 15), chance=st.randoms(use_true_random=False))
def test_chains_of_three_do_too(data: st.DataObject, events: list[Event], lateness: int, chance: random.Random) -> None:
    """Each link asks the one before it in its own way."""
    counts = st.sampled_from([CorrelationType.EVENT_COUNT, CorrelationType.TEMPORAL_ORDERED, CorrelationType.TEMPORAL])
    rules: list[Rule] = [*DETECTIONS]
    names = ("a", "b")
    for name in ("one", "two", "three"):
        rule = data.draw(correlations(data.draw(counts), names))
        rules.append(replace(rule, meta=meta(name), group_by=("user",), alerts=name == "three"))
        names = (name, "c")
    assert_conforms(rules, events, lateness, chance)
