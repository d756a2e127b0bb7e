"""Files to scan: plain, gzip or zstd by their first bytes, or the standard input."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import pyarrow as pa

STDIN: Final = "-"
_PACKED: Final = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
_MAGIC_BYTES: Final = 4
_BUFFER_BYTES: Final = 1024 * 1024

Tick = Callable[[int], None]
"""Told how many more bytes were read, as they lie on the disk."""


class _Counted:
    """A file that tells of what is read from it; its first bytes are known ahead."""

    closed = False

    def __init__(self, file: IO[bytes], tick: Tick) -> None:
        self._file = file
        self._tick = tick
        self.start = file.read(_MAGIC_BYTES)
        self._ahead = self.start

    def read(self, size: int = -1) -> bytes:
        data, self._ahead = self._ahead or self._file.read(size), b""
        self._tick(len(data))
        return data

    def close(self) -> None:
        """The file below is closed by who opened it."""

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False


def find_inputs(paths: Sequence[str]) -> list[str]:
    """The files that are meant: a folder stands for those in it at any depth, by name; hidden ones are left out."""
    found: list[str] = []
    for path in paths:
        found += list(_walk(path)) if path != STDIN and Path(path).is_dir() else [path]
    return found


def total_bytes(names: Sequence[str]) -> int | None:
    """What all files measure together; None if that cannot be known."""
    try:
        return sum(Path(name).stat().st_size for name in names) if STDIN not in names else None
    except OSError:
        return None


@contextmanager
def open_input(name: str, tick: Tick) -> Iterator[pa.NativeFile]:
    """What the file called ``name`` holds, unpacked, as it is read.

    Raises: OSError where it cannot be opened.
    """
    if name == STDIN:
        yield _unpack(sys.stdin.buffer, tick)
        return
    with Path(name).open("rb", buffering=_BUFFER_BYTES) as file:
        yield _unpack(file, tick)


def _unpack(file: IO[bytes], tick: Tick) -> pa.NativeFile:
    counted = _Counted(file, tick)
    plain = pa.PythonFile(counted, mode="r")
    packing = next((packing for magic, packing in _PACKED if counted.start.startswith(magic)), None)
    return plain if packing is None else pa.CompressedInputStream(plain, packing)


def _walk(folder: str) -> Iterator[str]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (str(Path(parent, name)) for name in sorted(names) if not name.startswith("."))
