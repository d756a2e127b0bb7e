"""The fast way for JSON lines of a known shape: a columnar reader that is told what to expect.

A shape is learned from records that were read the slow way (`columns`). The reader then takes a stretch
of lines at once, and any surprise (an unknown field, another kind, a name twice, bad JSON) makes it
refuse the stretch; `read_columns` returns None and the caller reads it the slow way. What the reader
takes without complaint although the slow way would not read it so is found here:

- NaN and Infinity, in the columns of fractions;
- several values on one line, or a value over several lines, by the ends of the lines and the count;
- a whole number among fractions, whose spelling is lost: those records are read once more;
- an empty object, which looks like one whose fields are all null.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj

from tocsin.formats.body import Body, is_utf8
from tocsin.formats.columns import MAX_ID_LENGTH, Columns, Record, field_name, to_text

_MAX_DEPTH: Final = 16
_MAX_FIELDS: Final = 500
_OPEN: Final = ord("{")
_CLOSE: Final = ord("}")
_TYPES: Final[dict[str, pa.DataType]] = {
    "null": pa.string(),
    "str": pa.string(),
    "int": pa.int64(),
    "float": pa.float64(),
    "bool": pa.bool_(),
    "nulls": pa.list_(pa.string()),
    "strs": pa.list_(pa.string()),
    "ints": pa.list_(pa.int64()),
}
_KINDS: Final = {type(None): "null", str: "str", int: "int", float: "float", bool: "bool"}
_MIXED: Final = "mixed"
_WIDER: Final = {
    frozenset(("int", "float")): "float",
    frozenset(("nulls", "strs")): "strs",
    frozenset(("nulls", "ints")): "ints",
}


class _Unfit(Exception):
    """The stretch must be read the slow way."""


@dataclass(slots=True)
class Shape:
    """What the records of a source look like: field → a key of `_TYPES`, "mixed", or an object's shape."""

    fields: "dict[str, str | Shape]" = field(default_factory=dict)

    def learn(self, record: Record) -> None:
        """Widen so that ``record`` fits, or mark as mixed what cannot be read in columns."""
        for name, value in record.items():
            known = self.fields.get(name, "null")
            if type(value) is not dict:
                self.fields[name] = _widen(known, _kind(value))
            elif value and (known == "null" or isinstance(known, Shape)):
                inner = known if isinstance(known, Shape) else Shape()
                inner.learn(value)
                self.fields[name] = inner
            else:
                self.fields[name] = _MIXED

    def schema(self) -> pa.Schema | None:
        """What to tell the reader; None if records of this shape cannot be read in columns."""
        paths = list(self._paths())
        names = {field_name(".".join(path)) for path, _ in paths}
        has_limits = 0 < len(paths) <= _MAX_FIELDS and all(len(path) <= _MAX_DEPTH for path, _ in paths)
        if not has_limits or len(names) < len(paths) or any(kind == _MIXED for _, kind in paths):
            return None
        return pa.schema(self._types())

    def _paths(self) -> "Iterator[tuple[tuple[str, ...], str]]":
        for name, kind in self.fields.items():
            if isinstance(kind, Shape):
                yield from (((name, *path), inner) for path, inner in kind._paths())
            else:
                yield (name,), kind

    def _types(self) -> list[pa.Field]:
        return [
            pa.field(name, pa.struct(kind._types()) if isinstance(kind, Shape) else _TYPES[kind])
            for name, kind in self.fields.items()
        ]


def _kind(value: object) -> str:
    if type(value) is not list:
        return _KINDS.get(type(value), _MIXED)
    kinds = {_KINDS.get(type(each), _MIXED) for each in value} - {"null"}
    if not kinds:
        return "nulls"
    return f"{kinds.pop()}s" if kinds in ({"str"}, {"int"}) else _MIXED


def _widen(known: "str | Shape", kind: str) -> "str | Shape":
    if kind in (known, "null"):
        return known
    if known == "null":
        return kind
    return _WIDER.get(frozenset((known, kind)), _MIXED) if isinstance(known, str) else _MIXED


def read_columns(body: Body, schema: pa.Schema) -> Columns | None:
    """The records of ``body`` as text columns, exactly as `columns.Flattener` gives them; None if they do not fit.

    The bytes between the first and the last record must be nothing but records and line ends.
    """
    stretch = memoryview(body.data)[body.starts[0] : body.ends[-1]]
    if not _is_lines_of_objects(body) or not is_utf8(bytes(stretch)):
        return None
    try:
        return _Columns(body, _read(stretch, schema)).texts()
    except (_Unfit, pa.ArrowException, orjson.JSONDecodeError):
        return None


def _is_lines_of_objects(body: Body) -> bool:
    """Whether every line begins with { and ends with }, so that no value reaches over a line's end.

    Inside an object no } is followed by { with only spaces between. It also keeps from the reader a
    stretch that begins with `null`, which it does not survive.
    """
    view = np.frombuffer(body.data, dtype=np.uint8)
    return bool((view[body.starts] == _OPEN).all() and (view[body.ends - 1] == _CLOSE).all())


def _read(stretch: memoryview, schema: pa.Schema) -> pa.StructArray:
    # One block: records that reach over the end of a block would be an error.
    reading = pj.ReadOptions(use_threads=False, block_size=len(stretch) + 1)
    parsing = pj.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    table = pj.read_json(pa.BufferReader(pa.py_buffer(stretch)), read_options=reading, parse_options=parsing)
    return table.to_struct_array().combine_chunks()


@dataclass(slots=True)
class _Columns:
    """What the reader gave for ``body``, on its way to text."""

    body: Body
    records: pa.StructArray
    again: dict[int, Record] = field(default_factory=dict)

    def texts(self) -> Columns:
        """Field → text column."""
        if len(self.records) != len(self.body):
            raise _Unfit
        leaves = _leaves((), self.records)
        laid = {field_name(".".join(path)): self._text(path, values) for path, values in leaves}
        if "_id" in laid:
            _check_ids(self.records.field("_id").type, laid["_id"])
        return {name: column for name, column in laid.items() if column.null_count < len(column)}

    def _text(self, path: tuple[str, ...], values: pa.Array) -> pa.Array:
        if values.type == pa.string():
            return values
        if values.type == pa.float64():
            return self._fractions(path, values)
        if pa.types.is_list(values.type):
            return pa.array([to_text(each) for each in values.to_pylist()], type=pa.string())
        return values.cast(pa.string())

    def _fractions(self, path: tuple[str, ...], values: pa.Array) -> pa.Array:
        """Numbers as the slow way prints them; the whole ones may have been written 1, 1.0 or 1e0."""
        numbers = values.fill_null(0.5).to_numpy()
        if not np.isfinite(numbers).all():
            raise _Unfit
        texts = orjson.dumps(numbers, option=orjson.OPT_SERIALIZE_NUMPY)[1:-1].decode().split(",")
        for row in np.flatnonzero(numbers == np.trunc(numbers)).tolist():
            texts[row] = self._reread(row, path)
        return pa.array(texts, type=pa.string(), mask=values.is_null().to_numpy(zero_copy_only=False))

    def _reread(self, row: int, path: tuple[str, ...]) -> str:
        if row not in self.again:
            self.again[row] = orjson.loads(self.body[row])
        value = self.again[row]
        for name in path:
            value = value[name]
        return orjson.dumps(value).decode()


def _leaves(path: tuple[str, ...], objects: pa.StructArray) -> Iterator[tuple[tuple[str, ...], pa.Array]]:
    for place, values in enumerate(objects.flatten()):
        inner = (*path, objects.type.field(place).name)
        if pa.types.is_struct(values.type):
            _check_not_empty(values)
            yield from _leaves(inner, values)
        else:
            yield inner, values


def _check_not_empty(objects: pa.StructArray) -> None:
    columns = objects.flatten()
    # A field that is there in every object settles it, and most objects have one.
    if any(values.null_count == objects.null_count for values in columns):
        return
    has_field = np.zeros(len(objects), dtype=bool)
    for values in columns:
        has_field |= values.is_valid().to_numpy(zero_copy_only=False)
    if (objects.is_valid().to_numpy(zero_copy_only=False) & ~has_field).any():
        raise _Unfit


def _check_ids(kind: pa.DataType, ids: pa.Array) -> None:
    lengths = pc.utf8_length(ids)
    is_long = pc.or_(pc.equal(lengths, 0), pc.greater(lengths, MAX_ID_LENGTH))
    if kind not in (pa.string(), pa.int64(), pa.float64()) or pc.any(is_long).as_py():
        raise _Unfit
