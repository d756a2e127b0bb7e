"""What one rule would make of some events."""

from dataclasses import replace

import pyarrow as pa
from tests.unit.engine.cases import META, ask, table

from tocsin.engine.rehearse import rehearse
from tocsin.kernel.logsource import LogSource
from tocsin.rules.model import CorrelationRule, CorrelationType, DetectionRule, Rule, Threshold

FEED = DetectionRule(replace(META, id="feed", title="Feed"), LogSource("linux"), ask("a", "equals", "x"), alerts=False)
OTHER = DetectionRule(replace(META, id="other"), LogSource("linux"), ask("a", "exists"))
COUNT = CorrelationRule(
    replace(META, id="count"), CorrelationType.EVENT_COUNT, ("feed",), 60_000_000, (Threshold("gte", 2),), ("who",)
)
RULES: dict[str, Rule] = {each.meta.id: each for each in (FEED, OTHER, COUNT)}


def events(*rows: tuple[int, str, str]) -> pa.Table:
    """Events at a second, with `a` and `who`."""
    timed = table([{"a": a, "who": who} for _, a, who in rows])
    times, received = (
        pa.array([second * 1_000_000 + later for second, _, _ in rows], pa.timestamp("us", "UTC")) for later in (0, 1)
    )
    return timed.append_column("_time", times).append_column("_received", received)


def test_a_correlation_runs_over_the_rules_that_it_counts() -> None:
    """And over no others; each alert is an episode."""
    outcome = rehearse(COUNT, RULES, events((0, "x", "ann"), (30, "x", "ann"), (30, "x", "bob"), (40, "y", "bob")))
    assert [(episode.group, episode.events) for episode in outcome.episodes] == [('["ann"]', 2)]
    assert outcome.matched == (("Feed", 3),)


def test_a_rule_that_only_feeds_rings_in_its_own_rehearsal() -> None:
    """It is what is rehearsed."""
    assert len(rehearse(FEED, RULES, events((0, "x", "ann"))).episodes) == 1
    assert rehearse(FEED, RULES, events((0, "y", "ann"))).episodes == ()


def test_a_rule_that_the_engine_refuses_is_named() -> None:
    """It matches nothing."""
    broken = replace(FEED, condition=ask("a", "regex", "(?=x)"))
    outcome = rehearse(broken, {}, events((0, "x", "ann")))
    assert (outcome.episodes, len(outcome.refused)) == ((), 1)


def test_what_waits_for_the_watermark_rings_in_a_rehearsal() -> None:
    """No more events come."""
    few = replace(COUNT, thresholds=(Threshold("lt", 2),))
    outcome = rehearse(few, RULES, events((0, "x", "ann"), (90, "x", "bob"), (95, "x", "bob")))
    assert [(episode.group, episode.events) for episode in outcome.episodes] == [('["ann"]', 1), ('["bob"]', 1)]


def test_a_correlation_of_a_correlation_runs_over_all_that_feeds_it() -> None:
    """Its own alerts are told, not those of the inner one."""
    inner = replace(COUNT, alerts=False)
    outer = CorrelationRule(
        replace(META, id="outer"), CorrelationType.TEMPORAL_ORDERED, ("count", "other"), 60_000_000, (), ("who",)
    )
    rules: dict[str, Rule] = {**RULES, "count": inner, "outer": outer}
    outcome = rehearse(outer, rules, events((0, "x", "ann"), (30, "x", "ann"), (40, "y", "ann")))
    assert [(episode.first_us, episode.last_us) for episode in outcome.episodes] == [(0, 40_000_000)]
