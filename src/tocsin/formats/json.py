"""JSON: a line an object (NDJSON), an array of objects, or one object, over as many lines as it likes.

The body is read in stretches. A stretch whose records look like those before it is read in columns
(`shapes`); any other is read in columns of bytes (`gaps`), and what that leaves a record at a time (`columns`).
"""

import re
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Final

import numpy as np
import orjson
import pyarrow as pa

from tocsin.formats.body import Body, Offsets, Texts, join_lines, read_texts, split_lines, strip_bom
from tocsin.formats.columns import Columns, Flattener, Piece, Record, column_limit, lay
from tocsin.formats.elements import max_depth, split_array
from tocsin.formats.gaps import Cells, Choose, read_gaps
from tocsin.formats.moments import TIME_FIELDS
from tocsin.formats.shapes import Shape, read_columns
from tocsin.formats.table import Parsed, build_table
from tocsin.kernel.collector import paused_collector
from tocsin.kernel.issues import RecordIssue
from tocsin.kernel.logsource import LogSource

LOGSOURCE: Final = LogSource()

_STRETCH_BYTES: Final = 1024 * 1024
_STRETCH_RECORDS: Final = 16_384
_SAMPLE_RECORDS: Final = 100
_MIN_RECORDS: Final = 200
_MAX_REFUSALS: Final = 2
_MAX_NESTING: Final = 200
_OPEN_OBJECTS: Final = re.compile(rb"\[\s*{")
_NAMES: Final = {
    list: "an array",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}

_Pieces = dict[str, list[Piece]]


def parse(data: bytes, *, received_at: datetime, choose: Choose | None = None) -> tuple[pa.Table, list[RecordIssue]]:
    """Read ``data``, received at ``received_at``; `formats.Parse` says what comes out.

    A record that is no JSON object, nests over 200 deep or is too long is rejected. NaN, Infinity and
    half a surrogate pair are no JSON. Of a name that an object has twice, the last counts.
    """
    body = split_records(strip_bom(data))
    texts = read_texts(body)
    return build_table(texts, read_fields(body, texts, choose), received_at)


def read_fields(body: Body, texts: Texts, choose: Choose | None = None) -> Parsed:
    """The fields of the records of ``body``, whose texts are ``texts``.

    Where ``choose`` is given, the values of what it does not choose may lie in `Parsed.others`.
    """
    with paused_collector():  # records are no cycles; to look for some takes longer than to read them
        return _Reader(body, texts, choose).read()


def split_records(data: bytes) -> Body:
    """Where the records of ``data`` lie: an array's elements, one object, or lines."""
    lines = split_lines(data)
    if not len(lines):
        return lines
    whole = Body(data, lines.starts[:1], lines.ends[-1:])
    if _is_array(lines, whole[0]):
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


def _is_array(lines: Body, whole: bytes) -> bool:
    """Whether the body is one array, be an element broken, and not lines of which the first only begins like one."""
    first = lines[0]
    if not first.startswith(b"[") or len(lines) == 1:
        return first.startswith(b"[")
    if not _OPEN_OBJECTS.match(whole):
        return _is_json(whole)
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

    def __init__(self, body: Body, texts: Texts, choose: Choose | None) -> None:
        self._body = body
        self._texts = texts
        self._wire = body
        self._limit = column_limit(len(body))
        self._choose = _keep_own(choose) if choose else None
        self._pieces: _Pieces = {}
        self._others: list[Cells] = []
        self._shape = Shape()
        self._schema: pa.Schema | None = None
        self._refusals = 0
        self._rejected: dict[int, str] = {}
        self._extra: dict[int, Record] = {}

    def read(self) -> Parsed:
        """All records, as columns over the whole body."""
        if len(self._body) >= _MIN_RECORDS:
            self._wire = join_lines(self._body)
            self._learn(list(self._records(range(_SAMPLE_RECORDS)).values()))
        for first, last in _stretches(self._body):
            self._read(first, last)
        fields = {name: lay(pieces, len(self._body)) for name, pieces in self._pieces.items()}
        return Parsed(fields, self._rejected, extra=self._extra, others=self._lay_others())

    def _lay_others(self) -> pa.Array | None:
        """A list of texts a record."""
        if not self._others:
            return None
        rows = np.concatenate([cells.rows for cells in self._others])
        offsets = np.searchsorted(rows, np.arange(len(self._body) + 1)).astype(np.int32)
        return pa.ListArray.from_arrays(offsets, pa.concat_arrays([cells.texts for cells in self._others]))

    def _read(self, first: int, last: int) -> None:
        """Read records ``first`` to ``last``: in columns, else in columns of bytes, else one by one."""
        columns = self._read_known(first, last)
        if columns is None:
            columns = self._read_gaps(first, last) or self._read_any(first, last)
            if self._schema is not None:
                self._learn_again(first, last)
        for name, pieces in columns.items():
            self._pieces.setdefault(name, []).extend(pieces)

    def _read_known(self, first: int, last: int) -> _Pieces | None:
        part = self._wire.part(first, last)
        if self._schema is None or part.is_too_long.any():
            return None
        columns = read_columns(part, self._schema)
        if columns is None or self._has_too_many(columns):
            return None
        return {name: [Piece(column, first)] for name, column in columns.items()}

    def _read_gaps(self, first: int, last: int) -> _Pieces | None:
        """The records by their bytes, and one by one those that cannot be read so; None if that is all of them."""
        part = self._wire.part(first, last)
        found = None if part.is_too_long.any() else read_gaps(part, self._choose)
        if found is None or self._has_too_many(found.cells):
            return None
        pieces = {name: [Piece(each.texts, first, each.rows + first)] for name, each in found.cells.items()}
        if self._choose:
            self._others.append(Cells(found.others.rows + first, found.others.texts))
        left = np.flatnonzero(found.is_left) + first
        for name, column in self._flatten(left, {*self._pieces, *pieces}).items():
            pieces.setdefault(name, []).append(Piece(column, first, left))
        return pieces

    def _read_any(self, first: int, last: int) -> _Pieces:
        columns = self._flatten(np.arange(first, last), self._pieces)
        return {name: [Piece(column, first)] for name, column in columns.items()}

    def _flatten(self, rows: Offsets, known: Collection[str]) -> Columns:
        """The columns of the records at ``rows``, one by one."""
        records = self._records(rows.tolist())
        flattener = Flattener(len(rows), self._limit, known)
        flattener.add(list(records.values()), np.searchsorted(rows, list(records)).tolist())
        self._extra |= {int(rows[place]): fields for place, fields in flattener.extra.items()}
        return flattener.columns()

    def _has_too_many(self, columns: Collection[str]) -> bool:
        return len(self._pieces.keys() | columns) > self._limit

    def _records(self, rows: Iterable[int]) -> dict[int, Record]:
        """Row → record, for those that can be read; why the others cannot is kept."""
        read: dict[int, Record] = {}
        for row in rows:
            if row in self._texts.rejected:
                continue
            is_mended = row in self._texts.notes
            record = read_record(self._texts.raw[row].as_py().encode() if is_mended else self._body[row])
            if isinstance(record, str):
                self._rejected[row] = record
            else:
                read[row] = record
        return read

    def _learn_again(self, first: int, last: int) -> None:
        """Widen by some of the records that did not fit; a source of ever new shapes is not worth the attempts."""
        self._refusals += 1
        if self._refusals >= _MAX_REFUSALS:
            self._schema = None
            return
        step = max(1, (last - first) // _SAMPLE_RECORDS)
        self._learn(list(self._records(range(first, last, step)).values()))

    def _learn(self, records: list[Record]) -> None:
        for record in records:
            self._shape.learn(record)
        self._schema = self._shape.schema()


def _keep_own(choose: Choose) -> Choose:
    """``choose``, and what becomes a record's id and time."""
    own = {"_id", *TIME_FIELDS}
    return lambda name: name in own or choose(name)


def _stretches(body: Body) -> Iterator[tuple[int, int]]:
    """First and last (exclusive) record of every stretch: at most so many bytes and so many records."""
    first = 0
    while first < len(body):
        reach = int(np.searchsorted(body.ends, body.starts[first] + _STRETCH_BYTES))
        last = min(max(reach, first + 1), first + _STRETCH_RECORDS, len(body))
        yield first, last
        first = last
