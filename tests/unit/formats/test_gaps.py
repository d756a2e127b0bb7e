"""Lines read in columns of bytes are as the slow way reads them, or left to it."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.formats.test_shapes import JOINS, NAMES, SPELLINGS

from tocsin.formats.body import split_lines
from tocsin.formats.columns import Columns, Flattener, Piece, lay
from tocsin.formats.gaps import read_gaps
from tocsin.formats.json import read_record

LISTS = ['["a","b"]', '["a\\\\",""]', '["a",1]', '["a",]', '["a","b"}', '[["a"]]', '["\\ud800"]', '{"p":["q"]}', '["x"']
MARKS = ["", ",", ":", "{", "}", "[", "]", '"', "\\", " ", '"a":1', '"a":{', '"x":"y"', "null", "0"]

members = st.tuples(st.sampled_from(NAMES), st.sampled_from(SPELLINGS + LISTS)).map(lambda m: f'"{m[0]}":{m[1]}')
lines = st.one_of(
    st.lists(members, max_size=4).map(lambda all_: "{" + ",".join(all_) + "}"),
    st.lists(st.sampled_from(MARKS), max_size=8).map(lambda marks: "{" + "".join(marks) + "}"),
)


def slowly(texts: list[bytes], rows: list[int], count: int) -> Columns | None:
    """The columns of the records at ``rows``; None if one of them is no record."""
    records = [read_record(texts[row]) for row in rows]
    if any(isinstance(record, str) for record in records):
        return None
    flattener = Flattener(count, 10_000)
    flattener.add(records, rows)
    return flattener.columns()


@settings(max_examples=400, deadline=None)
@given(st.lists(lines, min_size=1, max_size=5), st.sampled_from(JOINS))
@example(['{"a":{}}', '{"a":{"x":{}},"b":""}', '{"a":[]}'], "{}\n{}")
@example(['{"a":"\\\\"}', '{"a":"\\\\\\""}', '{"a\\"":1}'], "{}\n{}")
@example(['{"a":{"x":1},"a":{"y":2}}', '{"a":1}'], "{}\n{}")
@example(['{"a":1}{"b":2}', '{"a":1}"b"}'], "{}\n{}")
def test_what_is_read_is_what_the_slow_way_reads(texts: list[str], join: str) -> None:
    """Whatever the lines hold: a line is left, or read as the slow way does."""
    body_text = texts[0]
    for text in texts[1:]:
        body_text = join.format(body_text, text)
    body = split_lines(body_text.encode())
    found = read_gaps(body)
    if found is None:
        return
    cells, is_left = found.cells, found.is_left
    rows = np.flatnonzero(~is_left).tolist()
    slow = slowly([body[row] for row in range(len(body))], rows, len(body))
    assert slow is not None
    quick = {name: lay([Piece(each.texts, 0, each.rows)], len(body)).to_pylist() for name, each in cells.items()}
    assert quick == {name: column.to_pylist() for name, column in slow.items()}


@pytest.mark.parametrize(
    "line",
    [
        '{"a":1,"b":"x","c":{"d":null,"e":[]},"f":["x","y"]}',
        '{"a":"C:\\\\Windows\\\\","b":"say \\"hi\\"","c":""}',
        '{"a":{},"b":{"c":{"d":{"e":"f"}}},"g":-1.50}',
    ],
)
def test_usual_lines_are_not_left(line: str) -> None:
    """Nested objects, numbers, escapes, and lists of strings are read here."""
    found = read_gaps(split_lines(f'{line}\n{{"z":"other"}}'.encode()))
    assert found is not None
    assert not found.is_left.any()


def test_a_line_that_is_left_costs_its_neighbours_nothing() -> None:
    """A broken line is left alone; those around it are read."""
    found = read_gaps(split_lines(b'{"a":1}\n{"a":"x}\n{"a":\n{"a" : 2}\n{"a":3}'))
    assert found is not None
    cells, is_left = found.cells, found.is_left
    assert is_left.tolist() == [False, True, True, True, False]
    assert cells["a"].texts.to_pylist() == ["1", "3"]


def test_what_is_not_chosen_lies_among_the_others() -> None:
    """A field that is not chosen gets no column, but its values stay with their rows; one that is left out is gone."""
    choices = {"a": True, "b": False, "c.d": False, "gone": None}
    lines = '{"a":"1","b":"2","gone":"3"}\n{"c":{"d":4},"b":null}\n{"b":"\\u0041"}'
    found = read_gaps(split_lines(lines.encode()), choices.get)
    assert found is not None
    assert {name: cells.texts.to_pylist() for name, cells in found.cells.items()} == {"a": ["1"]}
    assert list(zip(found.others.rows.tolist(), found.others.texts.to_pylist(), strict=True)) == [
        (0, "2"),
        (1, "4"),
        (2, "A"),
    ]
