"""Group commit: requests that arrive together share one version, and each hears when it is durable.

One background thread a source, there while there is work:
1. wait until something is submitted;
2. if the last commit began more than `interval_s` ago, take it at once; else wait until then, or until
   `size_bytes` have come, whichever is first;
3. commit all that waits as one version, and answer every request in it;
4. go on with what arrived meanwhile; end after a while without work.
"""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Final

import pyarrow as pa

from tocsin.kernel.errors import StoreError
from tocsin.store.parquet import concat
from tocsin.store.table import EventTable, Progress

MAX_WAITING_BYTES: Final = 128 * 1024 * 1024
IDLE_S: Final = 10.0


class StoreBusyError(StoreError):
    """More waits to be committed than may: the sender should come again.

    Attributes:
        retry_after_s: when, in seconds.
    """

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class _Request:
    table: pa.Table
    size_bytes: int
    progress: tuple[Progress, ...]
    answer: "Future[int]"


class GroupCommit:
    """Commits what many threads submit to one table.

    Args:
        interval_s: a request waits at most this long for company.
        size_bytes: requests of this size together wait no longer.
        max_waiting_bytes: what may wait, or be in a commit, at once; one request may always.
    """

    def __init__(
        self,
        table: EventTable,
        interval_s: float = 1.0,
        size_bytes: int = 8 * 1024 * 1024,
        *,
        max_waiting_bytes: int = MAX_WAITING_BYTES,
        idle_s: float = IDLE_S,
    ) -> None:
        self._table = table
        self._interval_s = interval_s
        self._size_bytes = size_bytes
        self._max_waiting_bytes = max_waiting_bytes
        self._idle_s = idle_s
        self._changed = threading.Condition()
        self._waiting: list[_Request] = []
        self._waiting_bytes = 0
        self._committing_bytes = 0
        self._began_at = float("-inf")
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def submit(self, table: pa.Table, size_bytes: int, progress: Sequence[Progress] = ()) -> "Future[int]":
        """Have ``table`` and ``progress`` committed soon, in the order of submission.

        Returns: gives the version when it is durable, or raises what `EventTable.append` raised.
        Raises: StoreBusyError; StoreError after `close`.
        """
        with self._changed:
            held = self._waiting_bytes + self._committing_bytes
            if self._is_closed:
                raise StoreError("the store is closing and takes no more records; send them again")
            if held and held + size_bytes > self._max_waiting_bytes:
                raise StoreBusyError(
                    f"{held + size_bytes} bytes would wait to be stored, and {self._max_waiting_bytes} may; "
                    "send these records again a little later",
                    retry_after_s=max(1.0, self._interval_s),
                )
            request = _Request(table, size_bytes, tuple(progress), Future())
            self._waiting.append(request)
            self._waiting_bytes += size_bytes
            self._ensure_thread()
            self._changed.notify_all()
            return request.answer

    def close(self) -> None:
        """Commit what waits, then end. Every request has its answer when this returns."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()

    def _ensure_thread(self) -> None:
        if self._thread is None:
            # A daemon: an exit without close() leaves unanswered requests, which nobody may take for stored.
            self._thread = threading.Thread(target=self._run, name=f"commit {self._table.place.uri}", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while group := self._next_group():
            self._commit(group)
            with self._changed:
                self._committing_bytes = 0

    def _next_group(self) -> list[_Request]:
        """Wait for the next group, and take it; empty: there was no work for a while, or there will be none."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._is_closed, self._idle_s)
            if self._waiting:
                self._changed.wait_for(self._is_ripe, max(0.0, self._began_at + self._interval_s - time.monotonic()))
            else:
                self._thread = None
            group, self._waiting = self._waiting, []
            self._committing_bytes, self._waiting_bytes = self._waiting_bytes, 0
            self._began_at = time.monotonic()
            return group

    def _is_ripe(self) -> bool:
        return self._is_closed or self._waiting_bytes >= self._size_bytes

    def _commit(self, group: list[_Request]) -> None:
        """Commit ``group`` and answer its requests; an error is theirs, and no one else's."""
        running = [request for request in group if request.answer.set_running_or_notify_cancel()]
        if not running:
            return
        try:
            table = concat([request.table for request in running])
            version = self._table.append(table, progress=[each for request in running for each in request.progress])
        except Exception as error:  # noqa: BLE001 - the thread's outer edge: whatever it is, the senders must hear it
            for request in running:
                request.answer.set_exception(error)
        else:
            for request in running:
                request.answer.set_result(version)
