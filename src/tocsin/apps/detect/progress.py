"""How far each source has been read, and how far event time has come."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import F

from tocsin.apps.detect.models import Checkpoint
from tocsin.apps.detect.reading import Reading
from tocsin.apps.intake.sources import RESERVED
from tocsin.kernel.clock import from_us, to_us

IDLE_AFTER_US = 600 * 1_000_000
"""A source that sent nothing for this long, while others did, no longer holds the watermark back. When none sent
anything for this long, event time goes on as the clock does; not sooner, so that a collector may be down a while."""


@dataclass(slots=True)
class Progress:
    """The checkpoints of all sources, as committed."""

    versions: dict[str, int] = field(default_factory=dict)
    newest_us: dict[str, int] = field(default_factory=dict)
    received_us: dict[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls) -> "Progress":
        """What the database holds."""
        progress = cls()
        for row in Checkpoint.objects.all():
            progress.versions[row.source] = row.version
            progress.newest_us[row.source] = row.newest_us
            progress.received_us[row.source] = to_us(row.advanced_at) if row.advanced_at else 0
        return progress

    def watermark_us(self, lateness_us: dict[str, int], default_lateness_us: int, behind: Collection[str] = ()) -> int:
        """No event of a living source is expected before this; 0 where nothing is known.

        Of several sources the lowest counts: what is on time for the slowest is on time. A source in
        ``behind``, of which not everything has been read, lives however long ago its newest receipt was.
        """
        received_us = self._heard_us
        latest = max(received_us.values(), default=0)
        alive = {source for source, at in received_us.items() if at >= latest - IDLE_AFTER_US}
        alive |= {source for source in behind if not source.startswith(RESERVED)}
        if not alive <= received_us.keys():
            return 0
        marks = [self.newest_us[source] - lateness_us.get(source, default_lateness_us) for source in alive]
        return min(marks, default=0)

    def quiet_us(self, at_us: int) -> int:
        """How far event time has gone on by itself at ``at_us``, until which nothing has come from anywhere."""
        latest = max(self._heard_us.values(), default=at_us)
        return max(0, at_us - latest - IDLE_AFTER_US)

    @property
    def _heard_us(self) -> dict[str, int]:
        """The newest receipt of each source but Tocsin's own.

        What people do here happens now, also while logs of last year are read: it says nothing about how far those
        have come.
        """
        return {source: at for source, at in self.received_us.items() if not source.startswith(RESERVED)}

    def after(self, readings: Iterable[Reading]) -> "Progress":
        """What this will be once ``readings`` are read."""
        later = Progress(dict(self.versions), dict(self.newest_us), dict(self.received_us))
        later.advance(readings)
        return later

    def begin_again(self, source: str) -> None:
        """Read ``source`` from its beginning: another table stands where its table was."""
        self.versions[source] = -1

    def save(self, readings: Iterable[Reading]) -> None:
        """Write the checkpoints after ``readings``. Inside the transaction of their alerts."""
        for reading in readings:
            Checkpoint.objects.get_or_create(source=reading.source)
            Checkpoint.objects.filter(source=reading.source).update(
                version=reading.version,
                newest_us=max(self.newest_us.get(reading.source, 0), reading.newest_us),
                events=F("events") + reading.table.num_rows,
                advanced_at=from_us(max(self.received_us.get(reading.source, 0), reading.received_us)),
            )

    def advance(self, readings: Iterable[Reading]) -> None:
        """Remember ``readings`` as read. After their transaction."""
        for reading in readings:
            self.versions[reading.source] = reading.version
            for known, seen in ((self.newest_us, reading.newest_us), (self.received_us, reading.received_us)):
                known[reading.source] = max(known.get(reading.source, 0), seen)
