"""The row groups that are read, newest first."""

from datetime import timedelta

import pytest
from tests.unit.search.cases import NOW, rows, table_of

from tocsin.kernel.clock import to_us
from tocsin.kernel.errors import StoreError
from tocsin.search import sketch as sketches
from tocsin.search.parse import parse
from tocsin.search.walk import Walk
from tocsin.store import upkeep
from tocsin.store.table import Store


def walk(table, query, **how):
    """A walk over one table."""
    return Walk({"web": table}, parse(query, now=NOW), **how)


def test_the_newest_come_first(tmp_path):
    """By event time, not by the order of arrival."""
    table = Store(str(tmp_path), is_synced=False).table("web")
    for first in (10, 30, 20):
        table.append(rows([{"a": "x"}], first))
    assert [piece.rows["_id"].to_pylist() for piece in walk(table, "a:x")] == [["0030"], ["0020"], ["0010"]]


def test_what_cannot_hold_it_is_not_opened(tmp_path):
    """The log's statistics rule files out."""
    table = table_of(tmp_path, [{"a": "x"}], [{"a": "x"}], [{"a": "x"}])
    search = walk(table, "_time:2026-01-31T12:00:01")
    assert [piece.rows["_id"].to_pylist() for piece in search] == [["0001"]]
    assert (search.effort.groups_read, search.effort.groups_passed_over) == (1, 2)


def test_a_compacted_file_is_passed_over_by_its_sketch(tmp_path, monkeypatch):
    """And found all the same where it may hold what is sought."""
    monkeypatch.setattr(upkeep, "_SKETCHED_BYTES", 0)
    table = table_of(tmp_path, [{"a": "x"}], [{"a": "y"}])
    assert upkeep.compact(table, NOW + timedelta(days=1), sketcher=sketches.sketch) == 2
    nowhere, somewhere = walk(table, "a:z"), walk(table, "a:X")
    assert list(nowhere) == []
    assert (nowhere.effort.groups_read, nowhere.effort.groups_passed_over) == (0, 1)
    assert [piece.rows["a"].to_pylist() for piece in somewhere] == [["x"]]


def test_only_what_is_asked_for_is_read(tmp_path):
    """Neither other fields nor the raw record, which is most of a file."""
    table = table_of(tmp_path, [{"a": "x", "b": "y", "a.c": "z", "_raw": "long"}])
    (piece,) = walk(table, "a:x")
    assert [name for name in piece.rows.column_names if not name.startswith("_")] == ["a"]
    assert piece.rows["_raw"].to_pylist() == [""]


def test_a_walk_ends_when_its_time_is_over(tmp_path):
    """It says how far it came."""
    table = table_of(tmp_path, [{"a": "x"}], [{"a": "x"}])
    search = walk(table, "a:x", seconds=-1)
    assert list(search) == []
    assert search.reached_us is not None


def test_a_walk_ends_when_nothing_more_is_needed(tmp_path):
    """Whoever walks sees the newest moment that waits."""
    table = table_of(tmp_path, [{"a": "x"}], [{"a": "x"}])
    search = walk(table, "a:x", is_needed=lambda newest_us: newest_us > to_us(NOW))
    assert [piece.rows["_id"].to_pylist() for piece in search] == [["0001"]]
    assert search.reached_us is None


def test_a_source_without_a_table_has_nothing(tmp_path):
    """A source that never sent is no error."""
    assert list(walk(Store(str(tmp_path)).table("never"), "")) == []


def test_a_damaged_file_is_named(tmp_path):
    """With what can be done; no error of another kind."""
    table = table_of(tmp_path, [{"a": "x"}])
    for file in tmp_path.rglob("*.parquet"):
        file.write_bytes(b"no Parquet at all")
    with pytest.raises(StoreError, match=r"parquet of .* is damaged"):
        list(walk(table, "a:x"))
