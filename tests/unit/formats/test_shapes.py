"""The fast way of reading JSON lines gives what the slow way gives, or nothing."""

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tocsin.formats.body import Body, split_lines
from tocsin.formats.columns import Columns, Flattener
from tocsin.formats.json import read_record
from tocsin.formats.shapes import Shape, read_columns

SPELLINGS = [
    "0", "-0", "1", "12", "-7", "1.0", "1.5", "-0.0", "1e0", "1E2", "1.10", "5e-324", "1e-400", "0.1e1", "1e16",
    "9007199254740993", "9223372036854775807", "9223372036854775808", "18446744073709551615",
    "123456789012345678901234567890", "123456789012345678901234567890.5", "1e400", "NaN", "-Infinity", "Inf", "01",
    "1.", ".5", "+5", "true", "false", "null", '""', '"a"', '"2026-01-31T09:30:00Z"', '"1.0"', '"null"',
    r'"\ud83d\ude00\u0000\/\n"', r'"\ud800"', r'"\udc00x"', r'"\x"', '"\t"', '"\x00"', '"é ü"', '"{}"', '"a,b"',
    "{}", "[]", "[null]", '["a",null]', "[1, 2]", "[1,1.0]", "[[1]]", '[{"a":1}]', '{"x":1}', '{"x":null}',
    '{"x":"a","y":{"z":1.5}}', '{"x":1,"x":2}',
]  # fmt: skip
NAMES = ["a", "b", "c", "a.x", "_raw", "field._raw", "_id", "_time", "", "A", "\\u0061", "n\\u0000", "n\\n"]
JOINS = ["{}{}", "{} {}", "{},{}", "{}null{}", "{}\r\n{}", "{}\n\n{}", "{}\x00{}", "{}\n{}"]

members = st.tuples(st.sampled_from(NAMES), st.sampled_from(SPELLINGS)).map(lambda pair: f'"{pair[0]}":{pair[1]}')
objects = st.lists(members, max_size=4, unique_by=lambda text: text.split(":")[0]).map(
    lambda all_: "{" + ",".join(all_) + "}"
)


def slowly(body: Body) -> Columns | None:
    """The columns by the slow way; None if a record is rejected."""
    records = [read_record(body[row]) for row in range(len(body))]
    if any(isinstance(record, str) for record in records):
        return None
    flattener = Flattener(len(records), 10_000)
    flattener.add(records, range(len(records)))
    return flattener.columns()


def quickly(body: Body, learned: list[str]) -> Columns | None:
    """The columns by the fast way, the shape being that of the ``learned`` records."""
    shape = Shape()
    for text in learned:
        record = read_record(text.encode())
        if isinstance(record, dict):
            shape.learn(record)
    schema = shape.schema()
    return None if schema is None else read_columns(body, schema)


def assert_same(quick: Columns, slow: Columns | None) -> None:
    """The same columns with the same values, all text."""
    assert slow is not None
    assert {name: column.to_pylist() for name, column in quick.items()} == {
        name: column.to_pylist() for name, column in slow.items()
    }
    assert all(column.type == pa.string() for column in quick.values())


@settings(max_examples=500, deadline=None)
@given(
    template=st.lists(
        st.tuples(st.sampled_from(NAMES[:8]), st.lists(st.sampled_from(SPELLINGS), min_size=1, max_size=3)),
        min_size=1,
        max_size=4,
        unique_by=lambda pair: pair[0],
    ),
    data=st.data(),
)
def test_records_of_one_template_read_the_same_both_ways(template, data) -> None:
    """Whatever the fast way returns for records with the same names equals what the slow way returns."""
    texts = [
        "{" + ",".join(f'"{name}":{data.draw(st.sampled_from(spellings))}' for name, spellings in template) + "}"
        for _ in range(4)
    ]
    body = split_lines("\n".join(texts).encode())
    quick = quickly(body, texts)
    if quick is not None:
        assert_same(quick, slowly(body))


@settings(max_examples=500, deadline=None)
@given(
    known=st.lists(objects, min_size=1, max_size=3), later=st.lists(objects, max_size=3), join=st.sampled_from(JOINS)
)
@example(known=['{"a":1}'], later=['{"a":1}'], join="{}null{}")
def test_any_records_read_the_same_both_ways_or_are_refused(known, later, join) -> None:
    """Other names, other kinds, several values on a line: refused, or read as the slow way reads them."""
    text = known[0]
    for each in known[1:] + later:
        text = _glue(join, text, each)
    body = split_lines(text.encode())
    quick = quickly(body, known)
    if quick is not None:
        assert_same(quick, slowly(body))


def _glue(join: str, left: str, right: str) -> str:
    before, between, after = join.split("{}")
    return before + left + between + right + after
