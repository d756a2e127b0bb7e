"""Records → columns of text.

1. Records of one shape (the tuple of their keys) are transposed together, with `zip`.
2. An object's fields get its name and a dot before theirs; every other value becomes text.
3. The columns of all shapes are laid over each other, by row.

What gives way: a field named as a system column (`_raw`, `_received`, `_error`, `_extra`, `_day`) is
called `field._raw` and so on; so is an `_id` that is no string or number of 1 to 200 characters. Two
fields of one dotted name (``{"a.b": 1, "a": {"b": 2}}``) become the JSON list of both texts. Fields
beyond `column_limit` go into `_extra`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.kernel.limits import MAX_DEPTH, MAX_FIELDS_PER_RECORD

Record = dict[str, Any]
Columns = dict[str, pa.Array]

RESERVED: Final = frozenset(("_received", "_raw", "_error", "_extra", "_day"))
MAX_ID_LENGTH: Final = 200

_SAMPLE_ROWS: Final = 256
_REPEATS: Final = 2
_MAX_CELLS: Final = 50_000_000
_MIN_COLUMNS: Final = 64
_NUMBERS: Final = frozenset((int, float, bool))
_NONE: Final = type(None)


def column_limit(rows: int) -> int:
    """How many fields of a body of ``rows`` records get a column; few, where the records are many and short.

    A million records of one field each, all named differently, must not become 10¹² cells.
    """
    return min(MAX_FIELDS_PER_RECORD, max(_MIN_COLUMNS, _MAX_CELLS // max(rows, 1)))


def field_name(name: str) -> str:
    """The column of the field ``name``: itself, unless a system column has that name."""
    return f"field.{name}" if name in RESERVED else name


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a field's column.

    Attributes:
        texts: the values.
        first: the row of the first.
        rows: the row of each, no row twice; None for one after the other from ``first`` on.
    """

    texts: pa.Array
    first: int
    rows: npt.NDArray[np.int64] | None = None


def lay(pieces: Sequence[Piece], count: int) -> pa.Array:
    """The column of ``count`` rows that ``pieces``, in order of their first rows, make up; null elsewhere."""
    if any(piece.rows is not None for piece in pieces):
        return _scatter(pieces, count)
    parts, at = [], 0
    for piece in pieces:
        parts += [pa.nulls(piece.first - at, pa.string()), piece.texts]
        at = piece.first + len(piece.texts)
    parts = [part for part in (*parts, pa.nulls(count - at, pa.string())) if len(part)]
    return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)


def _scatter(pieces: Sequence[Piece], count: int) -> pa.Array:
    """Texts that repeat themselves are numbered before they are spread: most fields of mixed logs are mostly null."""
    texts = encode(pa.concat_arrays([piece.texts for piece in pieces]))
    rows = np.concatenate([np.arange(p.first, p.first + len(p.texts)) if p.rows is None else p.rows for p in pieces])
    places = np.full(count, -1, np.int32)
    if not pa.types.is_dictionary(texts.type):
        places[rows] = np.arange(len(texts))
        return texts.take(pa.array(places, mask=places < 0))
    places[rows] = texts.indices.fill_null(-1).to_numpy()
    return pa.DictionaryArray.from_arrays(pa.array(places, mask=places < 0), texts.dictionary)


def encode(column: pa.Array) -> pa.Array:
    """``column`` as a dictionary, if its beginning says that values repeat.

    It takes less memory while it waits for the commit; writing is faster by half of what this costs.
    """
    if pa.types.is_dictionary(column.type):
        return column
    sample = column.slice(0, _SAMPLE_ROWS)
    present = len(sample) - sample.null_count
    if pc.count_distinct(sample).as_py() * _REPEATS > max(present, 1):
        return column
    return column.dictionary_encode()


class Flattener:
    """Gathers records and gives their columns.

    Attributes:
        extra: row → the fields that found no column.
    """

    def __init__(self, rows: int, limit: int, known: Collection[str] = ()) -> None:
        """For ``rows`` rows and at most ``limit`` columns, the ``known`` ones of rows before these included."""
        self.extra: dict[int, Record] = {}
        self._rows = rows
        self._limit = limit
        self._known = set(known)
        self._cells: dict[str, tuple[list[int], list[Any]]] = {}

    def add(self, records: Sequence[Record], rows: Sequence[int], *, prefix: str = "", depth: int = 1) -> None:
        """Take in ``records``, which stand in ``rows``; their fields' names begin with ``prefix``."""
        groups: dict[tuple[str, ...], list[int]] = {}
        for place, record in enumerate(records):
            groups.setdefault(tuple(record), []).append(place)
        for shape, places in groups.items():
            at = [rows[place] for place in places]
            transposed = zip(*[records[place].values() for place in places], strict=True)
            for key, values in zip(shape, transposed, strict=True):
                self._add_field(prefix + key, values, at, depth)

    def columns(self) -> Columns:
        """Field → text column of one value a row; fields that are null everywhere are left out."""
        laid = {name: self._lay(rows, values) for name, (rows, values) in self._cells.items()}
        return {name: column for name, column in laid.items() if column.null_count < self._rows}

    def _add_field(self, name: str, values: Sequence[Any], rows: list[int], depth: int) -> None:
        if dict in set(map(type, values)) and depth < MAX_DEPTH:
            self._add_objects(name, values, rows, depth)
        elif name == "_id":
            self._add_ids(values, rows)
        else:
            self._add_values(field_name(name), values, rows)

    def _add_objects(self, name: str, values: Sequence[Any], rows: list[int], depth: int) -> None:
        """An empty object has no fields to stand for it, so it is kept as ``{}``."""
        objects = [place for place, value in enumerate(values) if type(value) is dict and value]
        others = [place for place, value in enumerate(values) if not (type(value) is dict and value)]
        self.add([values[p] for p in objects], [rows[p] for p in objects], prefix=f"{name}.", depth=depth + 1)
        if others:
            self._add_field(name, [values[p] for p in others], [rows[p] for p in others], MAX_DEPTH)

    def _add_ids(self, values: Sequence[Any], rows: list[int]) -> None:
        for value, row in zip(values, rows, strict=True):
            self._add_values("_id" if is_id(value) else "field._id", (value,), [row])

    def _add_values(self, name: str, values: Sequence[Any], rows: list[int]) -> None:
        cells = self._cells.get(name)
        if cells is None:
            if name not in self._known and len(self._known) >= self._limit:
                self._add_extra(name, values, rows)
                return
            self._known.add(name)
            cells = self._cells[name] = ([], [])
        cells[0].extend(rows)
        cells[1].extend(values)

    def _add_extra(self, name: str, values: Sequence[Any], rows: list[int]) -> None:
        for value, row in zip(values, rows, strict=True):
            if value is not None:
                fields = self.extra.setdefault(row, {})
                fields[name] = [fields[name], value] if name in fields else value

    def _lay(self, rows: list[int], values: list[Any]) -> pa.Array:
        texts = to_texts(values)
        if len(rows) == self._rows and rows == list(range(self._rows)):
            return texts
        places = np.full(self._rows, -1, dtype=np.int64)
        places[rows] = np.arange(len(rows))
        if np.count_nonzero(places >= 0) < len(rows):
            return _merge(rows, texts, self._rows)
        return texts.take(pa.array(places, mask=places < 0))


def is_id(value: object) -> bool:
    """Whether a record's own `_id` can be its row's: a string or number of 1 to 200 characters."""
    return isinstance(value, str | int | float) and value is not True and value is not False and _is_short(str(value))


def _is_short(text: str) -> bool:
    return 0 < len(text) <= MAX_ID_LENGTH


def to_texts(values: Sequence[Any]) -> pa.Array:
    """A string column of JSON ``values``: strings as they are, null for null, all else as its JSON text."""
    kinds = set(map(type, values)) - {_NONE}
    if kinds <= {str}:
        return pa.array(values, type=pa.string())
    if kinds <= _NUMBERS:
        return _numbers_to_texts(values)
    return pa.array([to_text(value) for value in values], type=pa.string())


def to_text(value: object) -> str | None:
    """One JSON value as `to_texts` writes it."""
    if value is None or type(value) is str:
        return value
    return orjson.dumps(value).decode()


def _numbers_to_texts(values: Sequence[Any]) -> pa.Array:
    """All of them printed at once: no number, true, false or null has a comma in it."""
    texts = orjson.dumps(values if isinstance(values, list) else list(values))[1:-1].decode().split(",")
    return pa.array([None if text == "null" else text for text in texts], type=pa.string())


def _merge(rows: list[int], texts: pa.Array, count: int) -> pa.Array:
    merged: list[list[str]] = [[] for _ in range(count)]
    for row, text in zip(rows, texts.to_pylist(), strict=True):
        if text is not None:
            merged[row].append(text)
    joined = [None if not each else each[0] if len(each) == 1 else to_text(each) for each in merged]
    return pa.array(joined, type=pa.string())
