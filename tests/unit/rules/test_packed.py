"""Tests in JSON and back."""

from collections.abc import Sequence

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.rules import model
from tocsin.rules.model import Operator
from tocsin.rules.packed import pack_tests, unpack_tests

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TESTS = st.builds(model.Test, st.none() | TEXTS, st.sampled_from(Operator), TEXTS, st.booleans())


@given(st.lists(TESTS))
def test_all_comes_back(tests: list[model.Test]) -> None:
    """In order, every part of each, and of the same types."""
    back = unpack_tests(orjson.loads(orjson.dumps(pack_tests(tests))))
    assert back == tests
    assert all(type(test.operator) is Operator and type(test.is_cased) is bool for test in back)


@pytest.mark.parametrize(
    "data",
    [[], [[], [], [], []], [["a"], [1], [0], ["x"], []], [["a"], [0], [99], ["x"], []], [["a"], [0], [0], [], []]],
)
def test_anything_else_is_an_error(data: Sequence[object]) -> None:
    """Never other tests than were packed."""
    with pytest.raises((IndexError, TypeError, ValueError)):
        unpack_tests(data)
