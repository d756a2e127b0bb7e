"""Rows in which two fields are equal."""

import pytest
from tests.unit.engine.cases import table

from tocsin.engine.fields import Columns
from tocsin.engine.references import find_equal_rows

EVENTS = [
    {"a": "x", "b": "x"},
    {"a": "X", "b": "x"},
    {"a": "x", "b": "y"},
    {"a": None, "b": None},
    {"a": "x", "b": None},
]


@pytest.mark.parametrize(("is_cased", "expected"), [(True, [0]), (False, [0, 1])])
@pytest.mark.parametrize("last", ["z", '["q","z"]'])
def test_equal_rows(is_cased: bool, expected: list[int], last: str) -> None:
    """Nulls equal nothing, not even each other; case counts if it should; a list elsewhere changes nothing."""
    events = [*EVENTS, {"a": last, "b": "z"}, {"a": "w", "b": last}]
    columns = Columns(table(events))
    left, right = columns.find("a"), columns.find("b")
    assert left is not None
    assert right is not None
    rows = find_equal_rows(left, right, is_cased=is_cased).nonzero()[0].tolist()
    assert rows == [*expected, len(EVENTS)]
