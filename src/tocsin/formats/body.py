"""A body of bytes → where its records lie, and their text as it came.

A record is a span of bytes, so nothing is copied until its text becomes a column.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tocsin.kernel.limits import MAX_RECORD_BYTES

Offsets = npt.NDArray[np.int64]

_BOM = b"\xef\xbb\xbf"
_NEWLINE = 10
_SPACES = np.zeros(256, dtype=bool)
_SPACES[list(b" \t\r\n")] = True
_TRIM_ROUNDS = 8


@dataclass(frozen=True, slots=True)
class Body:
    """The records of ``data``: record i is ``data[starts[i]:ends[i]]``, in order and apart from each other."""

    data: bytes
    starts: Offsets
    ends: Offsets

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, row: int) -> bytes:
        return self.data[self.starts[row] : self.ends[row]]

    def part(self, first: int, last: int) -> "Body":
        """Records ``first`` to ``last`` (exclusive), on the same bytes."""
        return Body(self.data, self.starts[first:last], self.ends[first:last])

    @property
    def is_too_long(self) -> npt.NDArray[np.bool_]:
        """Which records are longer than a record may be."""
        return self.ends - self.starts > MAX_RECORD_BYTES


@dataclass(frozen=True, slots=True)
class Texts:
    """The text of every record, valid UTF-8.

    Attributes:
        raw: one string a record; what is too long is cut.
        rejected: row → why, for the records that are too long.
        notes: row → what was mended.
    """

    raw: pa.Array
    rejected: dict[int, str]
    notes: dict[int, str]


def strip_bom(data: bytes) -> bytes:
    """``data`` without the byte order mark that some editors and Windows tools put first."""
    return data[len(_BOM) :] if data.startswith(_BOM) else data


def split_lines(data: bytes) -> Body:
    """The lines of ``data``, trimmed of spaces at both ends; blank lines are no records."""
    data = strip_bom(data)
    breaks = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == _NEWLINE)
    starts = np.concatenate(([0], breaks + 1)).astype(np.int64)
    ends = np.concatenate((breaks, [len(data)])).astype(np.int64)
    return trim(data, starts, ends)


def trim(data: bytes, starts: Offsets, ends: Offsets) -> Body:
    """The spans without the spaces around them and without those that hold nothing else.

    Whole columns at a time for the first few spaces; a span with more of them is trimmed by itself.
    """
    view = np.frombuffer(data, dtype=np.uint8)
    for _ in range(_TRIM_ROUNDS):
        is_kept = starts < ends
        starts, ends = starts[is_kept], ends[is_kept]
        before, after = _SPACES[view[starts]], _SPACES[view[ends - 1]]
        if not before.any() and not after.any():
            return Body(data, starts, ends)
        starts, ends = starts + before, ends - after
    for row in np.flatnonzero(starts < ends):
        text = data[starts[row] : ends[row]]
        ends[row] = starts[row] + len(text.rstrip(b" \t\r\n"))
        starts[row] = max(starts[row], ends[row] - len(text.strip(b" \t\r\n")))
    is_kept = starts < ends
    return Body(data, starts[is_kept], ends[is_kept])


def join_lines(body: Body) -> Body:
    """The same records with nothing but spaces between them: ``body`` itself, unless it is an array's elements."""
    view = np.frombuffer(body.data, dtype=np.uint8)
    if not len(body) or _SPACES[view[body.ends[:-1]]].all():
        return body
    ends = np.cumsum(body.ends - body.starts + 1) - 1
    return Body(b"\n".join([body[row] for row in range(len(body))]), ends - (body.ends - body.starts), ends)


def read_texts(body: Body) -> Texts:
    """The records' text; invalid UTF-8 becomes U+FFFD and is noted, what is too long is cut and rejected.

    Cost: one check and one copy of the body where all is well.
    """
    is_long = body.is_too_long
    if is_long.any() or not is_utf8(body.data):
        return _mend(body, is_long)
    return Texts(slice_texts(body), {}, {})


def is_utf8(data: bytes) -> bool:
    """Whether ``data`` is valid UTF-8."""
    if data.isascii():
        return True
    try:
        pa.array([data], type=pa.large_binary()).cast(pa.large_string())
    except pa.ArrowInvalid:
        return False
    return True


def slice_texts(body: Body) -> pa.Array:
    """Every record of a body that is valid UTF-8, as a string column.

    Records and the gaps between them are one column without a copy; every other value of it is taken.
    """
    count = len(body)
    if not count:
        return pa.array([], type=pa.string())
    offsets = np.empty(2 * count, dtype=np.int32)
    offsets[0::2], offsets[1::2] = body.starts, body.ends
    buffers = [None, pa.py_buffer(offsets), pa.py_buffer(body.data)]
    both: Any = pa.Array.from_buffers(pa.string(), 2 * count - 1, buffers)
    return both.take(pa.array(np.arange(0, 2 * count - 1, 2, dtype=np.int32)))


def _mend(body: Body, is_long: npt.NDArray[np.bool_]) -> Texts:
    rejected: dict[int, str] = {}
    notes: dict[int, str] = {}
    texts: list[str] = []
    for row, line in enumerate(_cut(body)):
        if is_long[row]:
            rejected[row] = f"the record is longer than {MAX_RECORD_BYTES:,} bytes"
            texts.append(line.decode(errors="replace"))
            continue
        try:
            texts.append(line.decode())
        except UnicodeDecodeError as error:
            notes[row] = f"not UTF-8: byte 0x{line[error.start]:02x} at {error.start}; replaced by U+FFFD"
            texts.append(line.decode(errors="replace"))
    return Texts(pa.array(texts, type=pa.string()), rejected, notes)


def _cut(body: Body) -> Iterator[bytes]:
    for start, end in zip(body.starts.tolist(), body.ends.tolist(), strict=True):
        yield body.data[start : min(end, start + MAX_RECORD_BYTES)]
