"""Fields' columns: names that round-trip, names apart without case, the column limit."""

import orjson
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.store.build import events

from tocsin.kernel.limits import MAX_COLUMNS
from tocsin.store import columns

FORBIDDEN = " ,;{}()\n\t="
NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(NAMES)
def test_any_name_round_trips(name):
    """Decoding a column's name gives the field's name."""
    assert columns.unescape(columns.escape(name)) == name


@given(NAMES)
def test_a_column_name_has_no_character_that_delta_forbids(name):
    """Column names are never empty, and need no column mapping."""
    column = columns.escape(name)
    assert column
    assert not set(column) & set(FORBIDDEN)


@given(st.lists(st.text("aAbBßẞ %=", max_size=4), unique=True, max_size=12))
def test_fields_that_differ_only_in_case_get_columns_that_differ_without_case(names):
    """Every field has a column of its own, also for who reads without case, and keeps its name."""
    found = columns.fit(names, ["_id"])
    assert [columns.unescape(found.columns[name]) for name in names] == names
    assert len({column.casefold() for column in found.columns.values()}) == len(names)


@given(st.lists(st.text("aAbB%", max_size=4), unique=True, max_size=8), st.randoms())
def test_a_field_keeps_its_column(names, random):
    """What has a column gets the same one whenever it is asked for, in whatever order."""
    first = columns.fit(names, ["_id"])
    existing = ["_id", *first.new]
    random.shuffle(names)
    again = columns.fit(names, existing)
    assert again.columns == first.columns
    assert not again.new


def test_readable_names_are_left_as_they_are():
    """Dots, dashes, slashes and letters beyond ASCII need no encoding."""
    assert columns.escape("userIdentity.arn-größe/x:y") == "userIdentity.arn-größe/x:y"


def test_a_field_named_as_the_partition_column_gets_another():
    """A record's own `_day` does not collide with the day of receipt."""
    assert columns.fit(["_DAY"], ["_day"]).columns == {"_DAY": "%5FDAY"}


def test_fields_past_the_limit_and_overlong_names_get_no_column():
    """A table has 1,000 columns at most, each with a name of at most 200 characters."""
    existing = [f"c{number}" for number in range(MAX_COLUMNS - 1)]
    found = columns.fit(["x" * 201, "a", "b", "c0"], existing)
    assert found.columns == {"a": "a", "c0": "c0"}
    assert found.surplus == ("x" * 201, "b")


def test_surplus_fields_join_what_extra_holds():
    """A row's surplus values are added to its `_extra`; rows without any keep theirs."""
    table = events([1, 2, 3], fields={"a": ["x", None, None], "b": ["y", None, "z"], "kept": ["k"] * 3})
    table = table.set_column(5, "_extra", pa.array(['{"old":[1]}', '{"only":1}', None]))
    moved = columns.move_to_extra(table, ["a", "b"])
    assert moved.column_names[-2:] == ["_extra", "kept"]
    extra = [orjson.loads(text) for text in moved["_extra"].to_pylist()]
    assert extra == [{"old": [1], "a": "x", "b": "y"}, {"only": 1}, {"b": "z"}]


def test_a_reader_gets_fields_from_extra():
    """A field in `_extra` is read as a column, as text, where its own column has no value."""
    table = events([1, 2, 3], fields={"a": ["x", None, None]})
    table = table.set_column(5, "_extra", pa.array(['{"a":"no","n":5}', '{"a":["q"]}', None]))
    filled = columns.fill_from_extra(table, {"a", "n", "none"})
    assert filled["a"].to_pylist() == ["x", '["q"]', None]
    assert filled["n"].to_pylist() == ["5", None, None]
    assert "none" not in filled.column_names


@pytest.mark.parametrize("fields", [{"a"}, set()])
def test_an_empty_extra_costs_nothing(fields):
    """Without `_extra`, the very same table comes back."""
    table = events([1])
    assert columns.fill_from_extra(table, fields) is table
