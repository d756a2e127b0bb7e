"""Lines → columns by regular expressions, whole columns at a time (RE2: linear in the text, whatever it holds)."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.formats.columns import Columns

Rows = npt.NDArray[np.int64]


def extract(texts: pa.Array, pattern: str) -> tuple[Rows, Columns]:
    """The named groups of ``pattern`` in the texts that it matches.

    Shape: out the rows that match, and for each group a column over them; an empty group is null.
    """
    found: Any = pc.extract_regex(texts, pattern)
    rows = np.flatnonzero(found.is_valid().to_numpy(zero_copy_only=False))
    matched = found if len(rows) == len(found) else found.take(pa.array(rows))
    groups = {found.type.field(place).name: column for place, column in enumerate(matched.flatten())}
    return rows, {name: null_if(column, "") for name, column in groups.items()}


def null_if(column: pa.Array, *nothing: str) -> pa.Array:
    """``column`` with null for the texts that stand for nothing."""
    return pc.if_else(pc.is_in(column, value_set=pa.array(nothing)), pa.scalar(None, pa.string()), column)


def map_where(column: pa.Array, mark: str, change: Callable[[str], str]) -> pa.Array:
    """``change`` applied to each distinct text that contains ``mark``; nothing is done where none does."""
    if not pc.any(pc.match_substring(column, mark)).as_py():
        return column
    encoded = column.dictionary_encode()
    texts = [change(text) if mark in text else text for text in encoded.dictionary.to_pylist()]
    return pa.array(texts, type=pa.string()).take(encoded.indices)


class Overlay:
    """Columns over some rows, laid over each other to columns over all rows."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._pieces: dict[str, list[tuple[Rows, pa.Array]]] = {}

    def add(self, rows: Rows, columns: Columns) -> None:
        """Lay ``columns``, one value for each of ``rows``; over what was laid there before."""
        for name, column in columns.items():
            self._pieces.setdefault(name, []).append((rows, column))

    def columns(self) -> Columns:
        """Column over all rows by name; those that are null everywhere are left out."""
        laid = {name: self._lay(pieces) for name, pieces in self._pieces.items()}
        return {name: column for name, column in laid.items() if column.null_count < self._rows}

    def _lay(self, pieces: list[tuple[Rows, pa.Array]]) -> pa.Array:
        rows, values = pieces[0]
        if len(pieces) == 1 and len(rows) == self._rows:
            return values
        if len(pieces) > 1:
            rows = np.concatenate([rows for rows, _ in pieces])
            values = pa.concat_arrays([values for _, values in pieces])
        places = np.full(self._rows, -1, dtype=np.int64)
        places[rows] = np.arange(len(rows))
        return values.take(pa.array(places, mask=places < 0))
