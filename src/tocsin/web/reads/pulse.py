"""The console's pulse: is anything wrong now? Shown on every page."""

from dataclasses import dataclass

from django.db.models import Count

from tocsin.apps.alerts.models import Alert, State
from tocsin.apps.detect.alarms import SILENT
from tocsin.apps.notify.models import Delivery, DeliveryState
from tocsin.rules.model import Level


@dataclass(frozen=True, slots=True)
class Pulse:
    """What needs somebody.

    Attributes:
        levels: how many open alerts each level has, most urgent first.
        silent: sources that fell silent against their own rhythm.
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
    return Pulse(_open_by_level(), silent_sources(), Delivery.objects.filter(state=DeliveryState.DEAD).count())


def _open_by_level() -> tuple[tuple[Level, int], ...]:
    counted = Alert.objects.filter(state=State.OPEN).values_list("level_rank").annotate(Count("pk")).order_by()
    counts = {int(rank): int(count) for rank, count in counted}
    return tuple((level, counts.get(level.rank, 0)) for level in reversed(Level))


def silent_sources() -> tuple[str, ...]:
    """Sources that fell silent against their rhythm, as the detector found (`apps.detect.silence`), by name.

    One whose alert somebody has resolved is not among them: that it is silent is known and well.
    """
    silent = Alert.objects.filter(rule_id=SILENT, state__in=(State.OPEN, State.ACKNOWLEDGED))
    return tuple(silent.order_by("source").values_list("source", flat=True))
