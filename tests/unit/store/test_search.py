"""Finding events, without reading all of them."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.store.build import NOON, events

from tocsin.store import parquet, search, upkeep
from tocsin.store.table import Store

MINUTE = timedelta(minutes=1)


@pytest.fixture
def table(tmp_path):
    """Ten files of ten events, a minute apart; every third file is rejected records."""
    table = Store(str(tmp_path), is_synced=False).table("web")
    for number in range(10):
        names = [f"{number}{row}" for row in range(10)]
        error = "not JSON" if number % 3 == 0 else None
        fields = {} if error else {"user": ["ann"] * 10}
        table.append(events(names, NOON + number * MINUTE, fields=fields, error=error))
    return table


@pytest.fixture
def opened(monkeypatch):
    """The paths of the files that were opened, in order."""
    paths = []
    original = search.open_file

    def open_and_note(place, path):
        paths.append(path)
        return original(place, path)

    monkeypatch.setattr(search, "open_file", open_and_note)
    return paths


def ids(found):
    """The `_id` of each row."""
    return found["_id"].to_pylist()


def test_the_newest_come_first(table, opened):
    """Only the files that may hold the newest events are opened."""
    assert ids(search.recent(table, 12)) == [f"9{row}" for row in range(9, -1, -1)] + ["89", "88"]
    assert len(set(opened)) == 2


def test_the_next_page_goes_on_before_a_moment(table):
    """`before` leaves out that moment and what is newer; fields are chosen."""
    page = search.recent(table, 3, before=NOON + 8 * MINUTE + timedelta(seconds=2), fields={"user"})
    assert ids(page) == ["81", "80", "79"]
    assert page["user"].to_pylist() == ["ann"] * 3


def test_rejected_records_are_found_by_their_statistics(table, opened):
    """Files without rejected records are not opened."""
    found = search.rejected(table, 15)
    assert sorted(ids(found)) == sorted([f"9{row}" for row in range(10)] + ids(found)[10:])
    assert set(found["_error"].to_pylist()) == {"not JSON"}
    assert len(set(opened)) == 2


def test_events_are_found_by_id(table, opened):
    """Ids that exist are found, in order of time; files whose ids are all smaller or greater are not opened."""
    assert ids(search.by_ids(table, ["71", "13", "nowhere"], fields=())) == ["13", "71"]
    assert len(set(opened)) == 2


def test_compaction_changes_no_answer(table, monkeypatch):
    """The same events are found in one file of many row groups, most of them unread."""
    before = [ids(search.recent(table, 25)), ids(search.by_ids(table, ["05", "95"]))]
    monkeypatch.setattr(upkeep, "ROWS_A_GROUP", 10)
    assert upkeep.compact(table, NOON + timedelta(days=1)) == 10
    reads = []
    original = search._read_group
    monkeypatch.setattr(search, "_read_group", lambda *args: reads.append(1) or original(*args))
    after = [ids(search.recent(table, 25)), ids(search.by_ids(table, ["05", "95"]))]
    assert after == before
    assert parquet.open_file(table.place, upkeep._files(table.snapshot())[0].path).num_row_groups == 10
    assert len(reads) == 3 + 2


def test_a_table_that_does_not_exist_holds_nothing(tmp_path):
    """Every search answers with no row."""
    table = Store(str(tmp_path)).table("none")
    assert search.recent(table, 5).num_rows == search.rejected(table, 5).num_rows == 0
    assert search.by_ids(table, ["1"]).num_rows == 0


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 10_000_000), min_size=1, max_size=5), min_size=1, max_size=4), st.integers(1, 6)
)
def test_recent_is_what_sorting_everything_gives(tmp_path_factory, batches, limit):
    """Whatever the times, to the microsecond, the newest are found."""
    table = Store(str(tmp_path_factory.mktemp("events")), is_synced=False).table("web")
    for batch in batches:
        rows = events(batch)
        moments = [NOON + timedelta(microseconds=offset) for offset in batch]
        table.append(rows.set_column(1, rows.schema.field("_time"), [moments]))
    times = sorted((offset for batch in batches for offset in batch), reverse=True)[:limit]
    assert search.recent(table, limit)["_time"].to_pylist() == [NOON + timedelta(microseconds=each) for each in times]
