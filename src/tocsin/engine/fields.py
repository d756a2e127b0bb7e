"""Fields: the columns of a batch as dictionaries of distinct texts, found by the names that rules write."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.engine.compare import BoolArray, Texts
from tocsin.engine.folding import fold_text
from tocsin.formats import OTHERS
from tocsin.kernel.errors import SchemaError
from tocsin.rules.taxonomy import PARTS

SYSTEM_COLUMNS: Final = frozenset({"_id", "_time", "_received", "_raw", "_error", "_extra", "_others", "_day"})
"""What the collector adds to a record; no rule sees them."""

SAMPLE_ROWS: Final = 4_096
"""Rows whose distinct values say whether a column repeats itself."""

MIN_DISTINCT: Final = 0.8
"""From this share of distinct values on, a column is taken as it is."""

MIN_SHARE: Final = 0.5
"""From this share of a batch's rows on, a part keeps all values of the batch: to sort them out would cost more."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class FieldValues:
    """One field of a batch.

    Attributes:
        indices: per row the place of its value among the ``size`` distinct ones, as numbers or as a column
            that is null where the row has none.
        texts: the distinct texts; a value that is a list has one a element.
        owners: per text the value that it belongs to; None where each text is its own value.
    """

    indices: Ints | pa.Array
    size: int
    texts: Texts
    owners: Ints | None

    @cached_property
    def codes(self) -> Ints:
        """Per row the place of its value; ``size`` for null. Most fields of a batch are never asked for it."""
        if isinstance(self.indices, np.ndarray):
            return self.indices
        codes: Ints = pc.fill_null(self.indices.cast(pa.int64()), self.size).to_numpy()
        return codes

    def values_of(self, texts: Ints) -> Ints:
        """The values that ``texts`` (places) belong to."""
        return texts if self.owners is None else self.owners[texts]

    def at(self, rows: Ints) -> "FieldValues | None":
        """The same of ``rows`` (places) only; None if none has any. A small part loses the values of the others."""
        codes = self.codes[rows]
        if MIN_SHARE * len(self.codes) <= len(rows):
            return FieldValues(codes, self.size, self.texts, self.owners) if (codes < self.size).any() else None
        used = np.flatnonzero(_flags(codes, self.size + 1)[:-1])
        if not len(used):
            return None
        places = np.searchsorted(used, codes)  # for null, that is one beyond the last
        if self.owners is None:
            return FieldValues(places, len(used), self.texts.take(used), None)
        kept = np.flatnonzero(np.isin(self.owners, used))
        owners = np.searchsorted(used, self.owners[kept])
        return FieldValues(places, len(used), self.texts.take(kept), owners)


class Columns:
    """The field columns of a batch and the fields in its `_extra`.

    Raises: SchemaError if a field column is no text.
    """

    def __init__(self, table: pa.Table) -> None:
        self.rows = table.num_rows
        for field in table.schema:
            if field.name not in SYSTEM_COLUMNS and not _is_text(field.type):
                raise SchemaError(f"column '{field.name}' is {field.type}; the engine reads columns of text")
        named = ((name, table.column(name)) for name in table.column_names if name not in SYSTEM_COLUMNS)
        self._columns = {name: column for name, column in named if column.null_count < self.rows}
        self._extra = table.column("_extra") if "_extra" in table.column_names else None
        self._others = table.column(OTHERS) if OTHERS in table.column_names else None
        self._encoded: dict[str, FieldValues] = {}
        self._joined: dict[str, FieldValues | None] = {}

    @cached_property
    def _names(self) -> dict[str, list[str]]:
        names: dict[str, list[str]] = {}
        for name in sorted(self._columns):
            names.setdefault(fold_text(name), []).append(name)
        return names

    @cached_property
    def _extra_fields(self) -> dict[str, list[tuple[int, str, str]]]:
        """Per folded name the (row, name, text) of each field that lies in `_extra`."""
        fields: dict[str, list[tuple[int, str, str]]] = {}
        for row, name, text in _read_extra(self._extra):
            fields.setdefault(fold_text(name), []).append((row, name, text))
        return fields

    def find(self, name: str) -> FieldValues | None:
        """The field called ``name`` as a dictionary; None if no row has it."""
        names, extra = self._places_of(name)
        if len(names) == 1 and not extra:
            return self._values_of(names[0])
        if name not in self._joined:
            column = self.column(name)
            self._joined[name] = None if column is None else _encode(column)
        return self._joined[name]

    def column(self, name: str) -> pa.ChunkedArray | None:
        """The field called ``name`` as one column, text or dictionary; None if no row has it.

        A row's value is that of the column of exactly this name; where that is null, of the first (by
        name) that differs only in case; where those are null, of the same in `_extra`.
        """
        names, extra = self._places_of(name)
        columns = [self._columns[other] for other in names]
        if extra:
            columns.append(_column_of(extra, name, self.rows))
        if len(columns) > 1:
            return pc.coalesce(*(column.cast(pa.string()) for column in columns))
        return columns[0] if columns else None

    def every(self) -> Iterator[FieldValues]:
        """Each column as it is, and all of `_extra` and `_others` as a field each, for tests that name no field."""
        yield from (values for _, values in self.each())

    def each(self) -> Iterator[tuple[str | None, FieldValues]]:
        """The name and the values of each column; all of `_extra` and `_others` as fields without a name."""
        for name in self._columns:
            yield name, self._values_of(name)
        found = [(row, text) for fields in self._extra_fields.values() for row, _, text in fields]
        if found:
            yield None, _gather(found, self.rows)
        if self._others is not None:
            yield None, _spread(self._others)

    def _places_of(self, name: str) -> tuple[list[str], list[tuple[int, str, str]]]:
        """The columns that hold the field called ``name``, the first of them first, and what `_extra` has of it."""
        folded = fold_text(name)
        if name in PARTS:
            # They say which log an event is of; Sysmon's `Product` and the Security log's `Service` do not.
            extra = [field for field in self._extra_fields.get(folded, []) if field[1] == name]
            return [name] * (name in self._columns), extra
        names = self._names.get(folded, [])
        if len(names) > 1:
            names = sorted(names, key=lambda other: other != name)
        return names, self._extra_fields.get(folded, [])

    def _values_of(self, name: str) -> FieldValues:
        if name not in self._encoded:
            self._encoded[name] = _encode(self._columns[name])
        return self._encoded[name]


class Part:
    """Some rows of a batch, in order, and their fields.

    Attributes:
        rows: their places in the batch; None for all of it.
    """

    def __init__(self, columns: Columns, rows: Ints | None = None) -> None:
        self.rows = rows
        self._columns = columns

    def __len__(self) -> int:
        return self._columns.rows if self.rows is None else len(self.rows)

    def find(self, name: str) -> FieldValues | None:
        """The field called ``name`` as a dictionary; None if none of the rows has it."""
        values = self._columns.find(name)
        return values if values is None or self.rows is None else values.at(self.rows)

    def every(self) -> Iterator[FieldValues]:
        """Each column, and all of `_extra` as one more field, as far as the rows have any."""
        for values in self._columns.every():
            part = values if self.rows is None else values.at(self.rows)
            if part is not None:
                yield part


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind):
        return _is_text(kind.value_type)
    return any(is_kind(kind) for is_kind in (pa.types.is_string, pa.types.is_large_string, pa.types.is_null))


def find_column(table: pa.Table, name: str) -> pa.ChunkedArray | None:
    """The field called ``name`` as rules see it (`Columns.column`); None if no row of ``table`` has it."""
    return Columns(table).column(name)


def _flags(places: Ints, size: int) -> BoolArray:
    """Which of ``size`` places occur in ``places``."""
    flags = np.zeros(size, np.bool_)
    flags[places] = True
    return flags


def _encode(column: pa.ChunkedArray) -> FieldValues:
    """Take a column's dictionary, or make one where that pays."""
    is_whole = column.num_chunks == 1  # to combine one chunk would copy it
    if not pa.types.is_dictionary(column.type):
        texts = column.cast(pa.string())
        return _encode_texts(texts.chunk(0) if is_whole else texts.combine_chunks())
    array = column.chunk(0) if is_whole else column.unify_dictionaries().combine_chunks()
    if array.dictionary.null_count:
        array = array.cast(pa.string()).dictionary_encode()
    values = array.dictionary if array.dictionary.type == pa.string() else array.dictionary.cast(pa.string())
    return _split_lists(*_drop_unused(array.indices, values))


def _encode_texts(texts: pa.Array) -> FieldValues:
    """Texts that hardly repeat are their own dictionary: to look for repetitions would cost more than it saves."""
    sample = texts.slice(0, SAMPLE_ROWS)
    present = len(sample) - sample.null_count
    if pc.count_distinct(sample).as_py() < MIN_DISTINCT * present:
        encoded = texts.dictionary_encode()
        return _split_lists(encoded.indices, encoded.dictionary)
    if not texts.null_count:
        return _split_lists(np.arange(len(texts)), texts)
    is_valid = texts.is_valid().to_numpy(zero_copy_only=False)
    count = len(texts) - texts.null_count
    return _split_lists(np.where(is_valid, np.cumsum(is_valid) - 1, count), texts.drop_null())


def _drop_unused(indices: pa.Array, values: pa.Array) -> tuple[Ints | pa.Array, pa.Array]:
    """Leave out the values that no row has, where the dictionary is larger than the batch."""
    if len(values) <= len(indices):
        return indices, values
    codes = pc.fill_null(indices.cast(pa.int64()), len(values)).to_numpy()
    is_used = _flags(codes, len(values) + 1)
    is_used[-1] = False
    used = np.flatnonzero(is_used)
    places = np.cumsum(is_used) - 1
    places[-1] = len(used)
    return places[codes], values.take(pa.array(used))


def _split_lists(indices: Ints | pa.Array, values: pa.Array) -> FieldValues:
    """Give each element of a value that is a JSON list a text of its own."""
    lists = {}
    for place in _find_bracketed(values).tolist():
        elements = read_list(values[place].as_py())
        if elements is not None:
            lists[place] = elements
    if not lists:
        return FieldValues(indices, len(values), Texts(values), None)
    plain = np.delete(np.arange(len(values)), list(lists))
    texts = pa.concat_arrays(
        [values.take(pa.array(plain)), pa.array([e for es in lists.values() for e in es], pa.string())]
    )
    owners = np.concatenate([plain, np.repeat(list(lists), [len(es) for es in lists.values()]).astype(np.int64)])
    return FieldValues(indices, len(values), Texts(texts), owners)


def _find_bracketed(values: pa.Array) -> Ints:
    """The places of the texts that begin with [ and end with ], seen from the bytes that they lie in."""
    if not len(values) or values.buffers()[2] is None:
        return np.empty(0, np.int64)
    offsets = np.frombuffer(values.buffers()[1], np.int32)[values.offset : values.offset + len(values) + 1]
    data = np.frombuffer(values.buffers()[2], np.uint8)
    places = np.flatnonzero(offsets[:-1] < offsets[1:])
    is_open, is_closed = data[offsets[places]] == ord("["), data[offsets[places + 1] - 1] == ord("]")
    bracketed: Ints = places[is_open & is_closed]
    return bracketed


def _gather(found: list[tuple[int, str]], rows: int) -> FieldValues:
    """Several texts a row as one field: each row that has any is a value, its texts are the elements."""
    owners, texts = [], []
    for row, text in found:
        elements = read_list(text) if text.startswith("[") else None
        elements = [text] if elements is None else elements
        owners += [row] * len(elements)
        texts += elements
    return FieldValues(np.arange(rows), rows, Texts(pa.array(texts, pa.string())), np.array(owners, np.int64))


def _spread(lists: pa.ChunkedArray) -> FieldValues:
    """A list of texts a row as one field: each row is a value, its texts are the elements."""
    array = lists.chunk(0) if lists.num_chunks == 1 else lists.combine_chunks()
    rows = np.repeat(np.arange(len(array)), np.diff(array.offsets.to_numpy()))
    split = _split_lists(np.empty(0, np.int64), array.values)
    owners = rows if split.owners is None else rows[split.owners]
    return FieldValues(np.arange(len(array)), len(array), split.texts, owners)


def _column_of(extra: Iterable[tuple[int, str, str]], name: str, rows: int) -> pa.ChunkedArray:
    """What `_extra` holds for ``name`` as a column: the exact name first, then by name."""
    column: list[str | None] = [None] * rows
    for row, _, text in sorted(extra, key=lambda field: (field[1] != name, field[1]), reverse=True):
        column[row] = text
    return pa.chunked_array([pa.array(column, pa.string())])


def _read_extra(extra: pa.ChunkedArray | None) -> Iterator[tuple[int, str, str]]:
    """The (row, name, text) of every field in `_extra`; what is no JSON object holds none."""
    if extra is None or extra.null_count == len(extra):
        return
    for row in np.flatnonzero(pc.is_valid(extra).to_numpy()):
        try:
            fields = orjson.loads(extra[int(row)].as_py())
        except orjson.JSONDecodeError:
            continue
        for name, value in fields.items() if isinstance(fields, dict) else ():
            if value is not None:
                yield int(row), name, _text(value)


def read_list(text: str) -> list[str] | None:
    """The elements of ``text``, inner lists' too, if it is a JSON list; nulls are left out."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(value, list):
        return None
    elements, rest = [], value[::-1]
    while rest:
        element = rest.pop()
        if isinstance(element, list):
            rest += element[::-1]
        elif element is not None:
            elements.append(_text(element))
    return elements


def _text(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
