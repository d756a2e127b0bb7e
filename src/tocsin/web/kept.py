"""What is dear to read and may be a minute old, kept in this process."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Kept(Generic[T]):
    """The last value that ``read`` gave, for ``seconds`` and for one key."""

    def __init__(self, read: Callable[[], T], seconds: float) -> None:
        self._read, self._seconds = read, seconds
        self._lock = threading.Lock()
        self._value: tuple[Hashable, float, T] | None = None

    def get(self, key: Hashable = None) -> T:
        """The value; read again where it is too old, or is kept for another ``key``."""
        with self._lock:
            found = self._value
            if found and found[0] == key and time.monotonic() < found[1] + self._seconds:
                return found[2]
            value = self._read()
            self._value = (key, time.monotonic(), value)
            return value

    def forget(self) -> None:
        """Read again next time."""
        self._value = None
