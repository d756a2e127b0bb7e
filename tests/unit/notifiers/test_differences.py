"""What differs between two texts."""

from hypothesis import given
from hypothesis import strategies as st

from tocsin.notifiers.differences import MAX_CHARACTERS, find_differences


def marked(base: str, text: str) -> str:
    """``text`` with brackets around what differs."""
    return "".join(f"[{each.text}]" if each.is_different else each.text for each in find_differences(base, text))


def test_words_that_differ_are_marked() -> None:
    """Replaced, added, and in letters that only look the same."""
    assert marked("send 500 now", "send 900 now") == "send [900] now"
    assert marked("send now", "send it now") == "send [it ]now"
    assert marked("free coins", "frее coins") == "[frее] coins"
    assert marked("the same", "the same") == "the same"
    assert marked("more than this", "more") == "more"


@given(st.text(max_size=80), st.text(max_size=80))
def test_the_parts_are_the_text(base: str, text: str) -> None:
    """Nothing is lost or added, whatever is compared."""
    assert "".join(each.text for each in find_differences(base, text)) == text


def test_a_long_text_is_cut() -> None:
    """A bound on what an attacker's text costs."""
    assert sum(len(each.text) for each in find_differences("a b " * 5_000, "b a " * 5_000)) == MAX_CHARACTERS
