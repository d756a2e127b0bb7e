"""An open log, read by whole lines from a place onward."""

import os
from typing import Final, Self

from tocsin.kernel.limits import MAX_RECORD_BYTES
from tocsin.sources.files.place import WINDOW_BYTES, Place, check_of, inode_of

_BLOCK_BYTES: Final = 1024 * 1024


class TruncatedError(Exception):
    """The file no longer has the bytes that were read from it: it was truncated or written anew."""


class OpenLog:
    """A log that is open for reading; owns its descriptor, so a rename or removal does not take it away."""

    def __init__(self, descriptor: int, offset: int = 0) -> None:
        self._descriptor = descriptor
        self._searched = 0
        self._move_to(offset)

    @classmethod
    def at_last_line(cls, descriptor: int) -> Self:
        """A log of which only what follows its last whole line is read."""
        end = os.fstat(descriptor).st_size
        while end > 0:
            start = max(0, end - _BLOCK_BYTES)
            newline_at = os.pread(descriptor, end - start, start).rfind(b"\n")
            if newline_at >= 0:
                return cls(descriptor, start + newline_at + 1)
            end = start
        return cls(descriptor)

    @property
    def place(self) -> Place:
        """Where the next line begins."""
        return Place(self._offset, check_of(self._window), inode_of(self.status()))

    def status(self) -> os.stat_result:
        """The file's inode, size and times as they are now."""
        return os.fstat(self._descriptor)

    def read(self, limit_bytes: int) -> bytes:
        """The whole lines that follow, at most ``limit_bytes`` of them; empty if there are none yet.

        A line longer than ``limit_bytes`` comes as its first `MAX_RECORD_BYTES` and one more byte, so
        that the format rejects it as too long. It comes when its end is there: a place within a line
        would make its rest a record of its own after a restart.
        Raises: TruncatedError.
        """
        data = self._following(limit_bytes)
        end = data.rfind(b"\n") + 1
        if end:
            self._move_to(self._offset + end)
            return data[:end]
        if len(data) < limit_bytes:
            return b""
        newline_at = self._find_newline(self._offset + limit_bytes)
        if newline_at is None:
            return b""
        self._move_to(newline_at + 1)
        return data[: MAX_RECORD_BYTES + 1] + b"\n"

    def rest(self) -> bytes:
        """The last line, which has no newline and will get none; empty if there is none.

        Lines that were completed in this moment come instead, as from `read`.
        Raises: TruncatedError.
        """
        data = self._following(MAX_RECORD_BYTES + 1)
        end = data.rfind(b"\n") + 1 or len(data)
        if end <= MAX_RECORD_BYTES:
            self._move_to(self._offset + end)
            return data[:end]
        newline_at = self._find_newline(self._offset + end)
        self._move_to(self._searched if newline_at is None else newline_at + 1)
        return data

    def rewind(self) -> None:
        """Begin again at the file's beginning."""
        self._move_to(0)

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._descriptor)

    def _following(self, length: int) -> bytes:
        # The bytes before the offset come in the same read: a truncation cannot hide between two.
        data = os.pread(self._descriptor, len(self._window) + length, self._offset - len(self._window))
        if not data.startswith(self._window):
            raise TruncatedError
        return data[len(self._window) :]

    def _find_newline(self, after: int) -> int | None:
        if self._searched > self.status().st_size:
            self._searched = 0
        self._searched = max(self._searched, after)
        while block := os.pread(self._descriptor, _BLOCK_BYTES, self._searched):
            newline_at = block.find(b"\n")
            if newline_at >= 0:
                return self._searched + newline_at
            self._searched += len(block)
        return None

    def _move_to(self, offset: int) -> None:
        length = min(offset, WINDOW_BYTES)
        self._offset = offset
        self._window = os.pread(self._descriptor, length, offset - length)
        self._searched = 0
