"""What a field's column is called, and what happens to fields that get none.

Delta, Spark and DuckDB tell columns apart without case, and forbid some characters in their names
(measured: delta-rs refuses the second of ``foo`` and ``Foo``). So a column's name is percent-encoded
where it must be: ``a b`` is stored as ``a%20b``; where ``foo`` is a column already, ``Foo`` becomes
``%46oo``. Decoding needs no memory: it is the same for every table. Both names keep their values, and
`EventTable.read` gives the original names back.

A field past the column limit, or with too long a name, goes into its rows' `_extra` object; a reader
that asks for it by name gets it from there. So nobody can hide a field from the rules by first filling
a table with a thousand others.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.formats import SYSTEM_SCHEMA
from tocsin.kernel.limits import MAX_COLUMNS

DAY: Final = "_day"
SYSTEM: Final = frozenset(SYSTEM_SCHEMA.names)
OPTIONAL: Final = frozenset(field.name for field in SYSTEM_SCHEMA if field.nullable)
TEXT: Final = pa.dictionary(pa.int32(), pa.string())
MAX_NAME_LENGTH: Final = 200

_UNFIT: Final = re.compile(r"[ ,;{}()=%\x00-\x1f\x7f]")
_EMPTY: Final = "%"
"""The column of the field that is called nothing; `escape` never gives a lone percent sign otherwise."""


def escape(name: str) -> str:
    """The column name for the field ``name`` where no other column is in its way."""
    return _encode_unfit(name) or _EMPTY


def unescape(column: str) -> str:
    """The field's name that ``column`` was made from."""
    return "" if column == _EMPTY else unquote(column)


def _escape_apart(name: str, taken: Collection[str]) -> str:
    """The first of ``name``, ``%6Eame``, ``%6E%61me`` … that no column in ``taken`` equals without case."""
    columns = (_encode_all(name[:length]) + _encode_unfit(name[length:]) or _EMPTY for length in range(len(name) + 1))
    return next(column for column in columns if column.casefold() not in taken)  # the last is no other name's


def _encode_unfit(text: str) -> str:
    return _UNFIT.sub(lambda found: _encode_all(found[0]), text)


def _encode_all(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


@dataclass(frozen=True, slots=True)
class Fit:
    """Which column each field gets.

    Attributes:
        columns: field → column.
        new: the columns of those that the table does not have yet.
        surplus: fields that get no column.
    """

    columns: dict[str, str]
    new: tuple[str, ...]
    surplus: tuple[str, ...]


def fit(fields: Iterable[str], existing: Iterable[str]) -> Fit:
    """Find a column for each of ``fields`` in a table that has the columns ``existing``."""
    known = {unescape(column): column for column in existing}
    taken = {column.casefold() for column in known.values()}
    columns, new, surplus = {}, [], []
    for field in fields:
        if field in known:
            columns[field] = known[field]
        elif len(taken) >= MAX_COLUMNS or len(field) > MAX_NAME_LENGTH:
            surplus.append(field)
        else:
            columns[field] = column = _escape_apart(field, taken)
            taken.add(column.casefold())
            new.append(column)
    return Fit(columns, tuple(new), tuple(surplus))


def filled_fields(table: pa.Table) -> list[str]:
    """The fields of ``table`` that have a value in some row."""
    return [
        name for name in table.column_names if name not in SYSTEM and table.column(name).null_count < table.num_rows
    ]


def move_to_extra(table: pa.Table, surplus: Collection[str]) -> pa.Table:
    """Move the fields ``surplus`` into `_extra`, beside what is there already.

    Cost: Python for each value that moves, none for the other rows.
    """
    if not surplus:
        return table
    extra: list[str | None] = table.column("_extra").to_pylist()
    objects: dict[int, dict[str, Any]] = {}
    for name in surplus:
        column = table.column(name).combine_chunks()
        rows = pc.indices_nonzero(column.is_valid()).to_pylist()
        for row, value in zip(rows, column.drop_null().to_pylist(), strict=True):
            if row not in objects:
                objects[row] = orjson.loads(extra[row] or "{}")
            objects[row][name] = value
    for row, content in objects.items():
        extra[row] = orjson.dumps(content).decode()
    kept = table.drop_columns(list(surplus))
    return kept.set_column(kept.column_names.index("_extra"), "_extra", pa.array(extra, pa.string()))


def fill_from_extra(table: pa.Table, fields: Collection[str]) -> pa.Table:
    """Give ``table`` what its rows hold of ``fields`` in `_extra`, as columns.

    Cost: nothing where `_extra` is empty, else Python for each row that has one.
    """
    extra = table.column("_extra")
    if extra.null_count == table.num_rows:
        return table
    rows = pc.indices_nonzero(extra.is_valid()).to_pylist()
    found: dict[str, dict[int, str]] = {}
    for row, text in zip(rows, extra.drop_null().to_pylist(), strict=True):
        content = orjson.loads(text)
        for name in fields if len(fields) < len(content) else content:
            if name in content and name in fields and content[name] is not None:
                found.setdefault(name, {})[row] = _as_text(content[name])
    for name, values in found.items():
        table = _overlay(table, name, values)
    return table


def _overlay(table: pa.Table, name: str, values: dict[int, str]) -> pa.Table:
    """Put ``values`` (row → text) into the column ``name``, which may not be there yet."""
    texts = [values.get(row) for row in range(table.num_rows)]
    if name not in table.column_names:
        return table.append_column(pa.field(name, TEXT), pa.array(texts, pa.string()).dictionary_encode())
    filled = pc.coalesce(table.column(name).cast(pa.string()), pa.array(texts, pa.string()))
    return table.set_column(table.column_names.index(name), pa.field(name, TEXT), filled.dictionary_encode())


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()
