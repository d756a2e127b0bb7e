"""Hostile text becomes visible and short."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from tocsin.notifiers.text import cut, visible, visible_lines

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=300)


def test_controls_and_ansi_are_seen() -> None:
    """An escape sequence, a bell and a line feed are shown as what they are."""
    assert visible("a\x1b[31mb\x07\nc", 100) == r"a\x1b[31mb\x07\nc"


def test_direction_marks_are_seen() -> None:
    """A right-to-left override cannot turn a file's name around."""
    assert visible("gnp.\u202eexe", 100) == r"gnp.\u202eexe"


def test_other_scripts_are_left_alone() -> None:
    """Letters of any script, emoji and wide spaces stay as they are."""
    assert visible("Zoë 東京\u3000🔥", 100) == "Zoë 東京\u3000🔥"


def test_lines_that_people_wrote_stay_lines() -> None:
    """Next steps keep their lines; what hides in a line is still shown."""
    assert visible_lines("1. look\n2. act\x1b\n", 100) == "1. look\n2. act\\x1b"


def test_cut_marks_what_is_missing() -> None:
    """A cut text ends with an ellipsis and has the length that was asked for."""
    assert cut("abcdef", 4) == "abc…"
    assert cut("abcd", 4) == "abcd"


@given(ANY_TEXT, st.integers(1, 200))
def test_nothing_unseen_remains(text: str, limit: int) -> None:
    """For every text: one line, no longer than the limit, nothing invisible, no lone surrogate."""
    shown = visible(text, limit)
    assert len(shown) <= limit
    assert len(shown.splitlines()) <= 1
    assert not {unicodedata.category(each) for each in shown} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@given(ANY_TEXT, st.integers(1, 200))
def test_visible_lines_hide_only_line_feeds(text: str, limit: int) -> None:
    """For every text of several lines the same holds for each line."""
    shown = visible_lines(text, limit)
    assert len(shown) <= limit
    assert not {unicodedata.category(each) for each in shown.replace("\n", "")} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
