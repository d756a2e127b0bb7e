"""Moments and durations, exactly."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.kernel.clock import EPOCH, from_us, in_words, now, parse_duration, parse_moment, to_us
from tocsin.kernel.errors import ConfigError

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_survives_as_microseconds(moment: datetime) -> None:
    """From year 1 to 9999, to the microsecond, without floats."""
    assert from_us(to_us(moment)) == moment


def test_microseconds_begin_in_1970() -> None:
    """Before it they are negative."""
    assert (to_us(EPOCH), to_us(EPOCH - timedelta(microseconds=1))) == (0, -1)


def test_now_is_utc() -> None:
    """Aware, and of this moment."""
    assert abs(now() - datetime.now(timezone(timedelta(hours=5)))) < timedelta(seconds=5)
    assert now().utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("5m", 300), ("1h", 3600), (" 7 d ", 604_800), ("2w", 1_209_600), ("0s", 0)]
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    """Spaces around do not matter."""
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "m", "-5m", "1.5h", "5 minutes", "5M", "1h30m", "9" * 30 + "w"])
def test_what_is_no_duration_is_named(text: str) -> None:
    """The text, and what is allowed."""
    with pytest.raises(ConfigError, match="is not a duration; write a whole number and s, m, h, d or w"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31T09:30:00Z", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        ("2026-01-31T09:30:00+02:00", datetime(2026, 1, 31, 7, 30, tzinfo=UTC)),
        ("2026-01-31 09:30", datetime(2026, 1, 31, 9, 30, tzinfo=UTC)),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2h", NOON - timedelta(hours=2)),
    ],
)
def test_a_moment_is_iso_or_a_duration_back(text: str, moment: datetime) -> None:
    """Without a zone it is UTC."""
    assert parse_moment(text, relative_to=NOON) == moment
    assert parse_moment(text, relative_to=NOON).utcoffset() == timedelta(0)


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "31.01.2026", "5000000w", "0001-01-01T00:00:00+05:00"])
def test_what_is_no_moment_is_named(text: str) -> None:
    """The text, and what is allowed; a time outside of the calendar is one of these."""
    with pytest.raises(ConfigError, match="is not a time; write 2026-01-31T09:30:00Z"):
        parse_moment(text, relative_to=NOON)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "a second"),
        (1, "1 second"),
        (79, "79 seconds"),
        (120, "2 minutes"),
        (7_300, "2 hours"),
        (200_000, "2 days"),
    ],
)
def test_a_duration_is_told_in_a_unit_it_has_two_of(seconds: float, words: str) -> None:
    """79 seconds say more than 1 minute."""
    assert in_words(timedelta(seconds=seconds)) == words
