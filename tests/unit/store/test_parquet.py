"""One file of events."""

from datetime import timedelta

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.store.build import NOON, events

from tocsin.formats import SYSTEM_SCHEMA
from tocsin.store import parquet
from tocsin.store.place import Place


def write(place, table):
    """Write ``table`` as one file."""
    return parquet.write_file(place, "2026-01-31", table.schema, [table])


def test_statistics_let_a_reader_skip_the_file(tmp_path):
    """The log says how many rows there are, their bounds to the microsecond, and how many have no error."""
    table = events([2, 1], NOON + timedelta(microseconds=7), fields={"a": ["x", "y"]})
    action = write(Place(str(tmp_path)), table)
    stats = orjson.loads(action.stats)
    assert stats["numRecords"] == 2
    assert stats["minValues"]["_time"] == "2026-01-31T12:00:00.000007Z"
    assert stats["maxValues"] == {
        "_id": "2",
        "_time": "2026-01-31T12:00:01.000007Z",
        "_received": "2026-01-31T12:00:00.000007Z",
    }
    assert stats["nullCount"] == {"_id": 0, "_time": 0, "_received": 0, "_error": 2}


def test_overlong_ids_have_no_bounds(tmp_path):
    """A sender's ids of kilobytes do not go into the log."""
    action = write(Place(str(tmp_path)), events(["x" * 201, "a"]))
    assert "_id" not in orjson.loads(action.stats)["maxValues"]


def test_a_field_is_kept_and_read_as_a_dictionary(tmp_path):
    """Parquet keeps the dictionary; `_raw` has none; the moments keep their zone."""
    place = Place(str(tmp_path))
    action = write(place, events(range(100), fields={"a.b": ["x", "y"] * 50, "a": ["z"] * 100}))
    columns = pq.read_metadata(tmp_path / action.path).row_group(0)
    has_dictionary = {columns.column(at).path_in_schema: columns.column(at).has_dictionary_page for at in range(8)}
    assert has_dictionary["a.b"]
    assert not has_dictionary["_raw"]
    read = parquet.read_file(place, action.path, {"a"})
    assert read.schema == pa.schema([*SYSTEM_SCHEMA, pa.field("a", pa.dictionary(pa.int32(), pa.string()))])
    assert read["a"].to_pylist() == ["z"] * 100


def test_a_file_that_cannot_be_written_whole_is_removed(tmp_path):
    """An interrupted write leaves no file behind."""

    def broken():
        yield table
        raise OSError("no more")

    table = events([1])
    with pytest.raises(OSError, match="no more"):
        parquet.write_file(Place(str(tmp_path)), "2026-01-31", table.schema, broken())
    assert list(tmp_path.rglob("*.parquet")) == []


def test_tables_of_different_columns_become_one_with_one_dictionary():
    """Plain and encoded columns meet, what is missing is null, and each field has one dictionary."""
    tables = [
        events([1], fields={"a": ["x"], "b": ["only"]}),
        events([2, 3], fields={"a": ["y", "x"]}, is_encoded=False),
        events([4], fields={"a": [None]}),
    ]
    whole = parquet.concat(tables)
    assert whole["a"].to_pylist() == ["x", "y", "x", None]
    assert whole["b"].to_pylist() == ["only", None, None, None]
    assert {tuple(chunk.dictionary.to_pylist()) for chunk in whole["a"].chunks} == {("x", "y")}
