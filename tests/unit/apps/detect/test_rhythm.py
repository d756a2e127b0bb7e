"""How a source usually sends, and which silence breaks that."""

import random

import numpy as np
import pytest

from tocsin.apps.detect.rhythm import MISSED, WEEK, YOUNG_LIMIT, Minutes, compare

DAY = 24 * 60
MONDAY = 2_920 * WEEK + 4 * DAY
"""Midnight of a Monday: the first day of 1970 was a Thursday."""


def ordinary(hour: int) -> bool:
    """No day is special."""
    return False


def heard(weeks: int, every: int, hours: tuple[int, int] = (0, 24), days: int = 7) -> Minutes:
    """The minutes of a source until `MONDAY`: one ``every`` so many, within ``hours`` of the week's first ``days``."""
    minutes = np.arange(MONDAY - weeks * WEEK, MONDAY, every)
    is_on = (minutes % DAY >= hours[0] * 60) & (minutes % DAY < hours[1] * 60)
    return minutes[is_on & ((minutes - MONDAY) % WEEK < days * DAY)]


def rings_after(history: Minutes, limit: int = 2 * WEEK) -> int | None:
    """The minutes of silence after ``history`` at which it rings; None where it does not until ``limit``."""
    began = int(history[-1])
    return next((each for each in range(limit) if compare(history, began, began + each, ordinary).is_broken), None)


@pytest.mark.parametrize(("every", "minutes"), [(1, 12), (2, 13), (15, 26), (60, 71)])
def test_a_steady_source_rings_soon_after_it_is_due(every: int, minutes: int) -> None:
    """Its pause and about ten minutes; the rhythm says what is usual."""
    history = heard(4, every)
    assert rings_after(history) == minutes
    assert compare(history, int(history[-1]), int(history[-1]) + minutes, ordinary).every == every


def test_a_weekly_and_a_daily_source_are_not_missed_before_they_are_due() -> None:
    """A pause and an eighth of it."""
    assert rings_after(heard(5, DAY)) == DAY + DAY // 8 + 1
    assert rings_after(heard(5, WEEK)) == WEEK + WEEK // 8 + 1


@pytest.mark.parametrize("weeks", [3, 4, 5])
def test_nights_and_weekends_are_part_of_the_rhythm(weeks: int) -> None:
    """A source that sends every five minutes of office hours does not ring until Monday, and then within two hours."""
    history = heard(weeks, 5, (8, 18), 5)
    due = MONDAY + 8 * 60 - int(history[-1])
    after = rings_after(history)
    assert after is not None
    assert due < after <= due + 5 * MISSED + 5


def test_a_source_that_goes_silent_at_noon_rings_at_noon() -> None:
    """That it has nights does not make it wait for one."""
    history = heard(3, 1, (8, 18), 5)
    history = history[history <= MONDAY - 5 * DAY + 12 * 60]
    assert rings_after(history) == 12


def test_one_outage_of_the_past_is_not_usual() -> None:
    """In three weeks or more the week that speaks most for quiet does not count."""
    history = heard(4, 60)
    without = history[(history < MONDAY - 7 * DAY - 300) | (history > MONDAY - 7 * DAY + 300)]
    assert rings_after(without) == rings_after(history)


def test_records_that_come_at_random_do_not_ring() -> None:
    """Judged at each of their pauses over four weeks, at several rates; the silence after them rings."""
    for seed, mean in enumerate((2, 5, 20, 60)):
        chance = np.random.default_rng(seed)
        minutes = np.unique(np.cumsum(chance.exponential(mean, 9 * WEEK // mean)).astype(np.int64)) + MONDAY
        late = np.flatnonzero((np.diff(minutes) > 10) & (minutes[:-1] > MONDAY + 5 * WEEK))
        for place in random.Random(seed).sample(late.tolist(), min(300, len(late))):
            past = minutes[: place + 1]
            past = past[past > past[-1] - 5 * WEEK]
            rhythm = compare(past, int(past[-1]), int(minutes[place + 1]), ordinary)
            assert not rhythm.is_broken, (mean, int(np.diff(minutes)[place]))
        assert (rings_after(minutes[minutes < MONDAY + 6 * WEEK], 40 * mean)) is not None


def test_what_does_not_come_on_a_special_day_is_not_missed() -> None:
    """A holiday is no silence, and the hour after it does not ring for it."""
    history = heard(4, 5, (8, 18), 5)
    began, tuesday = int(history[-1]), MONDAY + DAY
    assert compare(history, began, tuesday, ordinary).is_broken
    is_monday = range(MONDAY // 60, tuesday // 60).__contains__
    assert not compare(history, began, tuesday + 8 * 60, is_monday).is_broken
    assert compare(history, began, tuesday + 10 * 60, is_monday).is_broken


def test_a_source_of_less_than_two_weeks_has_a_fixed_limit() -> None:
    """Longer than a weekend; one that was heard on fewer than three days does not ring at all."""
    young = heard(1, 5)
    assert rings_after(young) == YOUNG_LIMIT
    assert compare(young, int(young[-1]), int(young[-1]) + YOUNG_LIMIT, ordinary).every is None
    assert rings_after(young[young > MONDAY - 2 * DAY]) is None
    assert rings_after(young[:1]) is None


def test_only_the_time_that_was_listened_to_counts() -> None:
    """After a night in which no detector ran, each source has its time to speak again."""
    history = heard(4, 2)
    began = int(history[-1]) + 600
    assert not compare(history, began, began + 12, ordinary).is_broken
    assert compare(history, began, began + MISSED * 2, ordinary).is_broken
