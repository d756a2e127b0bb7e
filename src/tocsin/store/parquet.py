"""One Parquet file of events: written with what lets a reader skip it, read with its dictionaries.

A file has the columns that its rows fill, and no others; the table's other columns read back as null.
"""

import time
import uuid
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from deltalake.transaction import AddAction

from tocsin.formats import SYSTEM_SCHEMA
from tocsin.store.columns import DAY, SYSTEM, TEXT, unescape
from tocsin.store.place import Place

ROWS_A_GROUP: Final = 32_768
"""Rows that are read and written at a time: about 20 MB of ordinary records."""

STATS_COLUMNS: Final = ("_id", "_time", "_received", "_error")
_MAX_STAT_LENGTH: Final = 200
_SKETCHES: Final = "tocsin.sketches"
"""In a file's footer: where the first sketch begins, and where each ends."""


class Summary:
    """What the Delta log says of a file: its rows, the least and greatest of some columns, their nulls.

    Source: Delta transaction protocol, "Per-file Statistics". Moments are exact to the microsecond.
    """

    def __init__(self) -> None:
        self.rows = 0
        self._bounds: dict[str, tuple[Any, Any]] = {}
        self._nulls = dict.fromkeys(STATS_COLUMNS, 0)

    def add(self, table: pa.Table) -> None:
        """Take in the rows of ``table``."""
        self.rows += table.num_rows
        for name in STATS_COLUMNS:
            if name not in table.column_names:
                self._nulls[name] += table.num_rows
                continue
            column = table.column(name)
            self._nulls[name] += column.null_count
            if name != "_error" and column.null_count < len(column):
                self._widen(name, pc.min_max(column).as_py())

    def as_json(self) -> str:
        """The statistics as the `add` action has them."""
        bounds = {
            name: tuple(map(_stat, pair))
            for name, pair in self._bounds.items()
            if not isinstance(pair[0], str) or max(map(len, pair)) <= _MAX_STAT_LENGTH
        }
        return orjson.dumps(
            {
                "numRecords": self.rows,
                "minValues": {name: low for name, (low, _) in bounds.items()},
                "maxValues": {name: high for name, (_, high) in bounds.items()},
                "nullCount": self._nulls,
            }
        ).decode()

    def _widen(self, name: str, found: dict[str, Any]) -> None:
        low, high = self._bounds.get(name, (found["min"], found["max"]))
        self._bounds[name] = (min(low, found["min"]), max(high, found["max"]))


def _stat(value: str | datetime) -> str:
    return value if isinstance(value, str) else value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


Sketcher = Callable[[pa.Table], bytes]
"""Summarises the rows of a row group (`restore`d), for whoever may want to pass it over; opaque to the store."""


def write_file(
    place: Place,
    day: str,
    schema: pa.Schema,
    tables: Iterable[pa.Table],
    *,
    is_new: bool = True,
    sketcher: Sketcher | None = None,
) -> AddAction:
    """Write ``tables``, each a row group or more, as one durable file of the partition ``day``.

    A file that could not be written whole is removed again.
    With a ``sketcher``, each table has at most `ROWS_A_GROUP` rows, and its sketch is kept in the file.
    Returns: the action that makes it part of the table, with ``is_new`` as its `dataChange`.
    """
    folder = f"{DAY}={day}"
    path = f"{folder}/{uuid.uuid4()}.parquet"
    summary = Summary()
    place.make_folder(folder)
    try:
        with place.create(path) as sink, _writer(sink, schema) as writer:
            sketches = []
            for table in tables:
                summary.add(table)
                writer.write_table(table, row_group_size=ROWS_A_GROUP)
                if sketcher:
                    sketches.append(sketcher(restore(table)))
            _write_sketches(sink, writer, sketches)
        place.sync(path)
    except BaseException:
        place.remove(path)
        raise
    written_ms = time.time_ns() // 1_000_000
    return AddAction(path, place.size(path), {DAY: day}, written_ms, is_new, summary.as_json())


def _write_sketches(sink: pa.NativeFile, writer: pq.ParquetWriter, sketches: Sequence[bytes]) -> None:
    """Put ``sketches`` between the rows and the footer, where other readers of Parquet do not look.

    The footer says where they are, so that to open the file costs no more than before.
    """
    if not sketches:
        return
    bounds = [sink.tell()]
    for each in sketches:
        sink.write(each)
        bounds.append(bounds[-1] + len(each))
    writer.add_key_value_metadata({_SKETCHES: orjson.dumps(bounds).decode()})


def read_sketches(place: Place, path: str, file: pq.ParquetFile) -> list[memoryview] | None:
    """The sketch of each row group; None where the file was written without.

    Cost: none for a local file, of which only the bytes that are looked at are read; one request to a bucket.
    """
    found = (file.metadata.metadata or {}).get(_SKETCHES.encode())
    if not found:
        return None
    bounds: list[int] = orjson.loads(found)
    with place.map(path) as source:
        everything = memoryview(source.read_at(bounds[-1] - bounds[0], bounds[0]))
    return [everything[start - bounds[0] : end - bounds[0]] for start, end in pairwise(bounds)]


def _writer(sink: pa.NativeFile, schema: pa.Schema) -> pq.ParquetWriter:
    return pq.ParquetWriter(
        sink,
        schema,
        compression="zstd",
        compression_level=1,
        use_dictionary=[name for name in schema.names if name not in SYSTEM],
        write_statistics=[name for name in schema.names if name in SYSTEM and name != "_raw"],
        store_schema=False,
    )


def file_schema(names: Collection[str]) -> pa.Schema:
    """The schema of a file with the columns ``names``: system columns first, fields as dictionaries."""
    system = [field for field in SYSTEM_SCHEMA if field.name in names]
    return pa.schema([*system, *(pa.field(name, TEXT) for name in names if name not in SYSTEM)])


def open_file(place: Place, path: str) -> pq.ParquetFile:
    """Open a file so that its field columns come as dictionaries."""
    source = place.open(path)
    metadata = pq.read_metadata(source)
    names = [name for name in metadata.schema.to_arrow_schema().names if name not in SYSTEM]
    return pq.ParquetFile(source, metadata=metadata, read_dictionary=names)


def pick_columns(file: pq.ParquetFile, fields: Collection[str] | None) -> list[str]:
    """The columns of ``file`` that hold system columns and ``fields`` (None: all), in its order.

    Names are compared without case: rules mean `LogonId` and `LogonID` alike, and need both columns.
    """
    names = file.schema_arrow.names
    wanted = None if fields is None else {field.casefold() for field in fields}
    return [name for name in names if wanted is None or name in SYSTEM or unescape(name).casefold() in wanted]


def restore(table: pa.Table) -> pa.Table:
    """``table`` as it was appended: every system column, in order, then its fields by their own names."""
    missing = [field for field in SYSTEM_SCHEMA if field.name not in table.column_names]
    for field in missing:
        table = table.append_column(field, pa.nulls(table.num_rows, field.type))
    fields = [name for name in table.column_names if name not in SYSTEM]
    ordered = table.select([*SYSTEM_SCHEMA.names, *fields])
    schema = pa.schema([*SYSTEM_SCHEMA, *(pa.field(unescape(name), TEXT) for name in fields)])
    return ordered.rename_columns(schema.names).cast(schema)


def read_file(place: Place, path: str, fields: Collection[str] | None) -> pa.Table:
    """The rows of a file: system columns, and ``fields`` (None: all) of those that it has."""
    with open_file(place, path) as file:
        columns = pick_columns(file, fields)
        # a name is also the prefix of nested names to pyarrow: `a` would bring `a.b` along
        return restore(file.read(columns=columns).select(columns))


def concat(tables: Sequence[pa.Table]) -> pa.Table:
    """``tables``, whose columns may differ, as one; each field column with one dictionary for all rows."""
    if len(tables) == 1:
        return tables[0].unify_dictionaries()
    names = {name: None for table in tables for name in table.column_names}
    schema = file_schema(names)
    return pa.concat_tables([conform(table, schema) for table in tables]).unify_dictionaries()


def trim(table: pa.Table) -> pa.Table:
    """``table`` without dictionaries that are longer than it: they hold values of rows that are elsewhere.

    A slice keeps its whole's dictionary, and so would every row group that of all before it.
    """
    for place, field in enumerate(table.schema):
        column = table.column(place)
        if pa.types.is_dictionary(field.type) and any(len(chunk.dictionary) > len(chunk) for chunk in column.chunks):
            table = table.set_column(place, field, column.cast(pa.string()).dictionary_encode())
    return table


def conform(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """``table`` with exactly the columns of ``schema``: null where it has none, encoded where it is plain."""
    columns = [
        _encoded(table.column(field.name), field.type)
        if field.name in table.column_names
        else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def _encoded(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    if column.type == kind:
        return column
    if pa.types.is_dictionary(kind) and not pa.types.is_dictionary(column.type):
        return column.cast(pa.string()).dictionary_encode()
    return column.cast(kind)
