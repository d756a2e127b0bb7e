"""The pieces of a query."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.search.cases import found

from tocsin.search.tokens import Kind, QueryError, quote, tokenize


def texts(query):
    """The texts of all pieces but the end."""
    return [token.text for token in tokenize(query)[:-1]]


def test_a_piece_knows_its_column():
    """Columns count from 1."""
    assert [token.column for token in tokenize("a  (b)")] == [1, 4, 5, 6, 7]


def test_a_backslash_before_a_sign_of_the_language_makes_it_ordinary():
    r"""`\*` is a star and no wildcard; a pattern writes it so."""
    assert texts(r"a\*b\:c\ d") == [r"a\*b:c d"]


def test_any_other_backslash_is_a_backslash():
    r"""`C:\Windows` needs no doubling."""
    assert texts(r"Image:C:\Windows\cmd.exe") == ["Image", r"C:\\Windows\\cmd.exe"]


def test_in_quotes_wildcards_are_ordinary():
    """What is quoted is meant as it stands."""
    assert texts('"a*b?"') == [r"a\*b\?"]


def test_a_value_may_hold_colons():
    """An IPv6 address needs no quotes."""
    assert texts("ip:fe80::1") == ["ip", "fe80::1"]


def test_a_path_is_no_regular_expression():
    """`path:/health` is the path; an expression has a tilde before it."""
    tokens = tokenize("path:/health path:~/^.health/")
    assert [(token.text, token.comparison) for token in tokens if token.kind is Kind.TEXT] == [
        ("/health", ""),
        ("^.health", "~"),
    ]


def test_an_unclosed_quotation_names_where_it_begins():
    """The column is that of the mark."""
    with pytest.raises(QueryError, match="column 4: the quotation mark is not closed") as caught:
        tokenize('ab "cd')
    assert caught.value.column == 4


def test_an_overlong_query_is_refused():
    """A query is read in bounded time."""
    with pytest.raises(QueryError, match="9,000 characters; at most 8,192"):
        tokenize("a" * 9000)


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20))
def test_a_quoted_value_means_exactly_itself(value):
    """What a link to filter writes finds the event that it stands on, whatever its value."""
    if value.startswith("["):
        return  # a list is found by its elements
    assert found(f"field:{quote(value)}", {"field": value, "other": "x"}) == [0]
