"""One test against many texts."""

import numpy as np
import pyarrow as pa
import pytest
from tests.unit.engine.cases import ask

from tocsin.engine.compare import Texts, holds

TEXTS = ("alpha", "ALPHABET", "10", "-1e2", "10.0.0.1", "")


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("equals", "alpha", [0]),
        ("contains", "pha", [0, 1]),
        ("startswith", "10", [2, 4]),
        ("endswith", "bet", [1]),
        ("like", "a*b?et", []),
        ("like", "al?ha*t", [1]),
        ("regex", "^A", [1]),
        ("cidr", "10.0.0.0/8", [4]),
        ("lt", "0", [3]),
        ("lte", "10", [2, 3]),
        ("gt", "-100", [2]),
        ("gte", "-100", [2, 3]),
    ],
)
def test_operator(operator: str, value: str, expected: list[int]) -> None:
    """Each operator that looks at one text picks the texts it should."""
    assert np.flatnonzero(holds(ask("a", operator, value), Texts(pa.array(TEXTS)))).tolist() == expected


def test_cased_looks_at_the_text_as_it_is() -> None:
    """A cased test does not see the folded text."""
    texts = Texts(pa.array(TEXTS))
    assert np.flatnonzero(holds(ask("a", "contains", "ALP", cased=True), texts)).tolist() == [1]


def test_chosen_texts_stay_folded() -> None:
    """Taking some texts takes their folded forms with them."""
    texts = Texts(pa.array(["A", "B", "C"]))
    assert texts.folded.to_pylist() == ["a", "b", "c"]
    chosen = texts.take(np.array([2, 0]))
    assert (chosen.raw.to_pylist(), chosen.folded.to_pylist(), len(chosen)) == (["C", "A"], ["c", "a"], 2)


def test_only_finite_json_numbers_are_numbers() -> None:
    """Everything else is NaN."""
    numbers = Texts(pa.array(["1", "-0.5", "2E3", "1e400", "inf", "0x1", "1.", "", "9" * 400])).numbers
    assert numbers[:3].tolist() == [1, -0.5, 2000]
    assert np.isnan(numbers[3:]).all()
