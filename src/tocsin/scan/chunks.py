"""A stream of bytes → pieces of bounded size that can be read each by itself.

Lines are cut at line ends, `.evtx` files between their chunks. A document (an array of records, or one object
that is spread over lines) is one piece. Reading goes on as far as it can: what ends badly is told at the end.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from tocsin.formats import evtx, json
from tocsin.formats.body import strip_bom
from tocsin.formats.detect import SAMPLE_BYTES, detect
from tocsin.kernel.errors import InputError
from tocsin.kernel.limits import MAX_BODY_BYTES, MAX_RECORD_BYTES

CHUNK_BYTES: Final = 8 * 1024 * 1024
"""Large pieces: much of what reading and matching cost is a piece and column, or a piece and rule, not an event."""
_EVTX_CHUNKS: Final = 64
_JSON_FORMATS: Final = frozenset(
    {"json", "windows", "cloudtrail", "github", "okta", "gcpaudit", "gworkspace", "k8saudit"}
)
_LONG_LINE_BYTES: Final = 64 * 1024
_OPENS_LIST: Final = re.compile(rb"\{[^][{}]*\[\s*\{")
"""How an object begins that holds records in a list, such as ``{"Records":[{``."""

AUTO: Final = "auto"


class Stream(Protocol):
    """What is read from."""

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most ``size``; none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a file.

    Attributes:
        format: the name of its format.
        first: the number of its first line, or of its first record where records are not lines, from 1.
        is_lines: its records are lines, so that they are numbered by them.
        place: of an .evtx file, how many of its own chunks were before it.
    """

    name: str
    format: str
    data: bytes
    first: int
    is_lines: bool
    place: int = 0


def cut(name: str, stream: Stream, format: str) -> Iterator[Chunk]:
    """The pieces of ``stream``; of ``format``, or where that is `AUTO` of what its beginning looks like.

    Raises: InputError after the last piece that could be read, saying why that was the last.
    """
    source = _Source(stream)
    sample = source.peek(SAMPLE_BYTES)
    if not sample and source.fault is None:
        return
    found = detect(sample) if format == AUTO else format
    if found is None and sample:
        raise InputError(f"{name}: {_tell_strange(sample)}")
    if found == "evtx":
        yield from _cut_evtx(name, source)
    elif found in _JSON_FORMATS and _is_document(sample):
        yield _whole(name, source, found)
    elif found is not None:
        yield from _cut_lines(name, source, found)
    if source.fault is not None:
        raise InputError(f"{name}: reading stopped: {source.fault}; what came before was scanned")


class _Source:
    """A stream that can be looked into, and that ends where it cannot be read.

    Attributes:
        fault: why it ended early; None if it did not.
    """

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._ahead = b""
        self.fault: str | None = None

    def peek(self, size: int) -> bytes:
        self._ahead = self.read(size)
        return self._ahead

    def read(self, size: int) -> bytes:
        """As many as ``size`` bytes, fewer only at the end."""
        parts, self._ahead = [self._ahead[:size]], self._ahead[size:]
        left = size - len(parts[0])
        while left and self.fault is None and (data := self._read(left)):
            parts.append(data)
            left -= len(data)
        return b"".join(parts)

    def _read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except OSError as error:
            self.fault = str(error)
            return b""


def _tell_strange(sample: bytes) -> str:
    """Why the format of ``sample`` is not recognised, and the mend."""
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "it is UTF-16; write it as UTF-8, as `iconv -f UTF-16 -t UTF-8` does"
    if b"\0" in sample:
        return "it is no text, and no .evtx file"
    return "its format is not recognised; say it with --format"


def _is_document(sample: bytes) -> bool:
    """Whether the records do not stand one a line."""
    text = strip_bom(sample).lstrip()
    if text.startswith(b"["):
        return True
    line, newline, rest = text.partition(b"\n")
    record = json.read_record(line.strip())
    if isinstance(record, str):
        if not newline:
            return _OPENS_LIST.match(text) is not None
        return len(line) < _LONG_LINE_BYTES and not _has_record(rest)
    return any(isinstance(value, list) and len(record) == 1 for value in record.values()) and not rest.strip()


def _has_record(lines: bytes) -> bool:
    """Whether a line further down is a record: then the first is broken, and not the beginning of a document."""
    return any(not isinstance(json.read_record(line.strip()), str) for line in lines.split(b"\n")[:100] if line.strip())


def _whole(name: str, source: _Source, format: str) -> Chunk:
    data = source.read(MAX_BODY_BYTES + 1)
    if len(data) > MAX_BODY_BYTES:
        raise InputError(
            f"{name}: one JSON document of over {MAX_BODY_BYTES >> 20} MiB is not read; "
            "write a record a line, as `jq -c '.[]'` does"
        )
    return Chunk(name, format, data, 1, is_lines=False)


def _cut_lines(name: str, source: _Source, format: str) -> Iterator[Chunk]:
    line, rest = 1, b""
    while data := source.read(CHUNK_BYTES):
        # Fewer bytes are the last: half a line is not worth a piece of its own, nor the processes it would start.
        end = data.rfind(b"\n") + 1 if len(data) == CHUNK_BYTES else len(data)
        if not end:
            # Of a line that no record can be so long as, what shows that is enough.
            rest = (rest + data)[: MAX_RECORD_BYTES + CHUNK_BYTES]
            continue
        piece, rest = rest + data[:end], data[end:]
        yield Chunk(name, format, piece, line, is_lines=True)
        line += piece.count(b"\n")
    if rest:
        yield Chunk(name, format, rest, line, is_lines=True)


def _cut_evtx(name: str, source: _Source) -> Iterator[Chunk]:
    header = source.read(evtx.HEADER_BYTES)
    record, place = 1, 0
    while (data := source.read(_EVTX_CHUNKS * evtx.CHUNK_BYTES)) or not place:
        yield Chunk(name, "evtx", header + data, record, is_lines=False, place=place)
        starts = range(0, len(data), evtx.CHUNK_BYTES)
        record += sum(evtx.count_records(data[start : start + 64]) for start in starts)
        place += _EVTX_CHUNKS
