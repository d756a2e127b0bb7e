"""Sources: what comes in, how much, when last, and what could not be read."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, F, Sum

from tocsin.apps.detect.models import Checkpoint
from tocsin.apps.intake.models import IngestToken, RejectedRecord, Source, SourceMinute
from tocsin.kernel.clock import now
from tocsin.web.asked_search import Asked
from tocsin.web.plots import Plot, Series
from tocsin.web.reads.pulse import silent_sources

MINUTES: Final = 60
MAX_REJECTED: Final = 50
HOURS: Final = 24
MAX_REASONS: Final = 20
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(hours=24)
_MINUTE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One source.

    Attributes:
        settings: the source as it was added; None where events came without.
        total: events that the detector has handled since the source began.
        accepted, rejected, late: records of the last 24 hours.
        last_at: when its newest record came; None where none ever did.
        minutes: accepted records in each of the last 60 minutes, oldest first.
        is_silent: whether it fell silent against its own rhythm.
    """

    name: str
    settings: Source | None
    is_silent: bool
    total: int
    accepted: int
    rejected: int
    late: int
    last_at: datetime | None
    minutes: tuple[int, ...]

    @property
    def per_minute(self) -> int:
        """Accepted records in the last whole minute."""
        return self.minutes[-2]

    @property
    def peak(self) -> int:
        """Accepted records in the busiest of the minutes."""
        return max(self.minutes)


@dataclass(frozen=True, slots=True)
class SourcePage:
    """What the page of one source shows: its counts, its newest rejected records, its tokens.

    Attributes:
        plot: what came in each of the last 24 hours; None where nothing did.
        reasons: why the kept rejected records were, and how many each, the most frequent first.
        reason: the one reason that is looked at; empty: all.
    """

    row: SourceRow
    plot: Plot | None
    reasons: tuple[tuple[str, int], ...]
    reason: str
    rejected: tuple[RejectedRecord, ...]
    tokens: tuple[IngestToken, ...]


def read_sources() -> tuple[SourceRow, ...]:
    """Every source that was added or has sent, by name. Cost: five queries."""
    return _read(None)


def read_source(name: str, reason: str = "") -> SourcePage | None:
    """Read one source; None where it was neither added nor ever sent. Cost: nine queries.

    Args:
        reason: show the records that were rejected for it alone; empty: all.
    """
    rows = _read(name)
    if not rows:
        return None
    kept = RejectedRecord.objects.filter(source=name)
    counted = kept.values_list("reason").annotate(count=Count("pk")).order_by("-count", "reason")[:MAX_REASONS]
    rejected = (kept.filter(reason=reason) if reason else kept).order_by("-received_at", "-pk")
    tokens = IngestToken.objects.filter(source__name=name).order_by(
        F("revoked_at").asc(nulls_first=True), "-created_at"
    )
    return SourcePage(rows[0], _plot(name), tuple(counted), reason, tuple(rejected[:MAX_REJECTED]), tuple(tokens))


def _plot(name: str) -> Plot | None:
    first = now().replace(minute=0, second=0, microsecond=0) - (HOURS - 1) * _HOUR
    accepted, rejected = [0] * HOURS, [0] * HOURS
    counts = SourceMinute.objects.filter(source=name, minute__gte=first)
    for minute, taken, refused in counts.values_list("minute", "accepted", "rejected"):
        place = (minute - first) // _HOUR
        if place < HOURS:  # as in `_hour`
            accepted[place] += taken
            rejected[place] += refused
    if not any(accepted) and not any(rejected):
        return None
    return Plot(
        f"Records in each of the last {HOURS} hours",
        [first + number * _HOUR for number in range(HOURS)],
        [Series("accepted", "accent", accepted), Series("rejected", "bad", rejected)],
        f"/search?{Asked(sources=(name,)).address}",
    )


def _read(name: str | None) -> tuple[SourceRow, ...]:
    at = now()
    by_source = {} if name is None else {"source": name}
    added = {each.name: each for each in Source.objects.filter(**({} if name is None else {"name": name}))}
    handled = {each.source: each for each in Checkpoint.objects.filter(**by_source)}
    counted = _day(at, by_source)
    charted = _hour(at, by_source)
    silent = set(silent_sources())
    names = sorted(added.keys() | handled.keys() | counted.keys())
    return tuple(
        _row(each, added.get(each), each in silent, handled.get(each), counted.get(each), charted.get(each))
        for each in names
    )


@dataclass(frozen=True, slots=True)
class _Day:
    accepted: int
    rejected: int
    late: int


def _day(at: datetime, by_source: dict[str, str]) -> dict[str, _Day]:
    lately = SourceMinute.objects.filter(minute__gt=at - _DAY, **by_source)
    summed = lately.values_list("source").annotate(Sum("accepted"), Sum("rejected"), Sum("late"))
    return {source: _Day(*rest) for source, *rest in summed.order_by()}


def _hour(at: datetime, by_source: dict[str, str]) -> dict[str, tuple[int, ...]]:
    """source → accepted records a minute, the running minute last."""
    first = at.replace(second=0, microsecond=0) - (MINUTES - 1) * _MINUTE
    counts: dict[str, list[int]] = defaultdict(lambda: [0] * MINUTES)
    recent = SourceMinute.objects.filter(minute__gte=first, **by_source).values_list("source", "minute", "accepted")
    for source, minute, accepted in recent:
        place = (minute - first) // _MINUTE
        if place < MINUTES:  # a minute ahead of this machine's clock has no place in the chart
            counts[source][place] += accepted
    return {source: tuple(minutes) for source, minutes in counts.items()}


def _row(
    name: str,
    settings: Source | None,
    is_silent: bool,
    handled: Checkpoint | None,
    day: _Day | None,
    minutes: tuple[int, ...] | None,
) -> SourceRow:
    return SourceRow(
        name=name,
        settings=settings,
        is_silent=is_silent,
        total=handled.events if handled else 0,
        accepted=day.accepted if day else 0,
        rejected=day.rejected if day else 0,
        late=day.late if day else 0,
        last_at=handled.advanced_at if handled else None,
        minutes=minutes or (0,) * MINUTES,
    )
