"""Conditions over rule names: every alternative, and every way to write it wrong."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.rules.presences import ConditionError, names_in, read_presences

NAMES = ("a", "b", "c")
WORDS = st.recursive(
    st.sampled_from(NAMES),
    lambda inner: st.one_of(
        inner.map(lambda text: f"not ({text})"),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}) and ({pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"{pair[0]} or {pair[1]}"),
    ),
    max_leaves=6,
)


@given(WORDS)
def test_the_alternatives_mean_what_the_words_mean(text: str) -> None:
    """For every set of rules that are there, one alternative holds where, and only where, the words do."""
    try:
        presences = read_presences(text)
    except ConditionError:  # never holds, which is what the loop below asks of no alternatives
        presences = ()
    for here in product((False, True), repeat=len(NAMES)):
        there = dict(zip(NAMES, here, strict=True))
        holds = any(
            all(there[name] for name in each.present) and not any(there[name] for name in each.absent)
            for each in presences
        )
        assert holds is says(text, here)


def says(text: str, here: tuple[bool, ...]) -> bool:
    """What Python makes of the same words."""
    return bool(eval(text, {"__builtins__": {}}, dict(zip(NAMES, here, strict=True))))


def test_not_binds_closer_than_and_and_and_closer_than_or() -> None:
    """As in Sigma's other conditions."""
    assert read_presences("a or not b and c") == read_presences("a or ((not b) and c)")
    assert read_presences("A AND b") == read_presences("A and b")


def test_names_are_listed_in_their_order() -> None:
    """Each once."""
    assert names_in("b and (a or not b)") == ("b", "a")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "has nothing where"),
        ("a b", "goes on with 'b'"),
        ("a and )", "has ) where"),
        ("(a", "'(' that is not closed"),
        ("a and not a", "never holds"),
        ("not " * 70 + "a", "nested deeper"),
        (" and ".join(f"(a{n} or b{n})" for n in range(8)), "more than 64 alternatives"),
    ],
)
def test_a_condition_that_cannot_be_read_says_why(text: str, problem: str) -> None:
    """The message is the end of a sentence about the condition."""
    with pytest.raises(ConditionError) as raised:
        read_presences(text)
    assert problem in str(raised.value)
