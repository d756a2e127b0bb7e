"""Correlations the slow and obvious way: every window of every rule, evaluated again from all events.

Nothing of `tocsin.engine` is used here. An event matches the detection rules as `tests.oracle.evaluate` says.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tests.oracle import similar
from tests.oracle.baseline import Special, normal_high, nothing_special
from tests.oracle.evaluate import matches
from tocsin.kernel.logsource import LogSource
from tocsin.rules.model import CorrelationRule, CorrelationType, DetectionRule, Rule

COMPARE: Final[dict[str, Callable[[Fraction, Fraction], bool]]] = {
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "eq": lambda a, b: a == b,
    "neq": lambda a, b: a != b,
}
BY_WINDOW: Final = {CorrelationType.TEMPORAL, CorrelationType.TEMPORAL_ORDERED, CorrelationType.VALUE_COUNT}
NUMBERS: Final = {CorrelationType.VALUE_SUM, CorrelationType.VALUE_AVG, CorrelationType.VALUE_PERCENTILE}


@dataclass(frozen=True)
class Event:
    """An event, or a correlation's match, by which an outer one is fed."""

    time_us: int
    id: str
    fields: Mapping[str, str | None]


@dataclass(frozen=True)
class Member:
    """What a rule takes of an event: its group, which of the rules it matched, and the value of the fields."""

    time_us: int
    id: str
    group: tuple[str, ...]
    rules: frozenset[str]
    value: tuple[str, ...]


@dataclass(frozen=True, order=True)
class Ring:
    """An alert that must come."""

    rule: str
    group: tuple[tuple[str, str], ...]
    first_us: int
    last_us: int
    count: int


@dataclass(frozen=True)
class Episode:
    """A run of overlapping satisfied windows. ``ends``: of all of them."""

    group: tuple[str, ...]
    first_us: int
    ends: tuple[int, ...]
    count: int


def ring(rules: Sequence[Rule], events: Sequence[Event], special: Special = nothing_special) -> set[Ring]:
    """Every alert that ``events`` must give, whatever order they come in."""
    by_id = {rule.meta.id: rule for rule in rules}
    found = set()
    for rule in rules:
        if rule.alerts:
            for episode in episodes(rule, by_id, events, special):
                group = tuple(zip(rule.group_by, episode.group, strict=True))
                late_us = delay_us(rule)
                found.add(Ring(rule.meta.id, group, episode.first_us, episode.ends[-1] - late_us, episode.count))
    return found


def delay_us(rule: Rule) -> int:
    """How long after an event it is sure that another one did not follow."""
    absence = rule.absence if isinstance(rule, CorrelationRule) else None
    return absence.within_us if absence and not absence.is_before else 0


def episodes(
    rule: Rule, by_id: Mapping[str, Rule], events: Sequence[Event], special: Special = nothing_special
) -> list[Episode]:
    """All episodes of ``rule``."""
    if isinstance(rule, CorrelationRule) and rule.similar:
        posts = [post for name in rule.rules for post in posts_of(rule, name, by_id, events)]
        threads = similar.threads(rule, rule.similar, list(dict.fromkeys(posts)))
        return [Episode(each.group, each.first_us, each.ends, len(each.posts)) for each in threads]
    members = members_of(rule, by_id, events, special)
    peaks = peaks_of(rule, members)
    found = []
    for group in {member.group for member in members}:
        mine = [member for member in members if member.group == group]
        if isinstance(rule, CorrelationRule) and rule.absence:
            found += absences(rule, group, mine)
            continue
        ends = [end for end in sorted({each.time_us for each in mine}) if holds(rule, window(rule, mine, end), end)]
        ends = [end for end in ends if is_above_normal(rule, window(rule, mine, end), end, peaks, group, special)]
        runs: list[list[int]] = []
        for end in ends:
            if runs and end - rule.timespan_us <= runs[-1][-1]:
                runs[-1].append(end)
            else:
                runs.append([end])
        for run in runs:
            first = min(member.time_us for member in window(rule, mine, run[0]))
            count = sum(first <= member.time_us <= run[-1] for member in mine)
            found.append(Episode(group, first, tuple(run), count))
    return found


def absences(rule: CorrelationRule, group: tuple[str, ...], members: Sequence[Member]) -> list[Episode]:
    """The runs of events of the one rule for which the other did not come in time; ``ends``: when that was sure."""
    assert rule.absence
    (there,), (missing,) = rule.presences[0].present, rule.presences[0].absent
    before, after = (rule.absence.within_us, 0) if rule.absence.is_before else (0, rule.absence.within_us)
    missed = sorted(
        member.time_us
        for member in members
        if there in member.rules
        and not any(
            missing in each.rules and member.time_us - before <= each.time_us <= member.time_us + after
            for each in members
        )
    )
    runs: list[list[int]] = []
    for time_us in missed:
        if runs and time_us - rule.timespan_us <= runs[-1][-1]:
            runs[-1].append(time_us)
        else:
            runs.append([time_us])
    return [Episode(group, run[0], tuple(dict.fromkeys(each + after for each in run)), len(run)) for run in runs]


def window(rule: Rule, members: Sequence[Member], end: int) -> list[Member]:
    """What lies in the window that ends at ``end``."""
    return [member for member in members if end - rule.timespan_us <= member.time_us <= end]


def peaks_of(rule: Rule, members: set[Member]) -> dict[tuple[tuple[str, ...], int], int]:
    """The most that a window of each group and hour counts, where the rule learns what is normal."""
    peaks: dict[tuple[tuple[str, ...], int], int] = {}
    if isinstance(rule, DetectionRule) or rule.baseline is None:
        return peaks
    for each in members:
        mine = [member for member in members if member.group == each.group]
        key = (() if rule.baseline.is_over_all else each.group, each.time_us // 3_600_000_000)
        count = measured_count(rule, window(rule, mine, each.time_us))
        peaks[key] = max(peaks.get(key, 0), count)
    return peaks


def is_above_normal(
    rule: Rule,
    members: Sequence[Member],
    end: int,
    peaks: Mapping[tuple[tuple[str, ...], int], int],
    group: tuple[str, ...],
    special: Special,
) -> bool:
    """Whether the window counts more than is normal at its hour; so is every window without a baseline."""
    if isinstance(rule, DetectionRule) or rule.baseline is None:
        return True
    name = () if rule.baseline.is_over_all else group
    past = {hour: peak for (each, hour), peak in peaks.items() if each == name}
    high = normal_high(rule.baseline, past, end // 3_600_000_000, special)
    return high is None or measured_count(rule, members) > high


def members_of(
    rule: Rule, by_id: Mapping[str, Rule], events: Sequence[Event], special: Special = nothing_special
) -> set[Member]:
    """What feeds ``rule``."""
    if isinstance(rule, DetectionRule):
        return {
            Member(
                event.time_us, event.id, tuple(event.fields.get(name) or "" for name in rule.group_by), frozenset(), ()
            )
            for event in events
            if matches(rule, event.fields, LogSource())
        }
    found: dict[tuple[object, ...], Member] = {}
    for name in rule.rules:
        for event in hits(by_id[name], rule, by_id, events, special):
            member = member_of(rule, name, event)
            if member is None:
                continue
            key = (member.id, member.group, member.value)
            if key in found:
                member = Member(member.time_us, member.id, member.group, member.rules | found[key].rules, member.value)
            found[key] = member
    return set(found.values())


def posts_of(
    rule: CorrelationRule, name: str, by_id: Mapping[str, Rule], events: Sequence[Event]
) -> list[similar.Post]:
    """What the events that the rule ``name`` matched say, those that say something."""
    found = []
    for event in hits(by_id[name], rule, by_id, events, nothing_special):
        member = member_of(rule, name, event)
        text = event.fields.get(rule.similar.field) if rule.similar else None
        if member is not None and text is not None:
            found.append(similar.Post(event.time_us, event.id, member.group, member.value, text))
    return found


def hits(
    rule: Rule, asking: CorrelationRule, by_id: Mapping[str, Rule], events: Sequence[Event], special: Special
) -> list[Event]:
    """The matches of ``rule``: events, or of a correlation its satisfied windows or its episodes."""
    if isinstance(rule, DetectionRule):
        return [event for event in events if matches(rule, event.fields, LogSource())]
    found = []
    for episode in episodes(rule, by_id, events, special):
        fields = dict(zip(rule.group_by, episode.group, strict=True))
        for end in episode.ends if asking.type in BY_WINDOW else episode.ends[:1]:
            found.append(Event(end, f"{rule.meta.id} {episode.group} {end}", fields))
    return found


def member_of(rule: CorrelationRule, name: str, event: Event) -> Member | None:
    """What ``rule`` takes of an event that the rule ``name`` matched; None where a field is missing."""
    alias = {written: dict(places)[name] for written, places in rule.aliases if name in dict(places)}
    group = [event.fields.get(alias.get(field, field)) for field in rule.group_by]
    takes = rule.type is CorrelationType.VALUE_COUNT or rule.type in NUMBERS
    value = [event.fields.get(alias.get(field, field)) for field in rule.fields] if takes else []
    if None in group or None in value:
        return None
    if rule.type in NUMBERS and not is_share(rule) and not is_number(str(value[0])):
        return None
    texts = tuple(str(each) for each in value)
    return Member(event.time_us, event.id, tuple(str(each) for each in group), frozenset({name}), texts)


def is_number(text: str) -> bool:
    """A number as JSON writes it."""
    digits = text.removeprefix("-")
    whole, _, part = digits.partition(".")
    return whole.isdecimal() and (part.isdecimal() or "." not in digits)


def is_share(rule: CorrelationRule) -> bool:
    """Whether it compares how many in a hundred events have the value that ends the window."""
    return rule.type is CorrelationType.VALUE_PERCENTILE and rule.percentile is None


def holds(rule: Rule, members: Sequence[Member], end: int) -> bool:
    """Whether a window of ``members`` that ends at ``end`` satisfies the condition."""
    if isinstance(rule, DetectionRule):
        return True
    if rule.thresholds:
        return any(
            all(COMPARE[each.comparison](number, Fraction(str(each.value))) for each in rule.thresholds)
            for number in measured(rule, members, end)
        )
    ways = [(each.present, each.absent) for each in rule.presences] or [(rule.rules, ())]
    return any(
        is_there(rule, tuple(name for name in rule.rules if name in present), members)
        and not any(is_there(rule, (name,), members) for name in absent)
        for present, absent in ways
    )


def is_there(rule: CorrelationRule, names: Sequence[str], members: Sequence[Member]) -> bool:
    """Whether all of ``names`` matched; for temporal_ordered, each not before the one before it."""
    if rule.type is CorrelationType.TEMPORAL:
        return all(any(name in member.rules for member in members) for name in names)
    since = -(2**62)
    for name in names:
        times = [member.time_us for member in members if name in member.rules and member.time_us >= since]
        if not times:
            return False
        since = min(times)
    return True


def measured(rule: CorrelationRule, members: Sequence[Member], end: int) -> list[Fraction]:
    """What the condition compares; several numbers where several events end the window."""
    if is_share(rule):
        values = [member.value for member in members]
        return [Fraction(100 * values.count(each.value), len(values)) for each in members if each.time_us == end]
    return [measured_number(rule, members) if rule.type in NUMBERS else Fraction(measured_count(rule, members))]


def measured_count(rule: CorrelationRule, members: Sequence[Member]) -> int:
    """How many events, values or rules there are."""
    if rule.type is CorrelationType.VALUE_COUNT:
        return len({member.value for member in members})
    if rule.type is CorrelationType.TEMPORAL:
        return len(frozenset[str]().union(*(member.rules for member in members)))
    return longest(rule, members) if rule.type is CorrelationType.TEMPORAL_ORDERED else len(members)


def measured_number(rule: CorrelationRule, members: Sequence[Member]) -> Fraction:
    """The sum, average or percentile of the numbers."""
    numbers = sorted(Fraction(Decimal(member.value[0])) for member in members)
    if rule.type is CorrelationType.VALUE_SUM:
        return sum(numbers, Fraction(0))
    if rule.type is CorrelationType.VALUE_AVG:
        return sum(numbers, Fraction(0)) / len(numbers)
    part = Fraction(str(rule.percentile)) / 100
    return next(number for place, number in enumerate(numbers, 1) if Fraction(place, len(numbers)) >= part)


def longest(rule: CorrelationRule, members: Sequence[Member]) -> int:
    """The most of the rules that come in their order, found by trying every choice of them."""
    choices: list[tuple[str, ...]] = [()]
    for name in rule.rules:
        choices += [(*choice, name) for choice in choices]
    return max(len(choice) for choice in choices if is_there(rule, choice, members))
