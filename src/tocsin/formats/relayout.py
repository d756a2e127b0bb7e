"""A table's fields under other names: renamed, merged, taken out of lists of objects. Whole columns at a time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.formats import SYSTEM_SCHEMA
from tocsin.formats.columns import Columns, encode, field_name, to_text

_OBJECTS: Final = r"^\[\s*\{"
_NOTHING: Final = pa.scalar(None, pa.string())


def fields_of(table: pa.Table) -> Columns:
    """The field columns of ``table`` by name, each in one piece."""
    return {name: _whole(table.column(name)) for name in table.column_names[len(SYSTEM_SCHEMA) :]}


def with_fields(table: pa.Table, fields: Columns) -> pa.Table:
    """``table`` with ``fields`` in place of its own, in order of name; those that are null everywhere are left out."""
    names = sorted(name for name, column in fields.items() if column.null_count < len(column))
    system = range(len(SYSTEM_SCHEMA))
    schema = [*(table.schema.field(place) for place in system), *(pa.field(name, fields[name].type) for name in names)]
    columns = [*(table.column(place) for place in system), *(fields[name] for name in names)]
    return pa.Table.from_arrays(columns, schema=pa.schema(schema))


def as_texts(column: pa.Array) -> pa.Array:
    """``column`` as plain text, whether it is a dictionary or not."""
    return column if column.type == pa.string() else column.cast(pa.string())


def coalesce(columns: Sequence[pa.Array]) -> pa.Array:
    """The first value that is there, of each row."""
    if len(columns) == 1:
        return columns[0]
    return encode(pc.coalesce(*map(as_texts, columns)))


def rename(table: pa.Table, new_name: Callable[[str], str | None], rank: Callable[[str], int]) -> pa.Table:
    """``table`` with every field under its new name; None leaves it out.

    Where several fields get one name, the lowest ``rank`` comes first; what another says differently in the
    same row stays under its old name, so nothing is lost.
    """
    sources: dict[str, list[str]] = {}
    fields = fields_of(table)
    for name in sorted(fields, key=lambda name: (rank(name), name)):
        target = new_name(name)
        if target:
            sources.setdefault(field_name(target), []).append(name)
    renamed: Columns = {}
    for target, names in sources.items():
        renamed[target] = coalesce([fields[name] for name in names])
        renamed |= {name: rest for name in names[1:] if (rest := _differing(fields[name], renamed[target])) is not None}
    return _rename_extra(with_fields(table, renamed), new_name)


def add_missing(fields: Columns, additions: Mapping[str, pa.Array]) -> Columns:
    """``fields``, and in the rows where they say nothing, ``additions``."""
    filled = {
        name: coalesce([fields[name], column]) if name in fields else encode(column)
        for name, column in additions.items()
    }
    return fields | filled


def explode_objects(fields: Columns) -> Columns:
    """Give the elements of lists of objects fields of their own, beside the list.

    ``target`` of ``[{"type": "User"}, {"type": "App"}]`` gives ``target.type`` of ``["User","App"]``.
    """
    found: Columns = {}
    for name, column in fields.items():
        for key, values in _explode(column).items():
            found[f"{name}.{key}"] = values
    return add_missing(fields, found)


def _explode(column: pa.Array) -> Columns:
    """Key → column, for a column in which there are lists of objects; each distinct list is read once."""
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    texts = encoded.dictionary
    places = np.flatnonzero(pc.match_substring_regex(texts, _OBJECTS).to_numpy(zero_copy_only=False))
    values: dict[str, list[str | None]] = {}
    for place in places.tolist():
        for key, text in _read_objects(texts[place].as_py()):
            values.setdefault(key, [None] * len(texts))[place] = text
    return {key: pa.array(each, pa.string()).take(encoded.indices) for key, each in values.items()}


def _read_objects(text: str) -> Iterator[tuple[str, str | None]]:
    try:
        elements = orjson.loads(text)
    except orjson.JSONDecodeError:
        return
    gathered: dict[str, list[Any]] = {}
    for element in elements:
        for key, value in flatten(element) if isinstance(element, dict) else ():
            gathered.setdefault(key, []).append(value)
    for key, values in gathered.items():
        yield key, to_text(values[0] if len(values) == 1 else values)


def flatten(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Dotted name and value of everything in an object."""
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from flatten(inner, f"{prefix}{key}.")
        else:
            yield prefix + key, inner


def _whole(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return as_texts(column.unify_dictionaries().combine_chunks())


def _differing(column: pa.Array, chosen: pa.Array) -> pa.Array | None:
    """The values of ``column`` that are not the ``chosen`` ones."""
    texts = as_texts(column)
    is_other = pc.fill_null(pc.not_equal(texts, as_texts(chosen)), False)
    return encode(pc.if_else(is_other, texts, _NOTHING)) if pc.any(is_other).as_py() else None


def _rename_extra(table: pa.Table, new_name: Callable[[str], str | None]) -> pa.Table:
    """The same for the few fields that found no column."""
    place = table.schema.get_field_index("_extra")
    extra = table.column(place)
    if extra.null_count == len(extra):
        return table
    renamed = [None if text is None else _rename_keys(text, new_name) for text in extra.to_pylist()]
    return table.set_column(place, table.schema.field(place), pa.array(renamed, pa.string()))


def _rename_keys(text: str, new_name: Callable[[str], str | None]) -> str:
    fields: dict[str, Any] = {}
    for name, value in orjson.loads(text).items():
        target = new_name(name)
        if target:
            fields[name if target in fields else target] = value
    return orjson.dumps(fields).decode()
