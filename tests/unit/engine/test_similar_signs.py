"""Signs: what they estimate, and that they depend on the text alone."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.engine import similar_signs
from tocsin.engine.similar_signs import PIECE, SIZE, lengths, sign

LETTERS = st.text(st.sampled_from("abcdeжд再"), max_size=60)


def pieces(text: str) -> set[str]:
    """The pieces of a text."""
    return {text[start : start + PIECE] for start in range(len(text) - PIECE + 1)}


def naive(text: str) -> list[int]:
    """The sign of one text, piece by piece and order by order."""
    hashes = []
    for piece in pieces(text):
        hashed = 0
        for letter in piece:
            hashed = hashed * 0x01000193 & 0xFFFFFFFF
            hashed = hashed + ord(letter) * 0x9E3779B1 & 0xFFFFFFFF
            hashed ^= hashed >> 15
        hashed = hashed * 0x85EBCA6B & 0xFFFFFFFF
        hashes.append(hashed ^ hashed >> 13)
    orders = zip(similar_signs._FLIPS.tolist(), similar_signs._ODDS.tolist(), strict=True)
    return [min(((each ^ flip) * odd & 0xFFFFFFFF for each in hashes), default=0) & 0xFF for flip, odd in orders]


@settings(max_examples=40, deadline=None)
@given(st.lists(LETTERS, max_size=8))
def test_signs_are_those_of_the_definition(texts: list[str]) -> None:
    """Whatever texts are signed together."""
    assert sign(pa.array(texts, pa.string())).tolist() == [naive(text) for text in texts]


def test_equal_bytes_estimate_what_two_texts_have_in_common() -> None:
    """Within a tenth of the pieces that are in both, of those that are in either."""
    rng = np.random.default_rng(1)
    base = "".join(rng.choice(list("abcdefghijklmnop"), 200))
    for kept in (0, 50, 100, 150, 180, 200):
        other = base[:kept] + "".join(rng.choice(list("qrstuvwxyz"), 200 - kept))
        signs = sign(pa.array([base, other]))
        exact = len(pieces(base) & pieces(other)) / len(pieces(base) | pieces(other))
        assert abs((signs[0] == signs[1]).mean() - exact) < 0.1


def test_a_text_shorter_than_a_piece_has_no_sign() -> None:
    """It has nothing to be compared by."""
    assert not sign(pa.array(["", "abc"])).any()
    assert sign(pa.array([], pa.string())).shape == (0, SIZE)


def test_letters_that_say_more_count_more() -> None:
    """One of Japanese or Chinese as three."""
    assert lengths(pa.array(["", "abc", "жд", "再配達", "a再"])).tolist() == [0, 3, 2, 9, 4]
