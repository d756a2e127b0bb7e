"""One SQL statement in a process of its own: `python -m tocsin.search.sandbox`, the request as JSON on standard input.

1. The process may use so much memory and processor time, and write no file; the kernel sees to it.
2. Each source's table is registered as an Arrow dataset, with a view over it that has the fields' own names.
3. DuckDB is cut off from files, network, extensions and its own settings, and can not be opened up again.
4. One SELECT runs. Rows are taken until there are enough; the rest is never computed where DuckDB can help it.
5. Out go a line of JSON (what went wrong, or whether rows were left out) and an Arrow stream.
"""

import json
import os
import resource
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
from deltalake.exceptions import TableNotFoundError

from tocsin.formats import SYSTEM_SCHEMA
from tocsin.store.columns import DAY, SYSTEM, unescape
from tocsin.store.table import EventTable, Store

EVERYTHING: Final = "_all"
"""The view of all sources together; no source can be called so."""
MAX_RESULT_BYTES: Final = 8 * 1024 * 1024
_BATCH_ROWS: Final = 1024
_OWN_MEMORY_BYTES: Final = 1536 * 1024 * 1024
"""What Python, Arrow's readers and the threads of both need beside DuckDB's own memory."""
_LOCKS: Final = (
    "SET autoinstall_known_extensions = false",
    "SET autoload_known_extensions = false",
    "SET allow_community_extensions = false",
    "SET python_enable_replacements = false",
    "SET python_scan_all_frames = false",
    "SET temp_directory = ''",
    "SET TimeZone = 'UTC'",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


def main() -> None:
    """Answer the request on standard input."""
    asked = json.load(sys.stdin)
    _limit(asked["memory_bytes"], asked["seconds"] * asked["threads"])
    try:
        connection = _connect(Store(asked["uri"], storage_options=asked["options"]), asked)
        head, table = _run(connection, asked["sql"], asked["rows"])
    except (duckdb.Error, MemoryError, pa.ArrowException, OSError) as error:
        head, table = {"error": _explain(error)}, pa.table({})
    out = sys.stdout.buffer
    out.write(json.dumps(head).encode() + b"\n")
    with pa.ipc.new_stream(out, table.schema) as writer:
        writer.write_table(table)
    out.flush()


def _limit(memory_bytes: int, processor_s: int) -> None:
    os.nice(10)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (processor_s + 5, processor_s + 5))
    most = memory_bytes + _OWN_MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))


def _connect(store: Store, asked: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
    """A database in memory that has the tables as views and cannot reach anything else."""
    settings = {"memory_limit": f"{asked['memory_bytes']}B", "threads": asked["threads"]}
    connection = duckdb.connect(":memory:", config=settings)
    views: list[tuple[str, str]] = []
    for number, source in enumerate(asked["sources"]):
        data = _dataset(store.table(source))
        if data is None:
            continue
        connection.register(f"_{number}", data)
        columns = ", ".join(_columns(data.schema.names))
        view = f"SELECT '{source}' AS _source, {columns} FROM _{number}"  # noqa: S608 -- names are quoted
        if source.casefold() not in {name.casefold() for name, _ in views}:
            connection.execute(f"CREATE VIEW {_quote(source)} AS {view}")
        views.append((source, view))
    everything = " UNION ALL BY NAME ".join(f"({view})" for _, view in views)
    if views:
        connection.execute(f"CREATE VIEW {EVERYTHING} AS {everything}")
    for lock in _LOCKS:
        connection.execute(lock)
    return connection


def _dataset(table: EventTable) -> ds.Dataset | None:
    """The files that are the table now, in columns as they are stored; None where there is no table yet."""
    try:
        handle = table.snapshot()
    except TableNotFoundError:
        return None
    names = [field.name for field in handle.schema().fields if field.name not in SYSTEM and field.name != DAY]
    schema = pa.schema([*SYSTEM_SCHEMA, *(pa.field(name, pa.string()) for name in names)])
    paths = pa.table(handle.get_add_actions(flatten=True))["path"].to_pylist()
    return ds.dataset(paths, schema=schema, format="parquet", filesystem=table.place.fs)


def _columns(names: list[str]) -> Iterator[str]:
    """Each column by its field's own name, unless another's equals it without case: SQL minds none."""
    taken: set[str] = set()
    for name in names:
        shown = unescape(name)
        shown = name if not shown or shown.casefold() in taken else shown
        taken.add(shown.casefold())
        yield f"{_quote(name)} AS {_quote(shown)}"


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _run(connection: duckdb.DuckDBPyConnection, sql: str, rows: int) -> tuple[dict[str, Any], pa.Table]:
    statements = connection.extract_statements(sql)
    if len(statements) != 1:
        return {"error": f"{len(statements)} statements were given; write one SELECT"}, pa.table({})
    if statements[0].type not in {duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN}:
        kind = statements[0].type.name
        return {"error": f"{kind} is not for reading; write a SELECT, and nothing else is run here"}, pa.table({})
    reader: pa.RecordBatchReader = connection.execute(statements[0]).to_arrow_reader(_BATCH_ROWS)
    batches: list[pa.RecordBatch] = []
    size = 0
    is_cut = False
    for batch in reader:
        room = rows - sum(each.num_rows for each in batches)
        size += batch.nbytes
        is_cut = batch.num_rows > room or size > MAX_RESULT_BYTES
        batches.append(batch.slice(0, room))
        if is_cut:
            break
    if size > MAX_RESULT_BYTES:
        batches = batches[:-1] or [batches[0].slice(0, 1)]
    return {"is_cut": is_cut}, pa.Table.from_batches(batches, reader.schema)


def _explain(error: BaseException) -> str:
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException):
        return "the statement needs more memory than it may have; ask for fewer columns, rows or groups"
    if isinstance(error, duckdb.PermissionException):
        return f"{error}; SQL reads the tables of events here, and nothing else"
    return str(error)


if __name__ == "__main__":
    main()
