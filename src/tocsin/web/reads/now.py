"""Now: what needs somebody, and the alerts that wait for them."""

from dataclasses import dataclass
from typing import Final

from tocsin.apps.alerts.models import Alert, State
from tocsin.web.reads.alerts import LIST_COLUMNS
from tocsin.web.reads.pulse import Pulse, read_pulse

MAX_OPEN: Final = 10


@dataclass(frozen=True, slots=True)
class NowPage:
    """What the first page shows: the pulse, and the most urgent open alerts."""

    pulse: Pulse
    open: tuple[Alert, ...]


def read_now() -> NowPage:
    """Read the page. Cost: five queries."""
    waiting = Alert.objects.filter(state=State.OPEN).order_by("-level_rank", "-last_at", "-pk")
    ids = list(waiting.values_list("pk", flat=True)[:MAX_OPEN])
    rows = Alert.objects.only(*LIST_COLUMNS).in_bulk(ids)
    return NowPage(read_pulse(), tuple(rows[each] for each in ids if each in rows))
