"""Peaks: the most that a window of each group and hour counted. What a history is made of."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tocsin.engine.windows import Hashes, Ints

HOUR_BITS: Final = 32
MIDDLE: Final = 2**31
_SCHEMA: Final = pa.schema([("group", pa.uint64()), ("hour", pa.int32()), ("peak", pa.int64())])


@dataclass(frozen=True, slots=True)
class Peaks:
    """The largest count of a window, a group and hour: ``place`` sorted, no place twice.

    Attributes:
        groups: hashes of the groups' texts, sorted.
        place: the group's place in ``groups`` and the hour that the window ended in, as one integer.
    """

    groups: Hashes = field(default_factory=lambda: np.empty(0, np.uint64))
    place: Ints = field(default_factory=lambda: np.empty(0, np.int64))
    peak: Ints = field(default_factory=lambda: np.empty(0, np.int64))

    def __len__(self) -> int:
        return len(self.place)

    @property
    def group(self) -> Hashes:
        """Of each entry its group."""
        group: Hashes = self.groups[self.place >> HOUR_BITS]
        return group

    @property
    def hour(self) -> Ints:
        """Of each entry its hour since 1970."""
        hour: Ints = (self.place & (2**HOUR_BITS - 1)) - MIDDLE
        return hour

    def take(self, is_kept: npt.NDArray[np.bool_]) -> "Peaks":
        """The entries where ``is_kept``."""
        return make_peaks(self.group[is_kept], self.hour[is_kept], self.peak[is_kept])


def make_peaks(group: Hashes, hour: Ints, peak: Ints) -> Peaks:
    """Peaks out of parallel arrays in any order; of several for one group and hour the largest counts."""
    if not len(group):
        return Peaks()
    groups, codes = np.unique(group, return_inverse=True)
    place = (codes.reshape(-1).astype(np.int64) << HOUR_BITS) + (hour.astype(np.int64) + MIDDLE)
    order = np.argsort(place, kind="stable")
    place, peak = place[order], peak[order]
    firsts = np.flatnonzero(np.insert(place[1:] != place[:-1], 0, True))
    return Peaks(groups, place[firsts], np.maximum.reduceat(peak, firsts))


def join_peaks(parts: Sequence[Peaks]) -> Peaks:
    """All of ``parts`` in one."""
    columns = zip(*((part.group, part.hour, part.peak) for part in parts), strict=True)
    return make_peaks(*(np.concatenate(column) for column in columns)) if parts else Peaks()


def newest_peaks(peaks: Peaks, limit: int) -> Peaks:
    """The newest whole hours that are at most ``limit`` numbers."""
    if len(peaks) <= limit:
        return peaks
    hours, counts = np.unique(peaks.hour, return_counts=True)
    total = np.cumsum(counts[::-1])[::-1]
    return peaks.take(peaks.hour >= hours[min(int((total > limit).sum()), len(hours) - 1)])


def encode_peaks(peaks: Peaks) -> bytes:
    """``peaks`` as a compressed Arrow stream."""
    batch = pa.record_batch([peaks.group, peaks.hour.astype(np.int32), peaks.peak], schema=_SCHEMA)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, _SCHEMA, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def decode_peaks(segments: Iterable[bytes]) -> Peaks:
    """What `encode_peaks` made of several."""
    parts = []
    for segment in segments:
        with pa.ipc.open_stream(segment) as reader:
            table = reader.read_all()
        parts.append(make_peaks(*(table[name].to_numpy() for name in ("group", "hour", "peak"))))
    return join_peaks(parts)
