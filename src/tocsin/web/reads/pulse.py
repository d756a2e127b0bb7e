"""The console's pulse: is anything wrong now? Shown on every page."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count

from tocsin.apps.alerts.models import Alert, State
from tocsin.apps.detect.models import Checkpoint
from tocsin.apps.notify.models import Delivery, DeliveryState
from tocsin.kernel.clock import now
from tocsin.rules.model import Level

SILENT_AFTER = timedelta(hours=1)
REMEMBERED = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Pulse:
    """What needs somebody.

    Attributes:
        levels: how many open alerts each level has, most urgent first.
        silent: sources that sent within a day, but nothing in the last hour.
        failed: notifications that were given up.
    """

    levels: tuple[tuple[Level, int], ...]
    silent: tuple[str, ...]
    failed: int

    @property
    def open(self) -> int:
        """How many alerts are open."""
        return sum(count for _, count in self.levels)


def read_pulse() -> Pulse:
    """Read the pulse. Cost: three queries, each answered from an index or a small table."""
    return Pulse(_open_by_level(), _silent_sources(now()), Delivery.objects.filter(state=DeliveryState.DEAD).count())


def _open_by_level() -> tuple[tuple[Level, int], ...]:
    counted = Alert.objects.filter(state=State.OPEN).values_list("level_rank").annotate(Count("pk")).order_by()
    counts = {int(rank): int(count) for rank, count in counted}
    return tuple((level, counts.get(level.rank, 0)) for level in reversed(Level))


def _silent_sources(at: datetime) -> tuple[str, ...]:
    """Sources whose newest record came within the last day, but more than an hour ago, by name."""
    silent = Checkpoint.objects.filter(advanced_at__gt=at - REMEMBERED, advanced_at__lt=at - SILENT_AFTER)
    return tuple(silent.order_by("source").values_list("source", flat=True))
