"""Literals of patterns."""

import pytest
import re2
from hypothesis import given
from hypothesis import strategies as st

from tocsin.engine.folding import fold_text
from tocsin.engine.literals import like_to_regex, regex_literals, split_like


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("", [""]),
        ("a*b?c", ["a", "*", "b", "?", "c"]),
        (r"\*a\?b\\*", ["*a?b\\", "*", ""]),
        (r"c:\tmp\x", [r"c:\tmp\x"]),
        ("\\", ["\\"]),
    ],
)
def test_like_is_split_at_its_wildcards(pattern: str, parts: list[str]) -> None:
    """Literals stand at even places, wildcards at odd ones, escapes are resolved."""
    assert split_like(pattern) == parts


def test_like_as_a_regex_spans_the_whole_text() -> None:
    """The expression is anchored at both ends and its special characters are quoted."""
    assert re2.search(like_to_regex("a.*"), "a.b\nc")
    assert not re2.search(like_to_regex("a.*"), "xa.b")
    assert not re2.search(like_to_regex("a.?"), "a.b\n")


@pytest.mark.parametrize(
    ("expression", "literals"),
    [
        ("mimikatz", ("mimikatz",)),
        (r"(?i)PowerShell\.exe", ("powershell.exe",)),
        (r"ab[0-9]+cdef?g", ("cde",)),
        ("(?:foo|barbaz)+x", ("foo", "barbaz")),
        ("(foo|)x", ("x",)),
        ("(longer)?x", ("x",)),
        ("(ab){2,}", ("ab",)),
        ("a*", ()),
        ("ä", ()),
        ("[[:alpha:]]bc", ()),
        (r"\pLabc", ()),
        ("(", ()),
    ],
)
def test_literals_of_a_regex(expression: str, literals: tuple[str, ...]) -> None:
    """The longest text that is required for certain is found, in lower case; none where it is not certain."""
    assert regex_literals(expression) == literals


atoms = st.sampled_from(
    ["a", "B", "k", "s", ".", r"\.", "[ab]", "(?:ab|Ba)", "(s|kk|)", "x?", "b+", "a{2,3}", "(?i:k)", "^", "$"]
)


@given(st.booleans(), st.lists(atoms, max_size=6).map("".join), st.text("abkKsSſx\u212a.B", max_size=12))
def test_a_match_has_one_of_the_literals(ignores_case: bool, expression: str, text: str) -> None:
    """No text that an expression finds is without all of its literals."""
    expression = f"(?i){expression}" if ignores_case else expression
    literals = regex_literals(expression)
    if literals and re2.search(expression, text):
        assert any(literal in fold_text(text) for literal in literals)
