"""Counts over time."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.search.cases import NOW, rows, table_of

from tocsin.kernel.clock import to_us
from tocsin.search.histogram import MAX_BUCKETS, bucket_width, extent, histogram
from tocsin.search.parse import parse
from tocsin.store.table import Store

NOON_US = to_us(NOW)
SECOND_US = 1_000_000


def test_each_record_counts_where_its_moment_is(tmp_path):
    """Of those that the query finds, within the bounds."""
    table = table_of(tmp_path, [{"a": "x"}, {"a": "y"}, {"a": "x"}], [{"a": "x"}])
    found = histogram({"web": table}, parse("a:x", now=NOW), NOON_US, NOON_US + 2 * SECOND_US)
    assert (found.start_us, found.width_us) == (NOON_US, SECOND_US)
    assert found.counts == (1, 0, 1)
    assert (found.total, found.reached_us) == (2, None)


def test_a_histogram_out_of_time_says_how_far_it_came(tmp_path):
    """What is older was not counted."""
    table = table_of(tmp_path, [{"a": "x"}])
    found = histogram({"web": table}, parse("", now=NOW), NOON_US, NOON_US + SECOND_US, seconds=-1)
    assert found.total == 0
    assert found.reached_us is not None


@settings(deadline=None)
@given(st.integers(1, 10**17), st.integers(0, 10**16))
def test_there_are_never_too_many_buckets(span_us, low_us):
    """Wherever the span begins within one."""
    width = bucket_width(span_us)
    assert (low_us + span_us - 1) // width - low_us // width + 1 <= MAX_BUCKETS


def test_the_extent_is_that_of_all_sources(tmp_path):
    """By what the logs say, without opening a file."""
    store = Store(str(tmp_path), is_synced=False)
    store.table("web").append(rows([{}], 5))
    store.table("mail").append(rows([{}], 2))
    tables = {name: store.table(name) for name in ("web", "mail", "never")}
    low, high = extent(tables) or (0, 0)
    assert (low, high) == (NOON_US + 2 * SECOND_US, NOON_US + 5 * SECOND_US)
    assert extent({"never": store.table("never")}) is None
