"""Queries read, and errors that name the column and the mend."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.search.cases import NOW, found

from tocsin.search.parse import parse
from tocsin.search.tokens import QueryError
from tocsin.search.tree import All

EVENTS = (
    {"user.name": "anna", "status": "500", "path": "/login"},
    {"user.name": "ANNE", "status": "503", "path": "/health"},
    {"user.name": "bob", "status": "200", "path": "/login"},
    {"user.name": "ann b", "status": "404", "path": "/x"},
)


@pytest.mark.parametrize(
    ("query", "places"),
    [
        ("user.name:ann* AND status:>=500 NOT path:/health", [0]),
        ("", [0, 1, 2, 3]),
        ("*", [0, 1, 2, 3]),
        ("*:*", [0, 1, 2, 3]),
        ("user.name:anna OR user.name:bob", [0, 2]),
        ("user.name:(anna OR bob)", [0, 2]),
        ("user.name:(anna || bob) && !status:200", [0]),
        ("status:[404 TO 500]", [0, 3]),
        ("status:{404 TO 503}", [0]),
        ("status:[404 TO *]", [0, 1, 3]),
        ("status:<500 -path:/x", [2]),
        ("path:/login status:200", [2]),
        ("anne OR status:200 path:/login", [1, 2]),
        ("(anne OR status:200) path:/login", [2]),
        ('user.name:"ann b"', [3]),
        (r"user.name:ann\ b", [3]),
        ("user.name:ann?", [0, 1]),
        ("user.name:~^an+[ae]$", [0]),
        ('user.name:~"(?i)^an+[ae]$"', [0, 1]),
        ("nothing:*", []),
        ("NOT nothing:*", [0, 1, 2, 3]),
        ("_exists_:path NOT NOT path:/x", [3]),
        ("path:* USER.NAME:BOB", [2]),
    ],
)
def test_a_query_finds(query, places):
    """The language, by example."""
    assert found(query, *EVENTS) == places


@pytest.mark.parametrize(
    ("query", "column", "words"),
    [
        ("a AND", 6, "the query ends where a condition is expected"),
        ("OR a", 1, "'OR' stands where a condition is expected"),
        ("(a", 1, "this bracket is not closed; add a \\)"),
        ("a)", 2, "this bracket closes nothing"),
        ("f:", 3, "the value of 'f' is missing"),
        ("f: ) ", 4, "the value of 'f' is missing"),
        ("f:()", 4, "a condition is expected"),
        ("f:(a:b)", 4, "within the values of 'f:'"),
        ("f:[1 5]", 3, "is not a range; write \\[1 TO 5\\]"),
        ("f:[1 TO 5", 3, "the range is not closed"),
        ("f:[a TO b]", 3, "'a' is not a number"),
        ("x f:>many", 5, "'many' is not a number"),
        ("f:>", 4, "the value is missing"),
        ("f:~(a", 4, "the value is missing|cannot be used"),
        ('f:~"(?=a)"', 3, "no lookahead"),
        ("_time:yesterday", 7, "'yesterday' is not a moment; write 2026-01-31"),
        ("_time:~x", 7, "no regular expression"),
        ("> 5", 1, "compares nothing; write the field before it"),
        ("use*:x", 1, "a field's name has to be whole"),
        ("(" * 60, 51, "more than 50 brackets"),
        ("a " * 1001, 2001, "more than 1,000 conditions"),
        ("a\x00b", 1, "number 0"),
        ("a\ud800b", 1, "surrogate"),
    ],
)
def test_an_error_names_the_column_and_the_mend(query, column, words):
    """Nothing is guessed, and nothing fails without a sentence."""
    with pytest.raises(QueryError, match=words) as caught:
        parse(query, now=NOW)
    assert caught.value.column == column


def test_an_empty_query_is_everything():
    """So is one of spaces."""
    assert parse("  ", now=NOW) == All()


@settings(deadline=None)
@given(st.text(st.sampled_from('ab*?"\\()[]{}:<>=~/-! \t\nTO1AND') | st.characters(), max_size=40))
def test_every_text_is_a_query_or_an_error_with_a_column(query):
    """No text ends in another error, and a column lies within the query or one beyond it."""
    column = 1
    try:
        found(query, *EVENTS)
    except QueryError as error:
        column = error.column
    assert 1 <= column <= len(query) + 1
