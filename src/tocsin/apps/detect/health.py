"""What is wrong with the tables themselves: one that another has replaced, one that cannot be read."""

import time
from collections.abc import Iterator, Mapping

from tocsin.apps.detect.alarms import REPLACED, UNREADABLE, Alarm
from tocsin.apps.detect.reading import Reader

UNREADABLE_AFTER_S = 60.0
"""A source that could not be read for this long rings, and is counted again after as long."""


class Health:
    """Looks after the tables that ``reader`` reads."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._unreadable_at: dict[str, float] = {}

    def alarms(self, versions: Mapping[str, int]) -> Iterator[Alarm]:
        """What must be told now; ``versions`` are the newest that were handled."""
        for source in self._reader.find_replaced(versions):
            yield Alarm(REPLACED, source, f"version {versions[source]} had been read and is not there")
        unreadable = self._reader.unreadable
        self._unreadable_at = {source: at for source, at in self._unreadable_at.items() if source in unreadable}
        for source, reason in unreadable.items():
            if time.monotonic() - self._unreadable_at.setdefault(source, time.monotonic()) >= UNREADABLE_AFTER_S:
                self._unreadable_at[source] = time.monotonic()
                yield Alarm(UNREADABLE, source, reason)
