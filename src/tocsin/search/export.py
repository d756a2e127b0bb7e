"""Export: all that a query finds, as CSV, JSON lines or Parquet, a row group at a time."""

import io
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from tocsin.kernel.errors import ConfigError
from tocsin.search.find import SOURCE
from tocsin.search.tree import Node
from tocsin.search.walk import Tables, Walk
from tocsin.store.columns import SYSTEM, fill_from_extra

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

MOMENT: Final = pa.timestamp("us", tz="UTC")
_FORMULA: Final = r"^[=+\-@\t\r|]"
_NUMBER: Final = r"^[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$"


def export(tables: Tables, node: Node, kind: str, columns: Sequence[str] | None = None) -> Iterator[bytes]:
    """What ``node`` finds in the format ``kind`` (a key of `KINDS`), in pieces.

    The newest row groups come first, in each of them the newest records.

    Args:
        columns: those to give, in order; None: `_time`, `_source`, `_id`, every field there is, then `_raw`.
    Memory: one row group and what the writer holds of it.
    Raises: StoreError; ConfigError for another format.
    """
    if kind not in KINDS:
        raise ConfigError(f"'{kind}' is not a format to export to; use {', '.join(KINDS)}")
    names = list(dict.fromkeys(columns or _all_columns(tables)))
    schema = pa.schema([pa.field(name, MOMENT if name in {"_time", "_received"} else pa.string()) for name in names])
    return KINDS[kind](_tables(tables, node, schema), schema)


def _all_columns(tables: Tables) -> list[str]:
    fields = {name for table in tables.values() for name in table.columns() if name not in SYSTEM}
    return ["_time", SOURCE, "_id", *sorted(fields), "_error", "_extra", "_raw"]


def _tables(tables: Tables, node: Node, schema: pa.Schema) -> Iterator[pa.Table]:
    fields = [name for name in schema.names if name not in SYSTEM and name != SOURCE]
    for piece in Walk(tables, node, fields=fields, system=tuple(SYSTEM)):
        rows = fill_from_extra(piece.rows, fields).sort_by([("_time", "descending")])
        yield pa.table([_column(rows, piece.source, field) for field in schema], schema=schema)


def _column(rows: pa.Table, source: str, field: pa.Field) -> pa.Array | pa.ChunkedArray:
    if field.name == SOURCE:
        return pa.array([source] * rows.num_rows, pa.string())
    if field.name not in rows.column_names:
        return pa.nulls(rows.num_rows, field.type)
    return rows[field.name].cast(field.type)


def _csv(found: Iterator[pa.Table], schema: pa.Schema) -> Iterator[bytes]:
    """Comma-separated, with a heading; what a spreadsheet would take for a formula gets an apostrophe before it."""
    sink = _Sink()
    heading = pa.array(schema.names, pa.string())
    texts = pa.schema([pa.field(name, pa.string()) for name in neutralised(heading).to_pylist()])
    with pacsv.CSVWriter(sink, texts) as writer:
        yield sink.drain()
        for table in found:
            columns = [neutralised(_as_text(column)) for column in table.columns]
            writer.write_table(pa.table(columns, schema=texts))
            yield sink.drain()
    yield sink.drain()


def neutralised(texts: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
    """``texts`` with an apostrophe before each that begins as a formula does and is no number."""
    is_formula = pc.and_(
        pc.match_substring_regex(texts, _FORMULA), pc.invert(pc.match_substring_regex(texts, _NUMBER))
    ).fill_null(False)
    return pc.if_else(is_formula, pc.binary_join_element_wise("'", texts, ""), texts)


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(column.type):
        return pc.strftime(column, "%Y-%m-%dT%H:%M:%SZ")
    return column.cast(pa.string())


def _ndjson(found: Iterator[pa.Table], schema: pa.Schema) -> Iterator[bytes]:
    """One JSON object a line, without the fields that a record has not."""
    for table in found:
        for batch in table.to_batches(max_chunksize=4096):
            yield b"".join(orjson.dumps(_present(row), option=orjson.OPT_APPEND_NEWLINE) for row in batch.to_pylist())


def _present(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
        if value is not None
    }


def _parquet(found: Iterator[pa.Table], schema: pa.Schema) -> Iterator[bytes]:
    sink = _Sink()
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for table in found:
            writer.write_table(table)
            yield sink.drain()
    yield sink.drain()


class _Sink(io.RawIOBase):
    """A file that hands out what was written to it since the last time."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._at = 0

    def writable(self) -> bool:
        return True

    def write(self, data: "Buffer") -> int:
        self._parts.append(bytes(data))
        self._at += len(self._parts[-1])
        return len(self._parts[-1])

    def tell(self) -> int:
        return self._at

    def drain(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


KINDS: Final[dict[str, Callable[[Iterator[pa.Table], pa.Schema], Iterator[bytes]]]] = {
    "csv": _csv,
    "ndjson": _ndjson,
    "parquet": _parquet,
}
