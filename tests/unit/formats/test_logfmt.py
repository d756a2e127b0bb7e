"""logfmt lines: keys and values."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.formats.logfmt import read_line

keys = st.text("abc._-", min_size=1, max_size=3)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(st.dictionaries(keys, texts, min_size=1))
def test_quoted_values_come_back_as_they_were(record: dict[str, str]) -> None:
    """Whatever they hold, with JSON's escapes, as loggers write them."""
    line = " ".join(f"{key}={orjson.dumps(value).decode()}" for key, value in record.items())
    assert read_line(line) == record


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a=1 b=two", {"a": "1", "b": "two"}),
        ("a=1 retry", {"a": "1", "retry": "true"}),
        ("a= b=1", {"a": "", "b": "1"}),
        ('a="" b=1', {"a": "", "b": "1"}),
        ("a=1 a=2 a=3", {"a": ["1", "2", "3"]}),
        ("q=x=y", {"q": "x=y"}),
        ('a="\\n\\u00e9\\ud800\\q"', {"a": "\né\ufffdq"}),
        ('a="no end b=1', {"a": '"no', "end": "true", "b": "1"}),
        ("plain words", None),
        ("=", None),
        ("", None),
    ],
)
def test_a_line_is_its_keys_and_values_or_nothing(line: str, expected: dict | None) -> None:
    """A bare key is true, a key given twice a list; without any key=value it is no logfmt."""
    assert read_line(line) == expected


def test_lines_become_rows_with_their_times(read, fields) -> None:
    """A bad one between them is rejected."""
    rows, issues = read("logfmt", b"time=2026-01-30T00:00:00Z a=1 a=2\nplain\nts=1769731200 b.c=x")
    assert [fields(row) for row in rows] == [
        {"time": "2026-01-30T00:00:00Z", "a": '["1","2"]'},
        {},
        {"ts": "1769731200", "b.c": "x"},
    ]
    assert rows[0]["_time"] == rows[2]["_time"]
    assert [(issue.record, issue.is_rejected) for issue in issues] == [(2, True)]
