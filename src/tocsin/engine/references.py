"""References: rows in which one field is equal to another, or contains, begins or ends with it."""

from collections.abc import Callable
from typing import Final, TypeVar

import numpy as np
import pyarrow as pa

from tocsin.engine.compare import BoolArray
from tocsin.engine.fields import FieldValues, Ints
from tocsin.rules.model import Operator, Test

_T = TypeVar("_T")
_PART_OF: Final[dict[Operator, Callable[[str, str], bool]]] = {
    Operator.FIELDREF_CONTAINS: str.__contains__,
    Operator.FIELDREF_STARTSWITH: str.startswith,
    Operator.FIELDREF_ENDSWITH: str.endswith,
}


def find_referring_rows(test: Test, left: FieldValues, right: FieldValues) -> BoolArray:
    """The rows in which both fields are there and ``test``, a reference, holds between them.

    Of lists, any element of one and any of the other.
    """
    if test.operator is not Operator.FIELDREF:
        return _find_parts(test, left, right)
    ids = _number_texts(left, right, is_cased=test.is_cased)
    if left.owners is None and right.owners is None:
        of_left, of_right = np.append(ids[: left.size], -1), np.append(ids[left.size :], -2)
        equal: BoolArray = of_left[left.codes] == of_right[right.codes]
        return equal
    of_left_sets = [set(numbers) for numbers in _by_value(left, ids[: len(left.texts)].tolist())]
    of_right_sets = [set(numbers) for numbers in _by_value(right, ids[len(left.texts) :].tolist())]
    return _compare_pairs(left, right, lambda a, b: not of_left_sets[a].isdisjoint(of_right_sets[b]))


def _find_parts(test: Test, left: FieldValues, right: FieldValues) -> BoolArray:
    """No column function takes a text a row to look for, so that this is Python once a distinct pair of values."""
    is_part_of = _PART_OF[test.operator]
    of_left = _by_value(left, left.texts.side(test).to_pylist())
    of_right = _by_value(right, right.texts.side(test).to_pylist())
    return _compare_pairs(
        left, right, lambda a, b: any(is_part_of(whole, part) for whole in of_left[a] for part in of_right[b])
    )


def _number_texts(left: FieldValues, right: FieldValues, *, is_cased: bool) -> Ints:
    """A number for each text of left, then of right; equal texts have the same."""
    sides = [values.texts.raw if is_cased else values.texts.folded for values in (left, right)]
    ids: Ints = pa.concat_arrays(sides).dictionary_encode().indices.to_numpy().astype(np.int64)
    return ids


def _compare_pairs(left: FieldValues, right: FieldValues, is_true: Callable[[int, int], bool]) -> BoolArray:
    """Compare the values at two places once a distinct pair."""
    pairs, pair_of_row = np.unique(left.codes * (right.size + 1) + right.codes, return_inverse=True)
    lefts, rights = np.divmod(pairs, right.size + 1)
    truth = [is_true(a, b) for a, b in zip(lefts.tolist(), rights.tolist(), strict=True)]
    return np.array(truth, np.bool_)[pair_of_row]


def _by_value(values: FieldValues, of_texts: list[_T]) -> list[list[_T]]:
    """Per value, and at the end for null, what there is of its texts."""
    found: list[list[_T]] = [[] for _ in range(values.size + 1)]
    owners = range(len(of_texts)) if values.owners is None else values.owners.tolist()
    for owner, each in zip(owners, of_texts, strict=True):
        found[owner].append(each)
    return found
