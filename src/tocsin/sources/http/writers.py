"""One group commit a source, opened when the source first sends and closed with the server."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol

import pyarrow as pa

from tocsin.kernel.errors import StoreError

_log = logging.getLogger(__name__)


class Writer(Protocol):
    """Where a source's records go; `store.GroupCommit` is one."""

    def submit(self, table: pa.Table, size_bytes: int) -> Future[int]:
        """Queue ``table``, made from ``size_bytes`` bytes; the future is done when it is durable."""
        ...

    def close(self) -> None:
        """Commit what is queued, and take no more."""
        ...


class Writers:
    """Source name → its writer. Safe to use from several threads."""

    def __init__(self, open_writer: Callable[[str], Writer]) -> None:
        self._open_writer = open_writer
        self._writers: dict[str, Writer] = {}
        self._is_closed = False
        self._lock = threading.Lock()

    def submit(self, source: str, table: pa.Table, size_bytes: int) -> Future[int]:
        """Queue ``table`` for ``source``.

        Raises: StoreError if the source's table cannot be opened, or the server is stopping.
        """
        with self._lock:
            if self._is_closed:
                raise StoreError("the server is stopping; send it again")
            if source not in self._writers:
                self._writers[source] = self._open_writer(source)
            writer = self._writers[source]
        return writer.submit(table, size_bytes)

    def close(self) -> None:
        """Commit what is queued in every writer, and take no more. Fit to be called twice."""
        with self._lock:
            self._is_closed = True
            writers, self._writers = self._writers, {}
        for source, writer in writers.items():
            try:
                writer.close()
            except StoreError as error:
                # Whoever waits for these records has been refused; the other sources are still to be closed.
                _log.error("source %s: not everything could be stored while stopping: %s", source, error)
