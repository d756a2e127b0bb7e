"""What a rule is once it has been read and checked: frozen, and free of pySigma."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Literal, NamedTuple

from tocsin.kernel.issues import Issue, Location
from tocsin.kernel.logsource import LogSource


class Level(StrEnum):
    """Sigma's levels, from least to most urgent."""

    INFORMATIONAL = "informational"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for informational to 4 for critical."""
        return list(Level).index(self)


class Operator(StrEnum):
    """How a test compares a field's value. Texts compare without case unless `Test.is_cased`."""

    EQUALS = "equals"
    CONTAINS = "contains"
    STARTSWITH = "startswith"
    ENDSWITH = "endswith"
    LIKE = "like"
    """Sigma wildcards in the middle: the value is a `Pattern`."""
    REGEX = "regex"
    CIDR = "cidr"
    LT = "lt"
    LTE = "lte"
    GT = "gt"
    GTE = "gte"
    IS_NULL = "is_null"
    EXISTS = "exists"
    FIELDREF = "fieldref"
    """Equal to another field of the same event, named by the value."""
    FIELDREF_CONTAINS = "fieldref_contains"
    """Contains the other field's value; the next two begin and end with it."""
    FIELDREF_STARTSWITH = "fieldref_startswith"
    FIELDREF_ENDSWITH = "fieldref_endswith"
    MINUTE = "minute"
    """The minute of the moment that the value tells, in UTC, is this number; so for the following."""
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"

    __hash__ = str.__hash__  # an enumeration's own is written in Python, and tests are hashed by the million


REFERENCES: Final = frozenset(
    {Operator.FIELDREF, Operator.FIELDREF_CONTAINS, Operator.FIELDREF_STARTSWITH, Operator.FIELDREF_ENDSWITH}
)
"""The operators that compare a field with another one of the same event."""
MOMENT_PARTS: Final = {
    Operator.MINUTE: (0, 59),
    Operator.HOUR: (0, 23),
    Operator.DAY: (1, 31),
    Operator.WEEK: (1, 53),
    Operator.MONTH: (1, 12),
    Operator.YEAR: (1970, 2261),
}
"""The operators that look at a part of a moment, and what that part can be."""


class Test(NamedTuple):
    """One test of one field: the engine's atom. A tuple, since rules have tens of thousands and hash each many times.

    Attributes:
        field: the field's name as the rule writes it; None is a keyword, sought in all fields.
        value: for LIKE the pattern with `*` and `?` (a backslash escapes both and itself; every
            literal one is written escaped); for REGEX the expression with its flags inline, as
            `(?i)…`, sought anywhere in the value; for LT … GTE a number in text, for MINUTE … YEAR
            a whole one. A keyword (no field) is never IS_NULL, EXISTS or a reference.
    """

    field: str | None
    operator: Operator
    value: str = ""
    is_cased: bool = False


@dataclass(frozen=True, slots=True)
class And:
    """All of ``terms``; true when empty."""

    terms: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """Any of ``terms``; false when empty."""

    terms: "tuple[Expression, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """The contrary of ``term``."""

    term: "Expression"


Expression = Test | And | Or | Not


@dataclass(frozen=True, slots=True)
class Meta:
    """What a rule says of itself, for people.

    Attributes:
        id: the rule's `id`, else its `name`, else one made from its path.
        next_steps: `tocsin.next_steps`: what the person woken should do.
        fields: Sigma's `fields`: what to show first of an event.
        digest: of the text that the rule is written in.
    """

    id: str
    title: str
    level: Level
    location: Location
    name: str | None = None
    status: str | None = None
    description: str = ""
    author: str = ""
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    falsepositives: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    next_steps: str = ""
    digest: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class DetectionRule:
    """A rule over single events.

    Attributes:
        group_by: `tocsin.group-by`: matches with equal values of these fields are one alert.
        timespan_us: `tocsin.timespan`: matches of a group at most this far apart are one alert.
        alerts: False for a rule that only feeds correlations (`generate` is not set there).
    """

    meta: Meta
    logsource: LogSource
    condition: Expression
    group_by: tuple[str, ...] = ()
    timespan_us: int = 3_600_000_000
    alerts: bool = True


class CorrelationType(StrEnum):
    """Sigma 2.1 correlation types."""

    EVENT_COUNT = "event_count"
    VALUE_COUNT = "value_count"
    TEMPORAL = "temporal"
    TEMPORAL_ORDERED = "temporal_ordered"
    VALUE_SUM = "value_sum"
    VALUE_AVG = "value_avg"
    VALUE_PERCENTILE = "value_percentile"


@dataclass(frozen=True, slots=True)
class Threshold:
    """``<aggregate> <comparison> <value>``."""

    comparison: Literal["gt", "gte", "lt", "lte", "eq", "neq"]
    value: float


@dataclass(frozen=True, slots=True)
class Presence:
    """One way to satisfy a condition over rule names: those that must and those that must not be in the window."""

    present: tuple[str, ...]
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Similar:
    """`tocsin.similar`: only events that say nearly the same are counted together.

    Attributes:
        field: whose text is compared.
        at_least: how much two texts have in common, from 0 to 1.
        shortest: letters of the shortest text that is compared.
    """

    field: str
    at_least: float
    shortest: int


@dataclass(frozen=True, slots=True)
class Absence:
    """`tocsin.absent`: of two rules the one that its condition has after `not` did not come in time.

    Attributes:
        within_us: how long it had time, the last moment included.
        is_before: whether it should have come before the other; else it should have followed.
    """

    within_us: int
    is_before: bool


@dataclass(frozen=True, slots=True)
class Baseline:
    """`tocsin.baseline`: a count must also be more than is normal at its hour.

    Attributes:
        seasons: with how many past seasons it is compared. season_hours: 168 for a week, 24 for a day.
        quantile: which part of the hours like this one is normal, 0.5 to below 1.
        is_over_all: whether what is normal is learnt of all groups together.
    """

    seasons: int = 4
    season_hours: int = 168
    quantile: float = 0.999
    is_over_all: bool = False


@dataclass(frozen=True, slots=True)
class CorrelationRule:
    """A rule over the matches of other rules.

    Attributes:
        rules: ids of the rules it counts; a correlation among them is counted by its own matches.
        group_by: field names; an alias among them is resolved through ``aliases``.
        timespan_us: a window ends at every event and reaches back this far, both ends included.
        thresholds: all must hold.
        aliases: alias → ((rule id, field), …).
        fields: whose values are taken; of several, the combination of their values.
        percentile: which one a `value_percentile` compares; None compares the share of a value.
        presences: an extended condition, as its alternatives; one of them must hold.
        baseline: `tocsin.baseline`: what the thresholds are the floor of.
        alerts: False for one that only feeds other correlations.
        similar: of a `value_count`, that it counts within what is nearly the same.
        absence: of a `temporal_ordered` of two rules, that one of them is missing; then ``timespan_us`` is how far
            apart two such events are still one alert.
    """

    meta: Meta
    type: CorrelationType
    rules: tuple[str, ...]
    timespan_us: int
    thresholds: tuple[Threshold, ...]
    group_by: tuple[str, ...] = ()
    aliases: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    fields: tuple[str, ...] = ()
    percentile: float | None = None
    presences: tuple[Presence, ...] = ()
    baseline: Baseline | None = None
    alerts: bool = True
    similar: Similar | None = None
    absence: Absence | None = None


Rule = DetectionRule | CorrelationRule


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules that can be used, and every issue of those that cannot (and warnings of those that can).

    Attributes:
        digest: changes when, and only when, a rule's text or the set changes.
        content: the same for the same files with the same content in the same order; empty where nobody says.
    """

    rules: tuple[Rule, ...] = ()
    issues: tuple[Issue, ...] = ()
    digest: str = field(default="", compare=False)
    content: str = field(default="", compare=False)

    @property
    def by_id(self) -> dict[str, Rule]:
        """Rules by `meta.id`."""
        return {rule.meta.id: rule for rule in self.rules}

    def detections_under(self, rules: Iterable[Rule]) -> list[DetectionRule]:
        """``rules`` that look at single events, and those that the correlations among them rest on, each once."""
        by_id = self.by_id
        seen: dict[str, Rule] = {}
        left = list(rules)[::-1]
        while left:
            each = left.pop()
            if each.meta.id not in seen:
                seen[each.meta.id] = each
                left += (
                    [by_id[name] for name in each.rules if name in by_id] if isinstance(each, CorrelationRule) else []
                )
        return [each for each in seen.values() if isinstance(each, DetectionRule)]
