"""JSON: a line an object (NDJSON), an array of objects, or one object, over as many lines as it likes.

The body is read in stretches. A stretch whose records look like those before it is read in columns
(`shapes`); any other is read a record at a time (`columns`), and what it looks like is learned.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import numpy as np
import orjson
import pyarrow as pa

from tocsin.formats.body import Body, Texts, join_lines, read_texts, split_lines, strip_bom
from tocsin.formats.columns import Columns, Flattener, Record, column_limit
from tocsin.formats.elements import max_depth, split_array
from tocsin.formats.shapes import Shape, read_columns
from tocsin.formats.table import Parsed, build_table
from tocsin.kernel.issues import RecordIssue
from tocsin.kernel.logsource import LogSource

LOGSOURCE: Final = LogSource()

_STRETCH_BYTES: Final = 1024 * 1024
_STRETCH_RECORDS: Final = 16_384
_SAMPLE_RECORDS: Final = 100
_MIN_RECORDS: Final = 200
_MAX_REFUSALS: Final = 8
_MAX_NESTING: Final = 200
_NAMES: Final = {
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


def parse(data: bytes, *, received_at: datetime) -> tuple[pa.Table, list[RecordIssue]]:
    """Read ``data``, received at ``received_at``; `formats.Parse` says what comes out.

    A record that is no JSON object, nests over 200 deep or is too long is rejected. NaN, Infinity and
    half a surrogate pair are no JSON. Of a name that an object has twice, the last counts.
    """
    body = split_records(strip_bom(data))
    texts = read_texts(body)
    return build_table(texts, _Reader(body, texts).read(), received_at)


def split_records(data: bytes) -> Body:
    """Where the records of ``data`` lie: an array's elements, one object, or lines."""
    lines = split_lines(data)
    if not len(lines):
        return lines
    whole = Body(data, lines.starts[:1], lines.ends[-1:])
    if _is_array(lines):
        return split_array(whole[0])
    if len(lines) > 1 and not _is_json(lines[0]) and _is_json(whole[0]):
        return whole
    return lines


def read_record(text: bytes) -> Record | str:
    """One record, or why it is none."""
    # Cheaper than the depth itself, which is then seldom asked for.
    if text.count(b"{") + text.count(b"[") > _MAX_NESTING and max_depth(text) > _MAX_NESTING:
        return f"not read: JSON nested more than {_MAX_NESTING} deep"
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        return f"not JSON: {error}"
    if type(value) is not dict:
        return f"not a JSON object but {_NAMES[type(value)]}"
    return value


def _is_array(lines: Body) -> bool:
    """Whether the body is one array, and not lines of which the first only looks like one."""
    first = lines[0]
    if not first.startswith(b"[") or len(lines) == 1:
        return first.startswith(b"[")
    is_open = first.endswith((b"[", b",", b"{"))
    return is_open or not (_is_json(first) or _is_json(lines[1]))


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


class _Reader:
    """Reads the records of one body, stretch after stretch."""

    def __init__(self, body: Body, texts: Texts) -> None:
        self._body = body
        self._texts = texts
        self._wire = body
        self._limit = column_limit(len(body))
        self._names: set[str] = set()
        self._shape = Shape()
        self._schema: pa.Schema | None = None
        self._refusals = 0
        self._rejected: dict[int, str] = {}
        self._extra: dict[int, Record] = {}

    def read(self) -> Parsed:
        """All records, as columns over the whole body."""
        if len(self._body) >= _MIN_RECORDS:
            self._wire = join_lines(self._body)
            self._learn(list(self._records(0, _SAMPLE_RECORDS).values()))
        stretches = [self._read(first, last) for first, last in _stretches(self._body)]
        fields = {name: _chain([columns.get(name, missing) for columns, missing in stretches]) for name in self._names}
        return Parsed(fields, self._rejected, extra=self._extra)

    def _read(self, first: int, last: int) -> tuple[Columns, pa.Array]:
        """The columns of records ``first`` to ``last``, and the column that stands for the others."""
        columns = self._read_known(first, last)
        if columns is None:
            columns = self._read_any(first, last)
        self._names.update(columns)
        return columns, pa.nulls(last - first, pa.string())

    def _read_known(self, first: int, last: int) -> Columns | None:
        part = self._wire.part(first, last)
        if self._schema is None or part.is_too_long.any():
            return None
        columns = read_columns(part, self._schema)
        return None if columns is None or len(self._names.union(columns)) > self._limit else columns

    def _read_any(self, first: int, last: int) -> Columns:
        records = self._records(first, last)
        flattener = Flattener(last - first, self._limit, self._names)
        flattener.add(list(records.values()), [row - first for row in records])
        self._extra |= {first + row: fields for row, fields in flattener.extra.items()}
        # A source of ever new shapes would pay for both ways of reading, and for learning.
        if self._schema is not None and self._refusals < _MAX_REFUSALS:
            self._refusals += 1
            self._learn(list(records.values()))
        return flattener.columns()

    def _records(self, first: int, last: int) -> dict[int, Record]:
        """Row → record, for those that can be read; why the others cannot is kept."""
        read: dict[int, Record] = {}
        for row in range(first, min(last, len(self._body))):
            if row in self._texts.rejected:
                continue
            is_mended = row in self._texts.notes
            record = read_record(self._texts.raw[row].as_py().encode() if is_mended else self._body[row])
            if isinstance(record, str):
                self._rejected[row] = record
            else:
                read[row] = record
        return read

    def _learn(self, records: list[Record]) -> None:
        for record in records:
            self._shape.learn(record)
        self._schema = self._shape.schema()


def _stretches(body: Body) -> Iterator[tuple[int, int]]:
    """First and last (exclusive) record of every stretch: at most so many bytes and so many records."""
    first = 0
    while first < len(body):
        reach = int(np.searchsorted(body.ends, body.starts[first] + _STRETCH_BYTES))
        last = min(max(reach, first + 1), first + _STRETCH_RECORDS, len(body))
        yield first, last
        first = last


def _chain(parts: list[pa.Array]) -> pa.Array:
    return parts[0] if len(parts) == 1 else pa.concat_arrays(parts)
