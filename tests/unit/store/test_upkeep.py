"""Compaction, retention and sweeping: what readers and searches see does not change."""

import os
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.store.build import NOON, events, read_ids

from tocsin.store import log, parquet, search, upkeep
from tocsin.store.table import Progress, Store

TOMORROW = NOON + timedelta(days=1)
FOR_EVER = 10**9


@pytest.fixture
def table(tmp_path):
    """A source that has no table yet."""
    return Store(str(tmp_path), is_synced=False).table("web")


def later():
    """A moment at which all that is on the disk now is older than the grace."""
    return datetime.now(UTC) + 2 * upkeep.GRACE


def paths(table):
    """The event files on the disk."""
    return {str(path.relative_to(table.place.folder)) for path in table.place.folder.glob("_day=*/*")}


def live(table):
    """The event files that are part of the table."""
    return {file.path for file in upkeep._files(table.snapshot())}


def checkpoint(table):
    """Make a checkpoint at the newest version."""
    DeltaTable(table.place.uri).create_checkpoint()


def test_small_files_become_one(table):
    """Compaction keeps every row and field; a reader from the start sees each row once, as before."""
    for number in range(20):
        table.append(events([number], fields={f"f {number % 3}": [str(number)]}))
    before = [commit.table.to_pylist() for commit in table.read(-1)]
    assert upkeep.compact(table, NOON) == 20
    assert [commit.table.to_pylist() for commit in table.read(-1)] == before
    assert len(live(table)) == 1
    (merged,) = live(table)
    found = search.recent(table, 100)
    assert sorted(row["_id"] for row in found.to_pylist()) == sorted(str(number) for number in range(20))
    assert {row["f 1"] for row in found.to_pylist()} == {None, *(str(number) for number in range(1, 20, 3))}
    assert upkeep.compact(table, NOON) == 0
    assert merged in live(table)


def test_few_files_of_today_are_left_alone(table):
    """Rewriting pays only past a number of files; a day that is over is merged whatever their number."""
    for number in range(5):
        table.append(events([number]))
    assert upkeep.compact(table, NOON) == 0
    assert upkeep.compact(table, TOMORROW) == 5


def test_days_are_not_mixed(table):
    """A merged file is of one day of receipt."""
    for number in range(4):
        table.append(events([number], NOON + timedelta(days=number % 2)))
    assert upkeep.compact(table, NOON + timedelta(days=5)) == 4
    assert {path.partition("/")[0] for path in live(table)} == {"_day=2026-01-31", "_day=2026-02-01"}


def test_files_are_merged_with_their_like():
    """A record is rewritten when its file has many of its size, not each time a small file comes."""

    def file(size_kib):
        return upkeep._File(f"{size_kib}", size_kib * 1024, 0, "2026-01-31")

    files = [file(3_000)] * 15 + [file(100)] * 16 + [file(70_000)] * 40
    (merged,) = upkeep._merges(files, NOON.date(), 16, upkeep.TARGET_BYTES)
    assert merged == [file(100)] * 16
    large = list(upkeep._merges([file(60_000)] * 16, NOON.date(), 16, upkeep.TARGET_BYTES))
    assert [len(group) for group in large] == [2] * 8


def test_two_compactions_at_once_double_nothing(table, monkeypatch):
    """Of two that planned on the same state, the later one gives way and cleans up."""
    for number in range(4):
        table.append(events([number]))
    original = upkeep.write_file

    def write_while_another_compacts(*arguments, **options):
        monkeypatch.setattr(upkeep, "write_file", original)
        assert upkeep.compact(table, TOMORROW) == 4
        return original(*arguments, **options)

    monkeypatch.setattr(upkeep, "write_file", write_while_another_compacts)
    assert upkeep.compact(table, TOMORROW) == 0
    assert table.snapshot().count() == 4
    assert len(paths(table)) == 4 + 1


def test_an_append_does_not_disturb_a_compaction(table, monkeypatch):
    """Rows that are appended while files are merged are kept beside them."""
    for number in range(4):
        table.append(events([number]))
    original = upkeep.write_file

    def write_while_another_appends(*arguments, **options):
        table.append(events([4]), progress=[Progress("f", 1)])
        return original(*arguments, **options)

    monkeypatch.setattr(upkeep, "write_file", write_while_another_appends)
    assert upkeep.compact(table, TOMORROW) == 4
    assert table.snapshot().count() == 5
    assert read_ids(table) == ["0", "1", "2", "3", "4"]


def test_retention_takes_out_whole_days(table):
    """Events received more than so many days ago go, later ones stay, and no reader behind loses any."""
    for number in range(4):
        table.append(events([number], NOON + timedelta(days=number)))
    assert upkeep.retain(table, 2, NOON + timedelta(days=3)) == 1
    assert search.recent(table, 9)["_id"].to_pylist() == ["3", "2", "1"]
    assert read_ids(table) == ["0", "1", "2", "3"]
    assert upkeep.retain(table, 2, NOON + timedelta(days=3)) == 0


def test_a_sweep_leaves_what_a_reader_has_not_passed(table):
    """Replaced files and log entries stay for the reader that is furthest behind."""
    versions = [table.append(events([number])) for number in range(4)]
    upkeep.compact(table, TOMORROW)
    checkpoint(table)
    assert upkeep.sweep(table, versions[0], later()) == upkeep.Swept(0, versions[0] + 1)
    assert read_ids(table, versions[0]) == ["1", "2", "3"]
    assert upkeep.sweep(table, versions[3], later()) == upkeep.Swept(4, 3)
    assert paths(table) == live(table)
    assert table.append(events([4])) == versions[3] + 2
    assert read_ids(table, versions[3]) == ["4"]
    with pytest.raises(log.LogGapError, match="cannot be followed"):
        read_ids(table, -1)


def test_a_sweep_without_a_reader_removes_nothing(table):
    """A reader that has not begun will want everything."""
    for number in range(4):
        table.append(events([number]))
    upkeep.compact(table, TOMORROW)
    checkpoint(table)
    assert upkeep.sweep(table, -1, later()) == upkeep.Swept(0, 0)
    assert read_ids(table) == ["0", "1", "2", "3"]


def test_a_sweep_leaves_what_is_young(table):
    """What was replaced a moment ago may still be read by a search, and stays; so does a file being appended."""
    for number in range(4):
        table.append(events([number]))
    upkeep.compact(table, TOMORROW)
    checkpoint(table)
    before = paths(table)
    assert upkeep.sweep(table, FOR_EVER, datetime.now(UTC)) == upkeep.Swept(0, 0)
    assert paths(table) == before


def test_a_sweep_finds_what_a_killed_append_left(table):
    """A file that no version refers to goes when it is old; so do older checkpoints and unfinished entries."""
    version = table.append(events([1]))
    checkpoint(table)
    old_checkpoint = table.place.folder / f"_delta_log/{version:020d}.checkpoint.parquet"
    table.append(events([2]))
    checkpoint(table)
    stray = table.place.folder / "_day=2026-01-31/stray.parquet"
    unfinished = table.place.folder / (log.entry_path(version + 2) + "#1")
    for path in (stray, unfinished):
        path.write_bytes(b"half")
    assert old_checkpoint.exists()
    assert upkeep.sweep(table, -1, later()).files == 3
    assert not stray.exists()
    assert not unfinished.exists()
    assert not old_checkpoint.exists()
    assert paths(table) == live(table)


def test_upkeep_of_no_table_does_nothing(table):
    """A source that never sent anything needs no upkeep."""
    assert upkeep.compact(table, NOON) == upkeep.retain(table, 1, NOON) == 0
    assert upkeep.sweep(table, 5, NOON) == upkeep.Swept(0, 0)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from("aaarcsdk"), min_size=1, max_size=24))
def test_each_row_is_read_once_whatever_upkeep_does(tmp_path_factory, steps):
    """Appends, reads, compaction, retention, sweeps and checkpoints in any order: no row is missing or read twice."""
    table = Store(str(tmp_path_factory.mktemp("events")), is_synced=False).table("web")
    appended, read, at = [], [], -1
    for step in [*steps, "r"]:
        if step == "a":
            appended.append(str(len(appended)))
            table.append(events(appended[-1:], NOON + timedelta(days=len(appended) // 4)))
        elif step == "r":
            for commit in table.read(at, fields=()):
                read += commit.table["_id"].to_pylist()
                at = commit.version
        elif step == "c":
            upkeep.compact(table, NOON + timedelta(days=9), min_files=2)
        elif step == "d":
            upkeep.retain(table, 1, NOON + timedelta(days=2))
        elif step == "s":
            upkeep.sweep(table, at, later())
        elif appended:
            checkpoint(table)
    assert read == appended


def test_files_keep_their_age(table):
    """The sweep goes by when a file was written."""
    version = table.append(events([1]))
    table.append(events([2]))
    checkpoint(table)
    entry = table.place.folder / log.entry_path(version)
    for old in (*table.place.folder.glob("_delta_log/*"), *table.place.folder.glob("_day=*/*")):
        os.utime(old, (0, 0))
    os.utime(entry)
    assert upkeep.sweep(table, FOR_EVER, datetime.now(UTC)).entries == version


def test_a_row_group_keeps_no_value_of_another(table, monkeypatch):
    """Else each would hold the values of all before it, and a merged file be several times as large as its parts."""
    monkeypatch.setattr(upkeep, "ROWS_A_GROUP", 10)
    for first in range(0, 45, 9):
        table.append(events(range(first, first + 9), fields={"a": [f"value {first + row}" for row in range(9)]}))
    assert upkeep.compact(table, NOON + timedelta(days=1)) == 5
    (path,) = pa.table(table.snapshot().get_add_actions(flatten=True))["path"].to_pylist()
    with parquet.open_file(table.place, path) as file:
        groups = [file.read_row_group(number) for number in range(file.metadata.num_row_groups)]
    assert [group.num_rows for group in groups] == [10, 10, 10, 10, 5]
    assert all(len(group["a"].combine_chunks().dictionary) <= group.num_rows for group in groups)


def test_a_sketch_is_kept_of_each_row_group(table, monkeypatch):
    """As the one who gives it makes it, of the fields by their own names; other files have none."""
    monkeypatch.setattr(upkeep, "ROWS_A_GROUP", 4)
    monkeypatch.setattr(upkeep, "_SKETCHED_BYTES", 0)
    for first in (0, 3):
        table.append(events(range(first, first + 3), fields={"a b": [str(first + row) for row in range(3)]}))
    (before, _) = pa.table(table.snapshot().get_add_actions(flatten=True))["path"].to_pylist()
    with parquet.open_file(table.place, before) as file:
        assert parquet.read_sketches(table.place, before, file) is None
    upkeep.compact(table, NOON + timedelta(days=1), sketcher=lambda rows: ",".join(rows["a b"].to_pylist()).encode())
    (path,) = pa.table(table.snapshot().get_add_actions(flatten=True))["path"].to_pylist()
    with parquet.open_file(table.place, path) as file:
        assert [bytes(each) for each in parquet.read_sketches(table.place, path, file)] == [b"0,1,2,3", b"4,5"]
    assert sorted(search.recent(table, 10)["_id"].to_pylist()) == [str(number) for number in range(6)]
