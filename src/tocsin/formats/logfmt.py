"""logfmt: ``level=info msg="user signed in" user=alice retry`` on a line.

A key without a value is ``true``. A key that a line has twice becomes the list of its values.
"""

import re
from datetime import datetime
from typing import Final

import pyarrow as pa

from tocsin.formats.body import Texts, read_texts, split_lines
from tocsin.formats.columns import Flattener, Record, column_limit
from tocsin.formats.table import Parsed, build_table
from tocsin.kernel.issues import RecordIssue
from tocsin.kernel.logsource import LogSource

LOGSOURCE: Final = LogSource()
REJECTED: Final = 'no logfmt: the line has no key=value, such as level=info msg="signed in"'

_PAIR: Final = re.compile(r'([^\s="]+)(?:(=)(?:"((?:[^"\\]|\\.)*)"|(\S*)))?', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_CONTROLS: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def parse(data: bytes, *, received_at: datetime) -> tuple[pa.Table, list[RecordIssue]]:
    """Read lines of logfmt; `formats.Parse` says what comes out."""
    texts = read_texts(split_lines(data))
    return build_table(texts, _read_lines(texts), received_at)


def _read_lines(texts: Texts) -> Parsed:
    rejected: dict[int, str] = {}
    records: dict[int, Record] = {}
    for row, line in enumerate(texts.raw.to_pylist()):
        if row in texts.rejected:
            continue
        record = read_line(line)
        if record is None:
            rejected[row] = REJECTED
        else:
            records[row] = record
    flattener = Flattener(len(texts.raw), column_limit(len(texts.raw)))
    flattener.add(list(records.values()), list(records))
    return Parsed(flattener.columns(), rejected, extra=flattener.extra)


def read_line(line: str) -> Record | None:
    """The keys and values of one line; None if it has no ``key=value``."""
    pairs = _PAIR.findall(line)
    if not any(equals for _, equals, _, _ in pairs):
        return None
    record: Record = {}
    for key, equals, quoted, bare in pairs:
        value = _unescape(quoted) if quoted else bare if equals else "true"
        if key not in record:
            record[key] = value
        elif isinstance(record[key], list):
            record[key].append(value)
        else:
            record[key] = [record[key], value]
    return record


def _unescape(text: str) -> str:
    return _ESCAPE.sub(_replace, text) if "\\" in text else text


def _replace(found: re.Match[str]) -> str:
    if found[1]:
        code = int(found[1], 16)
        return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)
    return _CONTROLS.get(found[2], found[2])
