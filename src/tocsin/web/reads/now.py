"""Now: what needs somebody, the alerts that wait for them, and what kept them busy in the last 24 hours."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from itertools import accumulate
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from tocsin.apps.alerts.models import Alert, Mute, State
from tocsin.apps.notify.models import Delivery, DeliveryState
from tocsin.apps.notify.oncall import Duty, who_is_on_call
from tocsin.kernel.clock import now
from tocsin.rules.model import Level
from tocsin.web.plots import Plot, Series
from tocsin.web.reads.alerts import LIST_COLUMNS, read_rows
from tocsin.web.reads.mutes import active_mutes
from tocsin.web.reads.pulse import Pulse, read_pulse

MAX_OPEN: Final = 10
MAX_ROWS: Final = 5
HOURS: Final = 24
_HOUR: Final = timedelta(hours=1)
_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour, how many alerts rang in it, and the list of these."""

    at: datetime
    count: int
    address: str


@dataclass(frozen=True, slots=True)
class NowPage:
    """What the first page shows.

    Attributes:
        open: the most urgent open alerts.
        plot: alerts that rang in each of the last 24 hours, by level; None where there were none.
        hours: the same as a list, without the hours in which none rang.
        failed: the newest notifications that were given up.
        duties: who is on call.
        mutes: those that end first, as `reads.mutes.active_mutes` has them.
        muted: how many mutes hold.
        version: changes when, and only when, something on the page does.
    """

    pulse: Pulse
    open: tuple[Alert, ...]
    plot: Plot | None
    hours: tuple[Hour, ...]
    failed: tuple[Delivery, ...]
    duties: tuple[Duty, ...]
    mutes: tuple[Mute, ...]
    muted: int
    version: str


def read_now() -> NowPage:
    """Read the page. Cost: eleven queries, and one a rotation."""
    at = now()
    pulse = read_pulse()
    waiting = Alert.objects.filter(state=State.OPEN).order_by("-level_rank", "-last_at", "-pk")
    rows = tuple(read_rows(list(waiting.values_list("pk", flat=True)[:MAX_OPEN]), LIST_COLUMNS))
    start = at.replace(minute=0, second=0, microsecond=0) - (HOURS - 1) * _HOUR
    counts, alerts = _ringing(start)
    hours = tuple(_hours(start, counts))
    dead = Delivery.objects.filter(state=DeliveryState.DEAD).select_related("channel").defer("body")
    failed = tuple(dead.order_by("-pk")[:MAX_ROWS]) if pulse.failed else ()
    duties = tuple(who_is_on_call(at))
    mutes = tuple(active_mutes(at)[:MAX_ROWS])
    return NowPage(
        pulse=pulse,
        open=rows,
        plot=_plot(start, counts, alerts) if hours else None,
        hours=hours,
        failed=failed,
        duties=duties,
        mutes=mutes,
        muted=Mute.objects.active(at).count(),
        version=_version(pulse, rows, counts, failed, duties, mutes),
    )


def _ringing(start: datetime) -> tuple[dict[Level, list[int]], dict[Level, int]]:
    """Level → alerts that were ringing in each hour from ``start`` on; level → alerts in all.

    Cost: one query over the index of `last_at`, and two additions an alert.
    """
    steps = {level: [0] * (HOURS + 1) for level in Level}
    alerts = dict.fromkeys(Level, 0)
    levels = {level.rank: level for level in Level}
    lately = Alert.objects.exclude(state=State.MERGED).filter(last_at__gte=start)
    for rank, first_at, last_at in lately.values_list("level_rank", "first_at", "last_at"):
        begins, ends = max((first_at - start) // _HOUR, 0), (last_at - start) // _HOUR
        if begins >= HOURS:
            continue  # its events say that they are of the future
        level = levels[rank]
        alerts[level] += 1
        steps[level][begins] += 1
        steps[level][min(ends, HOURS - 1) + 1] -= 1
    return {level: list(accumulate(row))[:HOURS] for level, row in steps.items()}, alerts


def _plot(start: datetime, counts: dict[Level, list[int]], alerts: dict[Level, int]) -> Plot:
    """The chart, the most urgent level at its foot."""
    end = start + HOURS * _HOUR - _TICK
    series = tuple(
        Series(level, level, counts[level], alerts[level], _address(start, end, level=level))
        for level in reversed(Level)
        if alerts[level]
    )
    moments = [start + place * _HOUR for place in range(HOURS)]
    return Plot(f"{sum(alerts.values()):,} alerts rang in the last 24 hours", moments, series)


def _hours(start: datetime, counts: dict[Level, list[int]]) -> Iterable[Hour]:
    for place, column in enumerate(zip(*counts.values(), strict=True)):
        at = start + place * _HOUR
        if sum(column):
            yield Hour(at, sum(column), _address(at, at + _HOUR - _TICK))


def _address(since: datetime, until: datetime, **more: str) -> str:
    """The list of alerts that rang between two moments, both included."""
    query = {"since": f"{since:%Y-%m-%dT%H:%M:%SZ}", "until": f"{until:%Y-%m-%dT%H:%M:%S.%fZ}", **more}
    return f"{reverse('alerts')}?{urlencode(query)}"


def _version(pulse: Pulse, rows: tuple[Alert, ...], *others: object) -> str:
    shown = [(each.pk, each.count, each.last_at, each.assignee_id, each.is_muted) for each in rows]
    return blake2b(repr((pulse, shown, others)).encode(), digest_size=8).hexdigest()
