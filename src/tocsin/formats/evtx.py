"""`.evtx`: the files of the Windows event log, read by the `evtx` package; fields as `windows` names them.

A file is a header and chunks of 64 KiB that can be read each by itself. So a damaged or cut chunk costs what
it held and nothing else, and a file of any size is read a few chunks at a time.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import evtx
import orjson
import pyarrow as pa

from tocsin.formats import windows
from tocsin.formats.body import Texts, strip_bom
from tocsin.formats.gaps import Choose
from tocsin.formats.table import Parsed, build_table
from tocsin.kernel.issues import RecordIssue
from tocsin.kernel.logsource import LogSource

LOGSOURCE: Final = LogSource(product="windows")

MAGIC: Final = b"ElfFile\0"
HEADER_BYTES: Final = 4096
CHUNK_BYTES: Final = 65_536
_CHUNK_MAGIC: Final = b"ElfChnk\0"
_NUMBERS: Final = struct.Struct("<8x16xQQ")
_MIN_RECORD_BYTES: Final = 24


@dataclass(frozen=True, slots=True)
class Log:
    """What was read: each record as JSON, and why what could not be read was not."""

    records: list[bytes]
    damages: list[str]


def parse(
    data: bytes, *, received_at: datetime, first_chunk: int = 0, choose: Choose | None = None
) -> tuple[pa.Table, list[RecordIssue]]:
    """Read a whole file, or its header and some chunks; `formats.Parse` says what comes out.

    What is damaged is a rejected row at the end. ``first_chunk``: how many chunks were before these.
    """
    log = read_log(data, first_chunk=first_chunk)
    table, issues = windows.parse(b"\n".join(log.records), received_at=received_at, choose=choose)
    if not log.damages:
        return table, issues
    texts = Texts(pa.array(log.damages), {}, {})
    damaged, more = build_table(texts, Parsed({}, rejected=dict(enumerate(log.damages))), received_at)
    more = [RecordIssue(issue.record + table.num_rows, issue.reason, is_rejected=True) for issue in more]
    return _below(table, damaged), [*issues, *more]


def read_log(data: bytes, *, first_chunk: int = 0) -> Log:
    """The records of a header and whole or cut chunks, of which the first is called ``first_chunk``."""
    log = Log([], [])
    if not strip_bom(data).strip():
        return log
    if not data.startswith(MAGIC) or len(data) < HEADER_BYTES:
        begins = data[:8].hex(" ") or "nothing"
        log.damages.append(f"no .evtx file: it begins with {begins}; one begins with 'ElfFile' and has a 4 KiB header")
        return log
    for place, chunk in enumerate(_chunks(data), first_chunk):
        _read_chunk(data[:HEADER_BYTES], chunk, place, log)
    return log


def count_records(chunk: bytes) -> int:
    """How many records a chunk says that it holds; 0 for one that is empty or no chunk."""
    if not chunk.startswith(_CHUNK_MAGIC) or len(chunk) < _NUMBERS.size:
        return 0
    first, last = _NUMBERS.unpack_from(chunk)
    count = last - first + 1
    return count if 0 < count <= CHUNK_BYTES // _MIN_RECORD_BYTES else 0


def _chunks(data: bytes) -> Iterator[bytes]:
    for start in range(HEADER_BYTES, len(data), CHUNK_BYTES):
        yield data[start : start + CHUNK_BYTES]


def _read_chunk(header: bytes, chunk: bytes, place: int, log: Log) -> None:
    if not chunk.strip(b"\0"):
        return  # Room that the log has not used yet.
    promised, had = count_records(chunk), len(log.records)
    reason = _read_records(header, chunk.ljust(CHUNK_BYTES, b"\0"), log)
    missing = promised - (len(log.records) - had)
    if len(chunk) < CHUNK_BYTES:
        reason = f"the file ends {len(chunk):,} bytes into it, where {CHUNK_BYTES:,} should be"
    elif missing > 0 and reason is None:
        reason = "its records end early"
    if reason is not None:
        lost = f"; {missing:,} of its {promised:,} records are lost" if missing > 0 else ""
        log.damages.append(f"chunk {place + 1} of the .evtx file is damaged: {reason}{lost}")


def _read_records(header: bytes, chunk: bytes, log: Log) -> str | None:
    """Add the chunk's records that can be read; out why one could not be."""
    reason: str | None = None
    try:
        records = evtx.PyEvtxParser(io.BytesIO(header + chunk), number_of_threads=1).records_json()
    except (RuntimeError, OSError) as error:
        return _shorten(error)
    while True:
        try:
            record = next(records)
        except StopIteration:
            return reason
        except (RuntimeError, OSError) as error:
            reason = reason or _shorten(error)
            continue
        if record is not None:
            log.records.append(_one_line(record["data"]))


def _one_line(text: str) -> bytes:
    return orjson.dumps(orjson.loads(text)) if "\n" in text else text.encode()


def _shorten(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


def _below(table: pa.Table, damaged: pa.Table) -> pa.Table:
    """The rows of both; what was damaged has no fields."""
    fields = table.schema
    for place in range(len(damaged.schema), len(fields)):
        damaged = damaged.append_column(fields.field(place), pa.nulls(damaged.num_rows, fields.field(place).type))
    return pa.concat_tables([table, damaged])
