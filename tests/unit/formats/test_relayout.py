"""A table's fields under other names."""

from datetime import datetime

import orjson
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tocsin.formats import json
from tocsin.formats.relayout import add_missing, coalesce, explode_objects, fields_of, rename, with_fields


def table_of(received_at: datetime, *records: object) -> pa.Table:
    """Records as the JSON format reads them."""
    return json.parse(b"\n".join(map(orjson.dumps, records)), received_at=received_at)[0]


def rows_of(table: pa.Table) -> list[dict[str, str]]:
    """The fields of each row that are there."""
    rows = table.select([name for name in table.column_names if not name.startswith("_")]).to_pylist()
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def test_the_first_by_rank_wins_and_the_other_keeps_its_name(received_at: datetime) -> None:
    """Equal values are one; nothing is lost."""
    table = table_of(received_at, {"a": "1", "b": "1"}, {"a": "1", "b": "2"}, {"b": "3"})
    renamed = rename(table, lambda _: "x", "ab".index)
    assert rows_of(renamed) == [{"x": "1"}, {"x": "1", "b": "2"}, {"x": "3"}]


def test_a_field_without_a_name_is_left_out(received_at: datetime) -> None:
    """The record itself is still in `_raw`."""
    table = rename(table_of(received_at, {"a": "1", "b": "2"}), lambda name: name if name == "a" else None, lambda _: 0)
    assert rows_of(table) == [{"a": "1"}]
    assert table.column("_raw")[0].as_py() == '{"a":"1","b":"2"}'


def test_a_field_never_takes_the_name_of_a_system_column(received_at: datetime) -> None:
    """It is called as every format calls it."""
    table = rename(table_of(received_at, {"a": "1"}), lambda _: "_raw", lambda _: 0)
    assert table.column_names.count("_raw") == 1
    assert table.column("field._raw")[0].as_py() == "1"


def test_what_stands_is_not_overwritten() -> None:
    """Additions fill what is missing."""
    fields = {"a": pa.array(["1", None])}
    filled = add_missing(fields, {"a": pa.array(["x", "2"]), "b": pa.array([None, "3"])})
    assert {name: column.to_pylist() for name, column in filled.items()} == {"a": ["1", "2"], "b": [None, "3"]}


def test_a_list_of_objects_is_taken_apart_and_kept() -> None:
    """A single value stands by itself; what is no list of objects has no fields."""
    fields = explode_objects({"t": pa.array(['[{"a":"x","b":{"c":1}},{"a":"y"}]', '["z"]', "[{broken", None])})
    assert {name: column.to_pylist() for name, column in fields.items()} == {
        "t": ['[{"a":"x","b":{"c":1}},{"a":"y"}]', '["z"]', "[{broken", None],
        "t.a": ['["x","y"]', None, None, None],
        "t.b.c": ["1", None, None, None],
    }


texts = st.lists(st.none() | st.sampled_from(["a", "b", ""]), min_size=3, max_size=3)


@given(st.lists(texts, min_size=1, max_size=3), st.booleans())
def test_coalescing_takes_the_first_value_of_each_row(columns: list[list[str | None]], is_encoded: bool) -> None:
    """Dictionaries and plain texts alike."""
    arrays = [pa.array(column, pa.string()) for column in columns]
    arrays = [array.dictionary_encode() for array in arrays] if is_encoded else arrays
    expected = [next((column[row] for column in columns if column[row] is not None), None) for row in range(3)]
    assert coalesce(arrays).to_pylist() == expected


def test_fields_put_back_are_the_table(received_at: datetime) -> None:
    """Taking out and putting back changes nothing."""
    table = table_of(received_at, {"a": "1"}, {"b": "2"})
    assert with_fields(table, fields_of(table)).equals(table)
