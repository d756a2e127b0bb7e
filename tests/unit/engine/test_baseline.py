"""What is normal: the engine against the oracle, and what an engineer on call would expect."""

import random
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pytest
from conformance.cases import Event
from conformance.tocsin import Run
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.oracle import correlate as oracle
from tests.unit.engine.test_correlate import DETECTIONS, meta, split

from tocsin.engine import baseline
from tocsin.engine.baseline import EVERYBODY, Calendar, History, Normal, find_normal, forget, hash_groups, learn
from tocsin.engine.peaks import Peaks, make_peaks
from tocsin.rules.model import Baseline, CorrelationRule, CorrelationType, Threshold

HOUR_US = 3_600_000_000
MINUTE_US = 60_000_000
MONDAY_NINE = 24 * 7 * 1000 + 9
WEEK = Baseline()
ORDINARY = Calendar()


def history(*weeks: int, hour: int = MONDAY_NINE, since: int = 7, calendar: Calendar = ORDINARY) -> History:
    """What one group had at one hour of past weeks, oldest first; it has been known for ``since`` weeks."""
    begin = hour - len(weeks) * 168
    hours = [hour - since * 168 + 1, *(begin + week * 168 for week in range(len(weeks)))]
    counts = np.array([1, *weeks], np.int64)
    return History(make_peaks(np.full(len(hours), EVERYBODY), np.array(hours), counts), calendar)


def normal(past: History, hour: int = MONDAY_NINE, rule: Baseline = WEEK) -> Normal:
    """What is normal for that group."""
    (found,) = find_normal(rule, past, np.array([EVERYBODY]), np.array([hour]))
    return found


def test_a_quiet_hour_has_a_low_limit() -> None:
    """Nothing in four weeks: a few are still chance."""
    assert normal(history(0, 0, 0, 0)) == Normal(4, 0, 4)


def test_a_busy_hour_has_a_high_limit_and_the_next_day_has_not() -> None:
    """Sixty on Mondays at nine are normal, on Tuesdays they are not."""
    past = history(58, 66, 61, 60)
    assert normal(past).high in range(80, 110)
    assert normal(past, MONDAY_NINE + 24).high == 4


def test_what_comes_an_hour_earlier_or_later_is_normal_too() -> None:
    """A clock that was changed, or a meeting that was moved, rings nothing."""
    past = history(58, 66, 61, 60)
    assert normal(past, MONDAY_NINE + 1) == normal(past, MONDAY_NINE - 1) == normal(past)


@pytest.mark.parametrize("incident", range(4))
def test_an_incident_in_any_one_week_does_not_raise_what_is_normal(incident: int) -> None:
    """However large it was: the highest of the weeks is left out."""
    quiet = [3, 3, 3, 3]
    attacked = [5_000 if week == incident else 3 for week in range(4)]
    assert normal(history(*attacked)) == normal(history(*quiet))


def test_two_weeks_are_too_few_to_know() -> None:
    """A group that was first seen two weeks ago has no normal yet."""
    assert normal(history(9, 9, 9, 9, since=2)).high is not None
    assert normal(history(5, 5, since=2)) == Normal(None, None, 2)
    assert normal(History()) == Normal(None, None, 0)


def special_on(*days: int) -> Calendar:
    """A calendar on which these days since 1970 are special."""
    dates = {date(1970, 1, 1) + timedelta(days=day) for day in days}
    return Calendar("UTC", lambda day: "Feast" if day in dates else "")


def test_a_special_day_may_be_as_busy_as_the_busiest_hour_of_other_weeks() -> None:
    """At three in the night of a feast, what Mondays at nine have is normal."""
    feast = MONDAY_NINE // 24 + 5
    night = feast * 24 + 3
    past = history(58, 66, 61, 60, 59, calendar=special_on(feast))
    found = normal(past, night)
    assert found.day == "Feast"
    assert found.high in range(71, 110)
    assert normal(history(58, 66, 61, 60, 59), night).high == 4


def test_special_days_are_measured_by_past_ones_as_well() -> None:
    """Three of them had hundreds at this hour, weeks ago; ordinary days learn nothing of it."""
    feasts = [MONDAY_NINE // 24 - weeks * 7 for weeks in (0, 10, 20, 30)]
    hours = np.array([day * 24 + 9 for day in feasts[1:]] + [MONDAY_NINE - 1000])
    peaks = make_peaks(np.full(4, EVERYBODY), hours, np.array([400, 420, 390, 1]))
    past = History(peaks, special_on(*feasts))
    found = normal(past)
    assert found.high in range(401, 500)
    assert normal(forget(WEEK, past, MONDAY_NINE * HOUR_US)) == found
    assert normal(past, MONDAY_NINE - 9 * 168).high in {4, None}


def test_groups_are_learnt_apart_unless_all_are_learnt_together() -> None:
    """By the hash of their values; over all, they have one name."""
    assert len(set(hash_groups(WEEK, ['["a"]', '["b"]']).tolist())) == 2
    assert hash_groups(Baseline(is_over_all=True), ['["a"]', '["b"]']).tolist() == [0, 0]


def test_a_history_in_bounds_drops_whole_hours_and_says_how_much(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest, and the same ones however much was settled together."""
    monkeypatch.setattr(baseline, "MAX_ENTRIES", 10)
    hours = np.repeat(np.arange(8), 3)
    groups = np.tile(np.arange(3, dtype=np.uint64), 8)
    fresh = make_peaks(groups, hours, np.ones(24, np.int64))
    at_once, dropped = learn(History(), fresh)
    assert (sorted(set(at_once.peaks.hour.tolist())), dropped) == ([5, 6, 7], 15)
    by_hour = History()
    for hour in range(8):
        by_hour, _ = learn(by_hour, fresh.take(fresh.hour == hour))
    assert by_hour.peaks.place.tolist() == at_once.peaks.place.tolist()


def test_what_no_window_looks_at_any_more_is_forgotten() -> None:
    """Two seasons after the last that it is compared with."""
    past = history(1, 2, 3, 4)
    assert len(forget(WEEK, past, MONDAY_NINE * HOUR_US).peaks) == 4
    assert len(forget(WEEK, past, (MONDAY_NINE + 168 * 7) * HOUR_US).peaks) == 0
    assert forget(WEEK, History(Peaks()), 0).peaks.place.tolist() == []


EVENTS = st.lists(
    st.builds(
        lambda day, hour, minute, number, group, value: Event(
            (day * 24 + hour) * HOUR_US + minute * MINUTE_US, str(number), {"kind": "a", "user": group, "n": value}
        ),
        st.integers(0, 6),
        st.sampled_from([0, 1, 2, 12, 23]),
        st.sampled_from([0, 1, 2, 30, 59]),
        st.integers(0, 10_000),
        st.sampled_from(["x", "x", "y"]),
        st.sampled_from(["1", "2", "3", "4"]),
    ),
    min_size=1,
    max_size=40,
    unique_by=lambda event: event.id,
)
SPECIALS = st.sets(st.integers(0, 6), max_size=3)


def rules(kind: CorrelationType, least: int, over_all: bool, seasons: int, quantile: float) -> list[CorrelationRule]:
    """One rule, and one that counts its episodes."""
    learning = CorrelationRule(
        meta("rule"),
        kind,
        ("a",),
        20 * MINUTE_US,
        (Threshold("gte", float(least)),),
        ("user",),
        fields=("n",) if kind is CorrelationType.VALUE_COUNT else (),
        baseline=Baseline(seasons, 24, quantile, over_all),
    )
    outer = CorrelationRule(meta("outer"), CorrelationType.EVENT_COUNT, ("rule",), 24 * HOUR_US, (Threshold("gte", 2),))
    return [learning, outer]


@pytest.mark.parametrize("kind", [CorrelationType.EVENT_COUNT, CorrelationType.VALUE_COUNT])
@settings(max_examples=80, deadline=None)
@given(data=st.data(), events=EVENTS, special=SPECIALS, chance=st.randoms(use_true_random=False))
def test_any_order_batches_and_restarts_give_the_episodes_of_the_definition(
    kind: CorrelationType, data: st.DataObject, events: list[Event], special: set[int], chance: random.Random
) -> None:
    """Also with a lateness of two days, where windows must wait until their history is settled."""
    chosen = rules(
        kind,
        data.draw(st.sampled_from([1, 2])),
        data.draw(st.booleans()),
        data.draw(st.sampled_from([3, 4])),
        data.draw(st.sampled_from([0.5, 0.6, 0.9])),
    )
    lateness_us = data.draw(st.sampled_from([0, 5 * MINUTE_US, 20 * HOUR_US, 48 * HOUR_US]))
    run = Run([*DETECTIONS, *chosen], lateness_us, chance.random() < 0.5, special_on(*special))
    arriving = sorted(events, key=lambda event: event.time_us + chance.uniform(0, lateness_us))
    for batch in split(arriving, chance):
        run.send(batch)
    run.finish()
    got = {(each.rule, each.group, each.first_us, each.last_us, each.count) for each in run.alerts.values()}
    assert got == wanted(chosen, events, special)
    assert len(run.alerts) == len(got)


def wanted(chosen: Sequence[CorrelationRule], events: Sequence[Event], special: set[int]) -> set[tuple[object, ...]]:
    """What the definition says."""
    facts = [oracle.Event(event.time_us, event.id, event.fields) for event in events]
    rings = oracle.ring([*DETECTIONS, *chosen], facts, lambda hour: hour // 24 in special)
    return {(each.rule, each.group, each.first_us, each.last_us, each.count) for each in rings}


@pytest.mark.parametrize("restarts", [False, True])
def test_a_window_waits_until_what_it_is_compared_with_is_settled(restarts: bool) -> None:
    """The fifth morning comes first, as one source may be days ahead of another; it is found normal in the end."""
    days = [
        [
            Event(day * 24 * HOUR_US + second * 1_000_000, f"{day} {second}", {"kind": "a", "user": "x"})
            for second in range(9)
        ]
        for day in range(5)
    ]
    chosen = rules(CorrelationType.EVENT_COUNT, 2, over_all=False, seasons=4, quantile=0.9)
    run = Run([*DETECTIONS, *chosen], 5 * 24 * HOUR_US, restarts)
    run.send(days[4])
    assert run.alerts == {}
    for day in days[:4]:
        run.send(day)
    run.finish()
    rung = sorted(each.first_us // (24 * HOUR_US) for each in run.alerts.values() if each.rule == "rule")
    assert rung == [0, 1, 2]
    got = {(each.rule, each.group, each.first_us, each.last_us, each.count) for each in run.alerts.values()}
    assert got == wanted(chosen, [event for day in days for event in day], set())
