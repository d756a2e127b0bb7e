"""Events that are sent again and have no time of their own."""

import numpy as np

from tocsin.engine.arrivals import Arrivals
from tocsin.engine.repeats import without_repeats
from tocsin.engine.state import Groups, RuleState
from tocsin.engine.windows import Rows


def arrivals(*events: tuple[str, int, int], timeless: bool = True) -> Arrivals:
    """Events as (group, time, identity)."""
    texts = sorted({group for group, *_ in events})
    groups = np.array([texts.index(group) for group, *_ in events], np.int64)
    times = np.array([time for _, time, _ in events], np.int64)
    hashes = np.array([event for *_, event in events], np.uint64)
    rows = np.arange(len(events))
    zeros = np.zeros(len(events), np.int64)
    return Arrivals(
        texts, groups, times, hashes, zeros.view(np.uint64), zeros, rows, is_timeless=np.full(len(events), timeless)
    )


def state(*events: tuple[str, int, int]) -> RuleState:
    """A state that has those events."""
    known, groups = arrivals(*events), Groups()
    codes = groups.encode(known.texts)[known.group]
    return RuleState(groups, Rows(codes, known.time, known.event, known.value))


def times(found: Arrivals | None) -> list[int]:
    """When the events that are left happened."""
    return [] if found is None else found.time.tolist()


def test_what_is_known_is_left_out() -> None:
    """In the same group; another group's event of the same identity is another one."""
    assert times(without_repeats(state(("a", 1, 7)), arrivals(("a", 5, 7), ("b", 6, 7), ("a", 8, 9)))) == [6, 8]


def test_nothing_may_be_left() -> None:
    """A batch that is a repetition from end to end is no arrival."""
    assert without_repeats(state(("a", 1, 7)), arrivals(("a", 5, 7))) is None


def test_of_one_batch_the_earliest_stays() -> None:
    """Once for each of its rules."""
    assert times(without_repeats(RuleState(), arrivals(("a", 5, 7), ("a", 3, 7), ("a", 3, 7)))) == [3, 3]


def test_events_with_a_time_are_not_looked_at() -> None:
    """They are told apart by it."""
    events = arrivals(("a", 5, 7), ("a", 3, 7), timeless=False)
    assert without_repeats(state(("a", 1, 7)), events) is events
