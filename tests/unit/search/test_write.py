"""Conditions written for a link."""

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.search.cases import found

from tocsin.search.write import add_condition, write_condition

TEXTS = st.text(st.sampled_from('ab:*?"\\()[]{}<>~/-! \n=.') | st.characters(codec="utf-8"), max_size=8)


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS)
def test_a_condition_finds_the_event_that_it_was_written_for(name, value):
    """Whatever its field is called and whatever stands in it."""
    written = write_condition(name, value)
    if written is None:
        assert not name or "*" in name or "\x00" in name + value
    elif not value.startswith("[") and not name.startswith("_"):
        assert found(written, {name: value}, {"other": "x"}) == [0]
        assert found(add_condition("", written, is_negated=True), {name: value}, {"other": "x"}) == [1]


def test_alternatives_stay_together():
    """What is added holds for all of them."""
    assert add_condition("a OR b", 'c:"d"') == '(a OR b) c:"d"'
    assert add_condition("a b", 'c:"d"', is_negated=True) == 'a b NOT c:"d"'
    assert add_condition(" ", 'c:"d"') == 'c:"d"'


def test_what_cannot_be_written_has_no_condition():
    """A field without a name, one with a star, a value of a megabyte."""
    assert [write_condition("", "x"), write_condition("a*", "x"), write_condition("a", "x" * 1001)] == [None] * 3
