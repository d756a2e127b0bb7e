"""How many bytes of requests may be held at once, over all senders."""

import threading
from types import TracebackType
from typing import Final, Self

from tocsin.sources.http.answers import Refusal

REQUEST_OVERHEAD_BYTES: Final = 16 * 1024
"""What a request costs beside its body: its table, its place in the commit."""


class Budget:
    """Counts the bytes held by requests that are not yet answered. Safe to use from several threads."""

    def __init__(self, size_bytes: int) -> None:
        self._size_bytes = size_bytes
        self._held_bytes = 0
        self._lock = threading.Lock()

    @property
    def held_bytes(self) -> int:
        """What is held now."""
        return self._held_bytes

    def take(self, size_bytes: int) -> None:
        """Hold ``size_bytes`` more.

        Raises: Refusal (503) if they are not free; nothing waits, so nothing can wait for ever.
        """
        with self._lock:
            if self._held_bytes + size_bytes > self._size_bytes:
                raise Refusal(
                    503,
                    f"busy: {self._held_bytes} of {self._size_bytes} bytes are waiting to be stored; "
                    "nothing of this body was taken, send it again",
                    retry_after="1",
                )
            self._held_bytes += size_bytes

    def give_back(self, size_bytes: int) -> None:
        """Hold ``size_bytes`` less."""
        with self._lock:
            self._held_bytes -= size_bytes


class Share:
    """What one request holds of a budget; given back at the end of its ``with`` block."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._held_bytes = 0

    def grow_to(self, size_bytes: int) -> None:
        """Hold at least ``size_bytes`` in all.

        Raises: Refusal (503) if they are not free.
        """
        more = size_bytes - self._held_bytes
        if more > 0:
            self._budget.take(more)
            self._held_bytes = size_bytes

    def __enter__(self) -> Self:
        self.grow_to(REQUEST_OVERHEAD_BYTES)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._budget.give_back(self._held_bytes)
        self._held_bytes = 0
