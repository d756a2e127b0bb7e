"""The list of alerts: filtered, open ones first, newest first, a page at a time."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final, Self

from django.db.models import Case, Count, Q, QuerySet, Value, When
from django.http import QueryDict

from tocsin.apps.alerts.models import Alert, State
from tocsin.kernel.clock import from_us, to_us
from tocsin.rules.model import Level
from tocsin.web.asked import storable
from tocsin.web.reads.pulse import Pulse

PAGE_SIZE: Final = 50
SHOWN_STATES: Final = (State.OPEN, State.ACKNOWLEDGED, State.RESOLVED)
_RANK: Final = Case(*(When(state=state, then=Value(place)) for place, state in enumerate(SHOWN_STATES)))
LIST_COLUMNS: Final = (
    "rule_id",
    "rule_title",
    "level",
    "source",
    "group",
    "first_at",
    "last_at",
    "count",
    "count_of",
    "state",
)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which alerts are asked for; empty is any. A value that is no state or level is as if not given."""

    state: str = ""
    level: str = ""
    rule: str = ""
    source: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> Self:
        """Read the filters from an address."""
        state, level = query.get("state", ""), query.get("level", "")
        return cls(
            state if state in SHOWN_STATES else "",
            level if level in list(Level) else "",
            storable(query.get("rule", "")),
            storable(query.get("source", "")),
        )

    @property
    def is_any(self) -> bool:
        """Whether nothing is filtered away."""
        return self == Filters()


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place after one alert in the list's order."""

    rank: int
    last_at: datetime
    alert_id: int

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read what `str` wrote; None where it is anything else."""
        try:
            rank, last_us, alert_id = (int(part) for part in text.split("."))
            return cls(rank, from_us(last_us), alert_id)
        except (ValueError, OverflowError):
            return None

    def __str__(self) -> str:
        return f"{self.rank}.{to_us(self.last_at)}.{self.alert_id}"


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of alerts.

    Attributes:
        states, levels: how many alerts each choice of the other filters would show.
        after: the cursor of the next page, empty on the last.
        version: changes when, and only when, something on the page or in the pulse does.
    """

    filters: Filters
    alerts: tuple[Alert, ...]
    states: tuple[tuple[State, int], ...]
    levels: tuple[tuple[Level, int], ...]
    total: int
    after: str
    version: str


def read_listing(filters: Filters, cursor: Cursor | None, pulse: Pulse) -> Listing:
    """Read the page of ``filters`` after ``cursor``. Cost: three queries."""
    wanted = _wanted(filters)
    counts = _count(filters)
    rows = _page(wanted, cursor)
    alerts = tuple(rows[:PAGE_SIZE])
    after = ""
    if len(rows) > PAGE_SIZE:
        last = alerts[-1]
        after = str(Cursor(SHOWN_STATES.index(State(last.state)), last.last_at, last.pk))
    states = _sum_states(counts, filters.level)
    return Listing(
        filters=filters,
        alerts=alerts,
        states=states,
        levels=_sum_levels(counts, filters.state),
        total=sum(count for _, count in states),
        after=after,
        version=_version(alerts, counts, pulse),
    )


def _wanted(filters: Filters) -> QuerySet[Alert]:
    named = {"state": filters.state, "level": filters.level, "rule_id": filters.rule}
    wanted = Alert.objects.exclude(state=State.MERGED).filter(**{key: value for key, value in named.items() if value})
    return wanted.filter(_is_of(filters.source)) if filters.source else wanted


def _is_of(source: str) -> Q:
    """An alert names its sources as `a, b, c`; a source's name has neither comma nor blank."""
    among = (
        Q(source__startswith=f"{source}, ") | Q(source__endswith=f", {source}") | Q(source__contains=f", {source}, ")
    )
    return Q(source=source) | among


def _page(wanted: QuerySet[Alert], cursor: Cursor | None) -> list[Alert]:
    """One alert more than a page holds, so that the reader knows whether there is a next one.

    First the ids, which the database finds and sorts in an index, then the rows: sorting these would
    read every alert's samples from the disk.
    """
    ranked = wanted.annotate(rank=_RANK).order_by("rank", "-last_at", "-pk")
    if cursor:
        same_time = Q(last_at=cursor.last_at, pk__lt=cursor.alert_id)
        ranked = ranked.filter(
            Q(rank__gt=cursor.rank) | Q(rank=cursor.rank) & (Q(last_at__lt=cursor.last_at) | same_time)
        )
    ids = list(ranked.values_list("pk", flat=True)[: PAGE_SIZE + 1])
    rows = Alert.objects.only(*LIST_COLUMNS).in_bulk(ids)
    return [rows[alert_id] for alert_id in ids if alert_id in rows]


def _count(filters: Filters) -> dict[tuple[str, int], int]:
    """(state, level's rank) → alerts, under the filters that are neither state nor level."""
    others = _wanted(Filters(rule=filters.rule, source=filters.source))
    counted = others.values_list("state", "level_rank").annotate(Count("pk")).order_by()
    return {(state, rank): count for state, rank, count in counted}


def _sum_states(counts: dict[tuple[str, int], int], level: str) -> tuple[tuple[State, int], ...]:
    ranks = [Level(level).rank] if level else [each.rank for each in Level]
    return tuple((state, sum(counts.get((state, rank), 0) for rank in ranks)) for state in SHOWN_STATES)


def _sum_levels(counts: dict[tuple[str, int], int], state: str) -> tuple[tuple[Level, int], ...]:
    states = [state] if state else list(SHOWN_STATES)
    return tuple((level, sum(counts.get((each, level.rank), 0) for each in states)) for level in reversed(Level))


def _version(alerts: tuple[Alert, ...], counts: dict[tuple[str, int], int], pulse: Pulse) -> str:
    shown = [(alert.pk, alert.state, alert.count, alert.first_at, alert.last_at) for alert in alerts]
    return blake2b(repr((shown, sorted(counts.items()), pulse)).encode(), digest_size=8).hexdigest()
