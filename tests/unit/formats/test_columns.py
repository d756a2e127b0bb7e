"""Records become columns of text."""

import random

import numpy as np
import orjson
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from tocsin.formats.columns import Flattener, Piece, column_limit, lay, to_texts
from tocsin.kernel.limits import MAX_DEPTH, MAX_FIELDS_PER_RECORD

numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab.", max_size=2), inner, max_size=2),
    max_leaves=4,
)
records = st.lists(st.dictionaries(st.text("abc._", max_size=3), values, max_size=4), max_size=5)


def flatten(*these: dict, limit: int = 2_000) -> list[dict]:
    """Each record's fields as text, nulls left out."""
    flattener = Flattener(len(these), limit)
    flattener.add(these, range(len(these)))
    columns = flattener.columns()
    return [
        {name: column[row].as_py() for name, column in columns.items() if column[row].is_valid}
        for row in range(len(these))
    ]


def walk(prefix: str, value: object) -> list[tuple[str, str]]:
    """The law, told plainly: every field and its text, an object's fields in its place."""
    if isinstance(value, dict) and value:
        return [pair for key, inner in value.items() for pair in walk(f"{prefix}.{key}", inner)]
    if value is None:
        return []
    return [(prefix, value if isinstance(value, str) else orjson.dumps(value).decode())]


@given(records)
def test_every_value_is_found_under_its_dotted_name(these: list[dict]) -> None:
    """No value is lost, also where names meet: then both are in a JSON list."""
    for record, row in zip(these, flatten(*these), strict=True):
        expected: dict[str, list[str]] = {}
        for key, value in record.items():
            for name, text in walk(key, value):
                expected.setdefault(name, []).append(text)
        found = {name: [text] if len(expected[name]) == 1 else orjson.loads(text) for name, text in row.items()}
        assert {name: sorted(texts) for name, texts in found.items()} == {
            name: sorted(texts) for name, texts in expected.items()
        }


@given(st.lists(st.none() | st.booleans() | numbers))
def test_numbers_are_printed_as_json_prints_them(these: list) -> None:
    """A number's text is what orjson writes for it."""
    expected = [None if value is None else orjson.dumps(value).decode() for value in these]
    assert to_texts(these).to_pylist() == expected


def test_two_fields_of_one_dotted_name_keep_both_values() -> None:
    """Neither overwrites the other."""
    assert flatten({"a.b": 1, "a": {"b": "2"}}, {"a.b": 3}) == [{"a.b": '["1","2"]'}, {"a.b": "3"}]


def test_names_that_differ_in_case_are_different_fields() -> None:
    """`processId` and `ProcessId` are two columns."""
    assert flatten({"processId": 1, "ProcessId": 2}) == [{"processId": "1", "ProcessId": "2"}]


def test_a_field_may_be_a_number_today_and_a_list_or_an_object_tomorrow() -> None:
    """Nothing conflicts: every kind has its text."""
    rows = flatten({"a": 1}, {"a": [1, "x"]}, {"a": {"b": True}}, {"a": {}}, {"a": None}, {"a": 1.0})
    assert rows == [{"a": "1"}, {"a": '[1,"x"]'}, {"a.b": "true"}, {"a": "{}"}, {}, {"a": "1.0"}]


def test_names_may_be_empty_or_hold_any_character() -> None:
    """Empty, with a line end, with NUL: each is a column."""
    assert flatten({"": 1, "a\nb": 2, "c\0": {"": 3}}) == [{"": "1", "a\nb": "2", "c\0.": "3"}]


def test_a_field_named_as_a_system_column_gives_way() -> None:
    """A sender cannot write `_raw`, `_error` or `_received`; what it sent is kept beside them."""
    row = flatten({"_raw": "x", "_error": 1, "_day": 2, "field._raw": "y"})[0]
    assert row == {"field._raw": '["x","y"]', "field._error": "1", "field._day": "2"}


def test_an_id_is_a_string_or_number_of_1_to_200_characters() -> None:
    """Any other `_id` is a field like others."""
    good = [{"_id": each} for each in ("a", "x" * 200, 7, 1.5)]
    assert flatten(*good) == [{"_id": "a"}, {"_id": "x" * 200}, {"_id": "7"}, {"_id": "1.5"}]
    bad = [{"_id": each} for each in ("", "x" * 201, True, [1])]
    assert flatten(*bad) == [
        {"field._id": ""},
        {"field._id": "x" * 201},
        {"field._id": "true"},
        {"field._id": "[1]"},
    ]


def test_an_object_below_the_deepest_level_is_kept_as_json() -> None:
    """What lies deeper than the limit is the text of the field above it."""
    record: dict = {"x": 1}
    for _ in range(MAX_DEPTH):
        record = {"a": record}
    assert flatten(record) == [{".".join(["a"] * MAX_DEPTH): '{"x":1}'}]


def test_fields_beyond_the_limit_go_into_extra() -> None:
    """The first fields get columns, the rest are one JSON object."""
    flattener = Flattener(2, 2)
    flattener.add([{"a": 1, "b": 2, "c": 3}, {"b": 4, "d": [5]}], [0, 1])
    assert sorted(flattener.columns()) == ["a", "b"]
    assert flattener.extra == {0: {"c": 3}, 1: {"d": [5]}}


def test_many_short_records_get_few_columns() -> None:
    """Cells are bounded: the more rows a body has, the fewer columns it may open."""
    assert column_limit(10_000) == MAX_FIELDS_PER_RECORD
    assert column_limit(16_000_000) == 64


def test_pieces_of_a_column_are_laid_one_after_the_other() -> None:
    """Rows between and after them are null."""
    pieces = [Piece(pa.array(["a", None]), 1), Piece(pa.array(["b"]), 4)]
    assert lay(pieces, 6).to_pylist() == [None, "a", None, None, "b", None]


@given(st.lists(st.none() | st.sampled_from("abc") | st.text(max_size=2), min_size=1, max_size=40), st.randoms())
def test_pieces_of_scattered_rows_are_laid_where_they_belong(texts: list[str | None], chance: random.Random) -> None:
    """In any order of rows, whether the texts repeat or not, beside pieces of rows in order."""
    rows = chance.sample(range(len(texts)), len(texts))
    scattered = pa.array([texts[row] for row in rows], pa.string())
    pieces = [Piece(scattered, 0, np.array(rows)), Piece(pa.array(["z"]), len(texts) + 1)]
    assert lay(pieces, len(texts) + 2).to_pylist() == [*texts, None, "z"]
