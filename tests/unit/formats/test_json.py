"""JSON bodies: lines, an array, one object; what is broken is named and what is whole is kept."""

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.formats import json
from tocsin.formats.json import split_records

EVENT = {"user": {"id": 7, "name": "ann"}, "ok": True, "ms": 1.5, "tags": ["a"], "text": "hé", "time": "2026-01-30"}
NOW = datetime(2026, 1, 31, tzinfo=UTC)
FLAT = {
    "user.id": "7",
    "user.name": "ann",
    "ok": "true",
    "ms": "1.5",
    "tags": '["a"]',
    "text": "hé",
    "time": "2026-01-30",
}


@pytest.mark.parametrize("count", [1, 3, 500])
@pytest.mark.parametrize(
    "form",
    [
        b"\n".join,
        lambda events: b"\r\n\r\n".join(events) + b"\r\n",
        lambda events: b"\xef\xbb\xbf\n  " + b"  \n  ".join(events),
        lambda events: b"[" + b",".join(events) + b"]",
        lambda events: orjson.dumps([orjson.loads(event) for event in events], option=orjson.OPT_INDENT_2),
    ],
    ids=["lines", "windows-lines", "mark-and-spaces", "array", "pretty-array"],
)
def test_the_same_events_in_any_form_give_the_same_rows(form, count: int, read, fields) -> None:
    """Few are read a record at a time, many in columns: no difference shows."""
    rows, issues = read("json", form([orjson.dumps(EVENT)] * count))
    assert issues == []
    assert [fields(row) for row in rows] == [FLAT] * count
    assert all(orjson.loads(row["_raw"]) == EVENT for row in rows)


def test_one_object_over_many_lines_is_one_record(read, fields) -> None:
    """As a person or a tool prints it; its text is kept as it came."""
    body = orjson.dumps(EVENT, option=orjson.OPT_INDENT_2)
    rows, _ = read("json", b"\n" + body + b"\n\n")
    assert [fields(row) for row in rows] == [FLAT]
    assert rows[0]["_raw"] == body.decode()


BROKEN = {
    b"{": "not JSON: ",
    b'{"a":NaN}': "not JSON: ",
    b'{"a":-Infinity}': "not JSON: ",
    b'{"a":"\\ud800"}': "not JSON: no low surrogate",
    b'{"a":1}{"a":2}': "not JSON: unexpected content",
    b'{"a":1} null {"a":2}': "not JSON: unexpected content",
    b"[1]": "not a JSON object but an array",
    b'"text"': "not a JSON object but a string",
    b"12": "not a JSON object but a number",
    b"true": "not a JSON object but true or false",
    b"null": "not a JSON object but null",
    b'{"a":' * 1000 + b"1" + b"}" * 1000: "JSON nested more than 200 deep",
    b'{"a":' + b"[" * 300 + b"]" * 300 + b"}": "JSON nested more than 200 deep",
    b'{"a":"' + b"x" * 10_000_000 + b'"}': "longer than 1,048,576 bytes",
}


@pytest.mark.parametrize("line", BROKEN, ids=range(len(BROKEN)))
@pytest.mark.parametrize("count", [1, 300])
def test_a_broken_line_is_rejected_with_its_reason_and_all_others_are_kept(
    line: bytes, count: int, read, fields
) -> None:
    """In a small body and in one that is read in columns."""
    rows, issues = read("json", b'{"a":1}\n' * count + line + b'\n{"a":2}\n{"a":3}')
    assert [(issue.record, issue.is_rejected) for issue in issues] == [(count + 1, True)]
    assert BROKEN[line] in issues[0].reason
    assert [fields(row) for row in rows] == [{"a": "1"}] * count + [{}, {"a": "2"}, {"a": "3"}]


def test_a_broken_element_of_an_array_costs_its_neighbours_nothing(read, fields) -> None:
    """Elements are found before they are read."""
    rows, issues = read("json", b'[{"a":1}, {"a": bad}, 3,\n {"a":"],[{"} ] tail')
    assert [fields(row) for row in rows] == [{"a": "1"}, {}, {}, {"a": "],[{"}, {}]
    assert [issue.record for issue in issues] == [2, 3, 5]


@pytest.mark.parametrize("first", [b"[1]", b"[INFO] starting", b"[oops", b'[{"a":1}]'])
def test_a_first_line_that_looks_like_an_array_does_not_hide_the_lines_after_it(first: bytes, read, fields) -> None:
    """It is rejected alone."""
    rows, issues = read("json", first + b'\n{"a":2}\n{"a":3}')
    assert [fields(row) for row in rows] == [{}, {"a": "2"}, {"a": "3"}]
    assert [issue.record for issue in issues] == [1]


@pytest.mark.parametrize("first", [b"[INFO] a\n[INFO] b", b"[2026-01-31 09:30] a,\n{", b"[]x\n[1,"])
def test_several_such_lines_hide_nothing_either(first: bytes, read, fields) -> None:
    """A body is an array if it is one, or if it begins with an object in brackets; else it is lines."""
    rows, issues = read("json", first + b'\n{"a":2}\n{"a":3}')
    assert [fields(row) for row in rows] == [{}, {}, {"a": "2"}, {"a": "3"}]
    assert [issue.record for issue in issues] == [1, 2]


def test_brackets_in_a_string_are_no_nesting(read, fields) -> None:
    """A record of many brackets in its text is read."""
    assert fields(read("json", orjson.dumps({"a": "[{" * 500}))[0][0]) == {"a": "[{" * 500}


def test_five_thousand_names_are_read_and_those_beyond_the_limit_are_in_extra(read, fields) -> None:
    """Nothing is lost: 2,000 columns, and a JSON object for the rest."""
    row = read("json", orjson.dumps({f"k{number}": number for number in range(5_000)}))[0][0]
    assert len(fields(row)) == 2_000
    assert orjson.loads(row["_extra"]) == {f"k{number}": number for number in range(2_000, 5_000)}


def test_a_million_names_over_many_records_open_few_columns(received_at) -> None:
    """A field of its own in each of many short records must not cost rows times columns."""
    count = 300_000
    body = b"\n".join(b'{"k%d":1}' % number for number in range(count))
    table, issues = json.parse(body, received_at=received_at)
    assert (table.num_rows, issues) == (count, [])
    assert table.num_columns <= 6 + 50_000_000 // count
    assert orjson.loads(table["_extra"][count - 1].as_py()) == {f"k{count - 1}": 1}


def test_the_second_form_of_a_source_is_learned_in_the_middle_of_a_body(received_at) -> None:
    """A new field after thousands of records: columns before it are null, none is lost."""
    body = b'{"a":1,"b":"x"}\n' * 20_000 + b'{"a":1.5,"c":{"d":true}}\n' * 20_000
    table, issues = json.parse(body, received_at=received_at)
    assert issues == []
    assert [table[name].null_count for name in ("a", "b", "c.d")] == [0, 20_000, 20_000]
    assert table["a"].value_counts().to_pylist() == [
        {"values": "1", "counts": 20_000},
        {"values": "1.5", "counts": 20_000},
    ]


lines = st.sampled_from(
    [
        b'{"a":1}',
        b'{"a":1.0}',
        b'{"a":"x","b":null}',
        b'{"b":{"c":[]}}',
        b'{"a":\xff}',
        b'{"a":"\xff"}',
        b"7",
        b"{}",
        b" ",
    ]
)


@settings(max_examples=15, deadline=None)
@given(st.lists(lines, max_size=6), st.lists(lines, max_size=6))
def test_a_record_reads_the_same_whatever_stands_around_it(before: list[bytes], after: list[bytes]) -> None:
    """In a body of three or of hundreds of records."""
    many = [*before, *[b'{"a":1}'] * 200, *after]
    alone = [json.parse(line, received_at=NOW)[0].to_pylist() for line in many]
    together = json.parse(b"\n".join(many), received_at=NOW)[0].to_pylist()
    expected = [row for rows in alone for row in rows]

    def known(row: dict) -> dict:
        return {name: value for name, value in row.items() if value is not None and not name.startswith("_")}

    assert [known(row) for row in together] == [known(row) for row in expected]
    assert [(row["_raw"], row["_error"]) for row in together] == [(row["_raw"], row["_error"]) for row in expected]


def test_lines_are_cut_from_the_body_without_a_copy() -> None:
    """The spans are of the very bytes that came in."""
    data = b'{"a":1}\n{"a":2}'
    assert split_records(data).data is data
