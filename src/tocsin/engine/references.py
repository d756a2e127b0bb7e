"""References: rows in which two fields are equal."""

import numpy as np
import pyarrow as pa

from tocsin.engine.compare import BoolArray
from tocsin.engine.fields import FieldValues, Ints


def find_equal_rows(left: FieldValues, right: FieldValues, *, is_cased: bool) -> BoolArray:
    """The rows in which both fields are there and equal; of lists, any element of one and any of the other."""
    ids = _number_texts(left, right, is_cased=is_cased)
    if left.owners is None and right.owners is None:
        of_left, of_right = np.append(ids[: left.size], -1), np.append(ids[left.size :], -2)
        equal: BoolArray = of_left[left.codes] == of_right[right.codes]
        return equal
    return _compare_lists(left, right, ids)


def _number_texts(left: FieldValues, right: FieldValues, *, is_cased: bool) -> Ints:
    """A number for each text of left, then of right; equal texts have the same."""
    sides = [values.texts.raw if is_cased else values.texts.folded for values in (left, right)]
    ids: Ints = pa.concat_arrays(sides).dictionary_encode().indices.to_numpy().astype(np.int64)
    return ids


def _compare_lists(left: FieldValues, right: FieldValues, ids: Ints) -> BoolArray:
    """Compare as sets, once a distinct pair of values."""
    of_left = _sets(left, ids[: len(left.texts)])
    of_right = _sets(right, ids[len(left.texts) :])
    pairs, pair_of_row = np.unique(left.codes * (right.size + 1) + right.codes, return_inverse=True)
    lefts, rights = np.divmod(pairs, right.size + 1)
    equal = [not of_left[a].isdisjoint(of_right[b]) for a, b in zip(lefts.tolist(), rights.tolist(), strict=True)]
    return np.array(equal, np.bool_)[pair_of_row]


def _sets(values: FieldValues, ids: Ints) -> list[set[int]]:
    """Per value, and at the end for null, the numbers of its texts."""
    sets: list[set[int]] = [set() for _ in range(values.size + 1)]
    owners = np.arange(len(ids)) if values.owners is None else values.owners
    for owner, number in zip(owners.tolist(), ids.tolist(), strict=True):
        sets[owner].add(number)
    return sets
