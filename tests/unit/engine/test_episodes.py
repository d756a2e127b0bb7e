"""Windows and episodes against a naive reading of their definition."""

import random
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.engine.arrivals import Arrivals
from tocsin.engine.correlate import advance, with_keys
from tocsin.engine.measures import Measure
from tocsin.engine.ringers import Feed, Ringer
from tocsin.engine.state import NEVER_US, RuleState, encode, prune, restore
from tocsin.kernel.issues import Location
from tocsin.rules.model import CorrelationType, Level, Meta, Threshold

META = Meta("rule", "A rule", Level.HIGH, Location("rule.yml"))


@dataclass(frozen=True)
class Event:
    """A matched event."""

    group: str
    time: int
    event: int
    value: int


def ringer(threshold: int, timespan_us: int, *, is_distinct: bool) -> Ringer:
    """A rule that rings at ``threshold`` events or values within ``timespan_us``."""
    kind = CorrelationType.VALUE_COUNT if is_distinct else CorrelationType.EVENT_COUNT
    measure = Measure(kind, (Threshold("gte", threshold),))
    fields = ("v",) if is_distinct else ()
    return Ringer(META, (Feed(0, ("g",), fields),), timespan_us, measure, ("g",), fields)


def limit_of(rule: Ringer) -> float:
    """The count at which ``rule`` rings."""
    return rule.measure.thresholds[0].value


def arrivals(events: list[Event]) -> Arrivals:
    """``events`` as the engine collects them from a batch."""
    texts = sorted({event.group for event in events})
    count = len(events)
    return Arrivals(
        texts,
        np.array([texts.index(event.group) for event in events], np.int64),
        np.array([event.time for event in events], np.int64),
        np.array([event.event for event in events], np.uint64),
        np.array([event.value for event in events], np.uint64),
        np.zeros(count, np.int64),
        np.arange(count),
    )


def naive_episodes(events: list[Event], rule: Ringer) -> set[tuple[str, int, int, int, int]]:
    """(group, first, last, events, peak) of every episode, straight from the definition."""
    found = set()
    for group in {event.group for event in events}:
        mine = sorted({event for event in events if event.group == group}, key=lambda event: event.time)
        satisfied = []
        for end in mine:
            window = [event for event in mine if end.time - rule.timespan_us <= event.time <= end.time]
            size = len({event.value for event in window}) if rule.counted else len(window)
            if size >= limit_of(rule):
                satisfied.append((end.time, window[0].time, size))
        runs: list[list[tuple[int, int, int]]] = []
        for window in satisfied:
            if runs and window[0] - rule.timespan_us <= runs[-1][-1][0]:
                runs[-1].append(window)
            else:
                runs.append([window])
        for run in runs:
            first, last = run[0][1], run[-1][0]
            inside = sum(first <= event.time <= last for event in mine)
            found.add((group, first, last, inside, max(size for _, _, size in run)))
    return found


def play(
    batches: list[list[Event]], rule: Ringer, lateness_us: int | None = None
) -> set[tuple[str, int, int, int, int]]:
    """The episodes that the engine holds after ``batches``, restarted from its segments after every batch."""
    alerts: dict[int, tuple[str, int, int, int, int]] = {}
    state, segments, newest, next_key = RuleState(), [], 0, 1
    for batch in batches:
        step = advance(rule, state, arrivals(batch), NEVER_US, 4)
        keyed = []
        for change in step.changes:
            episode = change.episode
            for key in change.joined[1:]:
                del alerts[key]
            key = episode.key
            if key is None:
                key, next_key = next_key, next_key + 1
                keyed.append((episode, key))
            alerts[key] = (episode.group, episode.first_us, episode.last_us, episode.events, episode.peak)
        state = with_keys(step.state, keyed)
        segments.append(encode(step.kept, state.groups))
        episodes = [episode for known in state.episodes.values() for episode in known]
        restored = restore(segments, episodes)
        state = RuleState(restored.groups, restored.rows, restored.episodes)
        newest = max(newest, *(event.time for event in batch))
        if lateness_us is not None:
            state = prune(state, newest - lateness_us - rule.reach_us)
            segments = [encode(state.rows, state.groups)]
    return set(alerts.values())


EVENTS = st.lists(
    st.builds(
        Event,
        st.sampled_from(["a", "b"]),
        st.integers(0, 60),
        st.integers(0, 1000),
        st.integers(0, 3),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda event: event.event,
)


@settings(max_examples=150, deadline=None)
@given(EVENTS, st.integers(1, 4), st.integers(0, 12), st.booleans(), st.randoms(use_true_random=False))
def test_any_order_and_any_batches_give_the_episodes_of_the_definition(
    events: list[Event], threshold: int, timespan: int, is_distinct: bool, chance: random.Random
) -> None:
    """Order of arrival, batch boundaries and restarts change nothing."""
    rule = ringer(threshold, timespan, is_distinct=is_distinct)
    shuffled = chance.sample(events, len(events))
    batches = split(shuffled, chance)
    assert play(batches, rule) == naive_episodes(events, rule)


@settings(max_examples=150, deadline=None)
@given(
    EVENTS, st.integers(1, 4), st.integers(0, 12), st.integers(0, 9), st.booleans(), st.randoms(use_true_random=False)
)
def test_forgetting_what_no_late_event_can_need_changes_nothing(
    events: list[Event], threshold: int, timespan: int, lateness: int, is_distinct: bool, chance: random.Random
) -> None:
    """With events at most ``lateness`` late, a pruned state rings exactly like one that keeps all."""
    rule = ringer(threshold, timespan, is_distinct=is_distinct)
    arriving = sorted(events, key=lambda event: event.time + chance.uniform(0, lateness))
    assert play(split(arriving, chance), rule, lateness) == naive_episodes(events, rule)


def test_an_event_that_comes_twice_counts_once() -> None:
    """The same identity in the same group is one event, in one batch or in two."""
    event = Event("a", 5, 7, 0)
    rule = ringer(2, 10, is_distinct=False)
    assert play([[event, event], [event]], rule) == set()


def test_a_window_includes_both_its_ends() -> None:
    """Events exactly one timespan apart are in one window, a microsecond more is not."""
    rule = ringer(2, 10, is_distinct=False)
    assert play([[Event("a", 0, 1, 0), Event("a", 10, 2, 0)]], rule) == {("a", 0, 10, 2, 2)}
    assert play([[Event("a", 0, 1, 0), Event("a", 11, 2, 0)]], rule) == set()


def test_a_late_event_joins_two_alerts_into_the_first() -> None:
    """Episodes that a late event bridges become one, under the older key."""
    rule = ringer(1, 10, is_distinct=False)
    step = advance(rule, RuleState(), arrivals([Event("a", 0, 1, 0), Event("a", 20, 2, 0)]), NEVER_US, 4)
    state = with_keys(step.state, [(change.episode, key) for key, change in enumerate(step.changes, 1)])
    late = advance(rule, state, arrivals([Event("a", 10, 3, 0)]), NEVER_US, 4)
    (change,) = late.changes
    assert change.joined == (1, 2)
    assert (change.episode.key, change.episode.events) == (1, 3)


@pytest.mark.parametrize("spread", [1, 2**61])
def test_groups_do_not_leak_into_each_other(spread: int) -> None:
    """However far apart the times are, a window holds its own group's events only."""
    events = [Event("a", 0, 1, 0), Event("a", spread, 2, 0), Event("b", spread, 3, 0), Event("b", 0, 4, 0)]
    rule = ringer(2, 1, is_distinct=False)
    assert play([events], rule) == naive_episodes(events, rule)


def split(events: list[Event], chance: random.Random) -> list[list[Event]]:
    """``events`` in batches of random sizes."""
    batches, rest = [], list(events)
    while rest:
        size = chance.randint(1, len(rest))
        batches.append(rest[:size])
        rest = rest[size:]
    return batches
