"""Event times are read as they are usually written."""

from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.formats.moments import OUT_OF_RANGE, describe, read_moment, read_moments
from tocsin.kernel.clock import to_us

NOON = to_us(datetime(2026, 1, 31, 12, tzinfo=UTC))
moments = st.datetimes(datetime(1971, 1, 1), datetime(2261, 1, 1), timezones=st.just(UTC))
zones = st.integers(-840, 840).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.lists(moments), st.sampled_from(["{}", "{}Z", "{}z", "{} UTC", "{}+00:00"]), st.sampled_from("T "))
def test_iso_8601_is_read_in_its_usual_spellings(these: list[datetime], spelling: str, between: str) -> None:
    """With T or a space, with a zone or without; without one it is UTC."""
    texts = [spelling.format(each.replace(tzinfo=None).isoformat(between)) for each in these]
    assert read_moments(pa.array(texts, type=pa.string())).to_pylist() == [to_us(each) for each in these]


@given(moments, zones)
def test_a_zone_is_counted_in(moment: datetime, zone: timezone) -> None:
    """The same moment in any zone is the same number."""
    assert read_moment(moment.astimezone(zone).isoformat()) == to_us(moment)


@given(st.integers(10**9, 9 * 10**9), st.sampled_from([(1, ""), (10**3, ""), (10**6, ""), (10**9, "")]))
def test_epochs_are_read_in_seconds_milliseconds_microseconds_and_nanoseconds(seconds: int, unit: tuple) -> None:
    """The unit follows from the size."""
    assert read_moment(str(seconds * unit[0])) == seconds * 1_000_000


@pytest.mark.parametrize(
    ("text", "us"),
    [
        ("2026-01-31", NOON - 12 * 3600 * 1_000_000),
        ("20260131", NOON - 12 * 3600 * 1_000_000),
        ("20260131T120000Z", NOON),
        ("2026-01-31T12:00:00,5Z", NOON + 500_000),
        ("2026-01-31T12:00:00.123456789Z", NOON + 123_456),
        ("2026-01-31T13:00:00+0100", NOON),
        (" 2026-01-31 12:00 ", NOON),
        ("2016-12-31T23:59:60Z", to_us(datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC))),
        ("1769860800.25", NOON + 250_000),
        ("1.7698608e9", NOON),
        ("0", 0),
        ("-1", OUT_OF_RANGE),
        ("1969-12-31T23:59:59Z", OUT_OF_RANGE),
        ("2262-01-01", OUT_OF_RANGE),
        ("9999-12-31T23:59:59-14:00", OUT_OF_RANGE),
        ("99999999999999999999999999", None),
        ("1e99", None),
        ("noon", None),
        ("", None),
        ("٣", None),
        ("[1]", None),
    ],
)
def test_a_text_is_a_moment_out_of_range_or_none(text: str, us: int | None) -> None:
    """Alone and among others, a text is read alike."""
    assert read_moment(text) == us
    assert read_moments(pa.array([text, "2026-01-31T12:00:00Z", None, "x"])).to_pylist() == [us, NOON, None, None]
    assert read_moments(pa.array([text])).to_pylist() == [us]


def test_a_moment_is_described_to_the_second() -> None:
    """As ISO 8601, UTC."""
    assert describe(NOON + 999) == "2026-01-31T12:00:00Z"
