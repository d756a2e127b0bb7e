"""The list of alerts: filtered, open ones first, newest first, a page at a time."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from hashlib import blake2b
from typing import Final, Self

from django.db.models import Case, Count, Q, QuerySet, Value, When

from tocsin.apps.alerts.models import Alert, State, Verdict
from tocsin.apps.alerts.mutes import muted
from tocsin.kernel.clock import from_us, now, to_us
from tocsin.rules.model import Level
from tocsin.web.asked import moment, number, storable
from tocsin.web.reads.pulse import Pulse

PAGE_SIZE: Final = 50
NOBODY: Final = "none"
MUTED: Final = ("yes", "no")
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
    "assignee__name",
    "assignee__email",
    "muted_by__until_at",
    "muted_by__lifted_at",
)


@dataclass(frozen=True, slots=True)
class Filters:
    """Which alerts are asked for; empty is any. A value that cannot be is as if not given.

    Attributes:
        entity: a value that is in the alert's group, whatever its field.
        assignee: a person's id, or `none`.
        muted: `yes`, `no`, or the id of a mute that keeps or has kept them quiet.
        since, until: moments of events (`asked.moment`): alerts that were still ringing, or rang already, then.
    """

    state: str = ""
    level: str = ""
    rule: str = ""
    source: str = ""
    entity: str = ""
    assignee: str = ""
    verdict: str = ""
    muted: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """Read the filters from an address."""
        said = {each.name: storable(query.get(each.name) or "") for each in fields(cls)}
        return cls(**{name: text for name, text in said.items() if _is_choice(name, text)})

    def as_query(self) -> dict[str, str]:
        """What `of` reads back: the filters that are not empty."""
        return {name: text for name, text in asdict(self).items() if text}

    @property
    def is_any(self) -> bool:
        """Whether nothing is filtered away."""
        return self == Filters()


_CHOICES: Final[dict[str, Collection[str]]] = {
    "state": SHOWN_STATES,
    "level": list(Level),
    "verdict": Verdict.values,
}


def _is_choice(name: str, text: str) -> bool:
    if name in _CHOICES:
        return text in _CHOICES[name]
    if name == "muted":
        return text in MUTED or number(text) is not None
    if name == "assignee":
        return text == NOBODY or number(text) is not None
    return name not in {"since", "until"} or moment(text, now()) is not None


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
    page = read_page(filters, cursor, PAGE_SIZE, LIST_COLUMNS)
    counts = _count(filters)
    states = _sum_states(counts, filters.level)
    return Listing(
        filters=filters,
        alerts=page.alerts,
        states=states,
        levels=_sum_levels(counts, filters.state),
        total=sum(count for _, count in states),
        after=page.after,
        version=_version(page.alerts, counts, pulse),
    )


@dataclass(frozen=True, slots=True)
class AlertsPage:
    """Some alerts in the list's order; ``after``: the cursor of those that follow, empty where none do."""

    alerts: tuple[Alert, ...]
    after: str


def read_page(filters: Filters, cursor: Cursor | None, limit: int, columns: Collection[str] = ()) -> AlertsPage:
    """Read at most ``limit`` alerts after ``cursor``: only ``columns`` of them, where some are named."""
    rows = _page(_wanted(filters), cursor, limit + 1, columns)
    alerts = tuple(rows[:limit])
    if len(rows) <= limit:
        return AlertsPage(alerts, "")
    last = alerts[-1]
    return AlertsPage(alerts, str(Cursor(SHOWN_STATES.index(State(last.state)), last.last_at, last.pk)))


def _wanted(filters: Filters) -> QuerySet[Alert]:
    at = now()
    named = {
        "state": filters.state,
        "level": filters.level,
        "rule_id": filters.rule,
        "verdict": filters.verdict,
        "entities__value": filters.entity,
        "assignee": number(filters.assignee),
        "muted_by": number(filters.muted),
        "last_at__gte": moment(filters.since, at),
        "first_at__lte": moment(filters.until, at),
    }
    wanted = Alert.objects.exclude(state=State.MERGED).filter(**{key: value for key, value in named.items() if value})
    wanted = wanted.filter(assignee=None) if filters.assignee == NOBODY else wanted
    if filters.muted in MUTED:
        wanted = wanted.filter(muted(at)) if filters.muted == "yes" else wanted.exclude(muted(at))
    return wanted.filter(_is_of(filters.source)) if filters.source else wanted


def _is_of(source: str) -> Q:
    """An alert names its sources as `a, b, c`; a source's name has neither comma nor blank."""
    among = (
        Q(source__startswith=f"{source}, ") | Q(source__endswith=f", {source}") | Q(source__contains=f", {source}, ")
    )
    return Q(source=source) | among


def _page(wanted: QuerySet[Alert], cursor: Cursor | None, limit: int, columns: Collection[str]) -> list[Alert]:
    """The first ``limit`` alerts of ``wanted`` after ``cursor``.

    First the ids, which the database finds and sorts in an index, then the rows: sorting these would
    read every alert's samples from the disk.
    """
    ranked = wanted.annotate(rank=_RANK).order_by("rank", "-last_at", "-pk")
    if cursor:
        same_time = Q(last_at=cursor.last_at, pk__lt=cursor.alert_id)
        ranked = ranked.filter(
            Q(rank__gt=cursor.rank) | Q(rank=cursor.rank) & (Q(last_at__lt=cursor.last_at) | same_time)
        )
    ids = list(ranked.values_list("pk", flat=True)[:limit])
    return read_rows(ids, columns)


def read_rows(ids: Collection[int], columns: Collection[str] = ()) -> list[Alert]:
    """The alerts of ``ids`` in that order, who has them and their mutes: only ``columns``, where some are named."""
    beside = Alert.objects.select_related("assignee", "muted_by")
    rows = (beside.only(*columns) if columns else beside).in_bulk(ids)
    return [rows[alert_id] for alert_id in ids if alert_id in rows]


def _count(filters: Filters) -> dict[tuple[str, int], int]:
    """(state, level's rank) → alerts, under the filters that are neither state nor level."""
    others = _wanted(replace(filters, state="", level=""))
    counted = others.values_list("state", "level_rank").annotate(Count("pk")).order_by()
    return {(state, rank): count for state, rank, count in counted}


def _sum_states(counts: dict[tuple[str, int], int], level: str) -> tuple[tuple[State, int], ...]:
    ranks = [Level(level).rank] if level else [each.rank for each in Level]
    return tuple((state, sum(counts.get((state, rank), 0) for rank in ranks)) for state in SHOWN_STATES)


def _sum_levels(counts: dict[tuple[str, int], int], state: str) -> tuple[tuple[Level, int], ...]:
    states = [state] if state else list(SHOWN_STATES)
    return tuple((level, sum(counts.get((each, level.rank), 0) for each in states)) for level in reversed(Level))


def _version(alerts: tuple[Alert, ...], counts: dict[tuple[str, int], int], pulse: Pulse) -> str:
    shown = [
        (alert.pk, alert.state, alert.count, alert.first_at, alert.last_at, alert.assignee_id, alert.is_muted)
        for alert in alerts
    ]
    return blake2b(repr((shown, sorted(counts.items()), pulse)).encode(), digest_size=8).hexdigest()
