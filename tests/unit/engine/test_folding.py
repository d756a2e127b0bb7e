"""Case folding."""

import unicodedata

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from tests.oracle.evaluate import fold as oracle_fold

from tocsin.engine.folding import fold, fold_text


def test_every_character_folds_as_the_oracle_says() -> None:
    """All characters that this Python's Unicode knows fold to one character, the same as in the oracle."""
    points = (chr(point) for point in range(0x110000) if not 0xD800 <= point < 0xE000)
    known = [point for point in points if unicodedata.category(point) != "Cn"]
    # Letters given a case in a later Unicode than Python's.
    differ = [c for c, folded in zip(known, fold(pa.array(known)).to_pylist(), strict=True) if folded != oracle_fold(c)]
    assert len(differ) < 50
    assert all(oracle_fold(c) == c and not c.isascii() and ord(c) > 0x180 for c in differ)


@given(st.text())
def test_folding_is_the_same_for_one_and_for_many(text: str) -> None:
    """`fold_text` gives what `fold` gives, and folding again changes nothing."""
    folded = fold(pa.array([text, "plain", None]))
    assert folded.to_pylist() == [fold_text(text), "plain", None]
    assert fold_text(fold_text(text)) == fold_text(text)
    assert len(fold_text(text)) == len(text)
