"""Rows in which one field is equal to another, or contains, begins or ends with it."""

import pytest
from tests.unit.engine.cases import ask, table

from tocsin.engine.fields import Columns
from tocsin.engine.references import find_referring_rows

EVENTS = [
    {"a": "x", "b": "x"},
    {"a": "X", "b": "x"},
    {"a": "x", "b": "y"},
    {"a": None, "b": None},
    {"a": "x", "b": None},
]


def find(events: list[dict[str, str | None]], operator: str, *, is_cased: bool) -> list[int]:
    """The rows in which `a` refers to `b`."""
    columns = Columns(table(events))
    left, right = columns.find("a"), columns.find("b")
    assert left is not None
    assert right is not None
    return [int(row) for row in find_referring_rows(ask("a", operator, "b", cased=is_cased), left, right).nonzero()[0]]


@pytest.mark.parametrize("operator", ["fieldref", "fieldref_contains", "fieldref_startswith", "fieldref_endswith"])
@pytest.mark.parametrize(("is_cased", "expected"), [(True, [0]), (False, [0, 1])])
@pytest.mark.parametrize("last", ["z", '["q","z"]'])
def test_equal_rows(operator: str, is_cased: bool, expected: list[int], last: str) -> None:
    """Nulls equal nothing, not even each other; case counts if it should; a list elsewhere changes nothing."""
    events = [*EVENTS, {"a": last, "b": "z"}, {"a": "w", "b": last}]
    assert find(events, operator, is_cased=is_cased) == [*expected, len(EVENTS)]


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("fieldref", []),
        ("fieldref_startswith", [0, 3]),
        ("fieldref_endswith", [1, 3]),
        ("fieldref_contains", [0, 1, 2, 3]),
    ],
)
def test_a_part_of_the_field(operator: str, expected: list[int]) -> None:
    """The field begins, ends or goes on somewhere with the other; an empty one is part of all, a longer of none."""
    pairs = [("xyz", "XY"), ("xyz", "yZ"), ("xyz", "y"), ("xyz", ""), ("xyz", "wxyz"), ("[]", "x")]
    events: list[dict[str, str | None]] = [{"a": a, "b": b} for a, b in pairs]
    assert find(events, operator, is_cased=False) == expected
