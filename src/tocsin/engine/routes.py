"""Routes: a batch cut by what its events say of their logsource, so that each part meets only the rules for it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.engine.fields import Columns, FieldValues, Ints, Part

MAX_PARTS: Final = 16
"""Parts that a batch is cut into; one that would need more is not cut, and its rules test the logsource themselves."""

Told = tuple[tuple[str, frozenset[str] | None], ...]
"""What the events of a part say: per part of a logsource the values that rules name; None if they say nothing.

A value that no rule names is left out, so that there are few different ones.
"""


@dataclass(frozen=True, slots=True)
class _Classes:
    """One part of the logsource, per row.

    Attributes:
        codes: per row the place of its class.
        told: per class what it says.
    """

    name: str
    codes: Ints
    told: list[frozenset[str] | None]


def split(columns: Columns, named: Mapping[str, frozenset[str]]) -> Iterator[tuple[Part, Told | None]]:
    """The parts of a batch, and what the events of each say; None where they do not all say the same.

    Args:
        columns: the batch.
        named: per part of a logsource that the source does not state, the folded values that rules name.
    """
    all_classes = [_classify(name, columns.find(name), values) for name, values in named.items()]
    varied = [classes for classes in all_classes if len(classes.told) > 1]
    same = [(classes.name, classes.told[0]) for classes in all_classes if len(classes.told) == 1]
    if not varied:
        yield Part(columns), tuple(same)
        return
    keys = np.zeros(columns.rows, np.int64)
    for classes in varied:
        keys = keys * len(classes.told) + classes.codes
    found, part_of_row = np.unique(keys, return_inverse=True)
    if len(found) > MAX_PARTS:
        yield Part(columns), None
        return
    for place in range(len(found)):
        rows = np.flatnonzero(part_of_row == place)
        differs = [(classes.name, classes.told[classes.codes[rows[0]]]) for classes in varied]
        yield Part(columns, rows), (*same, *differs)


def _classify(name: str, values: FieldValues | None, wanted: frozenset[str]) -> _Classes:
    """Sort the rows by which of the ``wanted`` values their field ``name`` has."""
    if values is None:
        return _Classes(name, np.empty(0, np.int64), [None])
    named = _find_named(values, wanted)
    classes: dict[frozenset[str] | None, int] = {}
    of_value = np.zeros(values.size + 1, np.int64)
    if len(named) < values.size:
        classes[frozenset()] = 0
    for value, texts in named.items():
        of_value[value] = classes.setdefault(frozenset(texts), len(classes))
    if (values.codes == values.size).any():
        of_value[-1] = classes.setdefault(None, len(classes))
    return _Classes(name, of_value[values.codes], list(classes))


def _find_named(values: FieldValues, wanted: frozenset[str]) -> dict[int, set[str]]:
    """Value → the ``wanted`` texts that it is or, as a list, holds; for those that have any."""
    named: dict[int, set[str]] = {}
    is_wanted = pc.is_in(values.texts.folded, value_set=pa.array(sorted(wanted), pa.string()))
    places = np.flatnonzero(is_wanted.to_numpy(zero_copy_only=False))
    texts = values.texts.folded.take(pa.array(places)).to_pylist()
    for owner, text in zip(values.values_of(places).tolist(), texts, strict=True):
        named.setdefault(owner, set()).add(text)
    return named
