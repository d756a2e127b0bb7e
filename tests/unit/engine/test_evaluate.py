"""Evaluation of masks."""

from collections.abc import Iterator

import numpy as np
import pytest
from tests.unit.engine.cases import ask, found, table

from tocsin.engine import evaluate
from tocsin.engine.evaluate import Mask, all_of, any_of, negate
from tocsin.rules.model import And, Not, Or

MASK = np.array([True, False])


def as_list(mask: Mask) -> bool | list[bool]:
    """A mask to compare."""
    return mask if isinstance(mask, bool) else mask.tolist()


@pytest.mark.parametrize(
    ("masks", "both", "either"),
    [
        ([], True, False),
        ([True, MASK], [True, False], True),
        ([False, MASK], False, [True, False]),
        ([MASK, ~MASK], False, [True, True]),
    ],
)
def test_masks_are_joined(masks: list[Mask], both: bool | list[bool], either: bool | list[bool]) -> None:
    """And, or: with constants and with masks."""
    assert as_list(all_of(masks)) == both
    assert as_list(any_of(masks)) == either


def test_negation() -> None:
    """Not, of a mask and of a constant."""
    assert as_list(negate(MASK)) == [False, True]
    assert negate(False) is True


def test_conjunction_stops_when_nothing_is_left() -> None:
    """What comes after an impossible term is not computed."""

    def masks() -> Iterator[Mask]:
        yield MASK
        yield ~MASK
        raise AssertionError("computed in vain")

    assert all_of(masks()) is False


def test_forgetting_shared_masks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """With no room to remember what rules share, they match the same."""
    events = table([{"a": str(n), "b": str(n % 3), "c": "x"} for n in range(30)])
    shared = And((ask("a", "contains", "1"), ask("b", "equals", "1")))
    conditions = [
        shared,
        Or((shared, ask("c", "equals", "y"))),
        And((Not(shared), ask("a", "endswith", "2"))),
        Not(shared),
    ]
    remembered = found(events, *conditions)
    monkeypatch.setattr(evaluate, "CACHE_BYTES", 0)
    assert found(events, *conditions) == remembered
    assert {rule for rule, _ in remembered} == {0, 1, 2, 3}
