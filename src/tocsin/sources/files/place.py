"""Where a follower stands in a log file, and the proof that it is still the same file.

A name says nothing (rotation), an inode little (it is used again, and copytruncate keeps it), a
first line little (files may share it). What was read just before the offset says it: the bytes
before it are remembered as a hash, and a file holds the place if it has those bytes there.
"""

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from tocsin.store.table import Progress

WINDOW_BYTES: Final = 256
"""How much before the offset is compared."""

_INT64_MASK: Final = (1 << 63) - 1


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file.

    Attributes:
        offset: bytes read so far; the next line begins here.
        check: hash of the `WINDOW_BYTES` before the offset, or of all if there are fewer.
        inode: of the file; not its device, whose number changes when a machine starts anew.
    """

    offset: int
    check: int
    inode: int

    @property
    def is_telling(self) -> bool:
        """Whether the bytes before the offset are enough to know the file by, whatever its inode."""
        return self.offset >= WINDOW_BYTES

    def is_held_by(self, descriptor: int) -> bool:
        """Whether the open file has, before the offset, the bytes that were read there."""
        length = min(self.offset, WINDOW_BYTES)
        window = os.pread(descriptor, length, self.offset - length)
        return len(window) == length and check_of(window) == self.check

    def as_progress(self, reader: str) -> tuple[Progress, ...]:
        """What is committed with the records before this place; one commit carries all of it."""
        return tuple(
            Progress(name, value)
            for name, value in zip(_names(reader), (self.offset, self.check, self.inode), strict=True)
        )

    @classmethod
    def recall(cls, reader: str, progress: Callable[[str], int | None]) -> Self | None:
        """The place that was committed last; None for a reader that has committed nothing."""
        offset, check, inode = (progress(name) for name in _names(reader))
        if offset is None or check is None or inode is None:
            return None
        return cls(offset, check, inode)


def reader_of(path: Path) -> str:
    """The name under which the place in the log at ``path`` is committed."""
    return f"follow:{path.absolute()}"


def check_of(window: bytes) -> int:
    """The hash of some bytes, as a number that is not negative and fits 64 bits with a sign."""
    return int.from_bytes(hashlib.blake2b(window, digest_size=8).digest()) & _INT64_MASK


def inode_of(status: os.stat_result) -> int:
    """A file's inode, as a number that is not negative and fits 64 bits with a sign."""
    return status.st_ino & _INT64_MASK


def _names(reader: str) -> Sequence[str]:
    return (reader, f"{reader}#check", f"{reader}#inode")
