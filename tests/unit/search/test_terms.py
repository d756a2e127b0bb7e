"""Values and what they test."""

import pytest
from tests.unit.search.cases import NOW, found

from tocsin.kernel.clock import to_us
from tocsin.search.parse import parse
from tocsin.search.tree import Between

NOON_US = to_us(NOW)
DAY_US = to_us(NOW.replace(hour=0))


@pytest.mark.parametrize(
    ("query", "low", "high"),
    [
        ("_time:2026-01-31", DAY_US, DAY_US + 86_400_000_000 - 1),
        ("_time:>=2026-01-31", DAY_US, None),
        ("_time:>2026-01-31", DAY_US + 86_400_000_000, None),
        ("_time:<2026-01-31", None, DAY_US - 1),
        ("_time:<=2026-01-31", None, DAY_US + 86_400_000_000 - 1),
        ("_time:2026-01-31T12:00", NOON_US, NOON_US + 60_000_000 - 1),
        ("_received:2026-01-31T12:00:00Z", NOON_US, NOON_US + 1_000_000 - 1),
        ("_time:2026-01-31T13:00:00.000001+01:00", NOON_US + 1, NOON_US + 1),
        ("_time:>=now-2h", NOON_US - 7_200_000_000, None),
        ("_time:<now", None, NOON_US - 1),
    ],
)
def test_a_moment_is_as_wide_as_it_is_written(query, low, high):
    """A day means all of it, and a bound by a day means the day's end where that is the nearer reading."""
    column = query.partition(":")[0]
    assert parse(query, now=NOW) == Between(column, low, high)


def test_moments_are_those_of_the_record():
    """A range has both ends."""
    assert found("_time:[2026-01-31T12:00:01 TO 2026-01-31T12:00:02]", {}, {}, {}, {}) == [1, 2]


def test_a_network_finds_its_addresses_and_its_own_text():
    """`0.0.0.0/0` stands in security groups as a text, and `10.0.0.0/8` is asked of addresses."""
    events = ({"ip": "10.1.2.3"}, {"ip": "10.0.0.0/8"}, {"ip": "11.1.1.1"})
    assert found("ip:10.0.0.0/8", *events) == [0, 1]
    assert found('ip:"10.0.0.0/8"', *events) == [1]


def test_the_columns_of_the_collector_are_searched_as_text():
    """Raw text, errors, ids and the source are asked like fields."""
    events = ({"_raw": "GET /x"}, {"_error": "a note", "_id": "Abc"})
    assert found("_raw:*get*", *events) == [0]
    assert found("_error:*", *events) == [1]
    assert found("_id:Abc", *events) == [1]
    assert found("_id:abc", *events) == []
    assert found("_source:web", *events) == [0, 1]
    assert found("_source:mail", *events) == []
