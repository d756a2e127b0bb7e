"""Rules that ring, as the engine runs them: what feeds them, how they group, by what their windows are judged.

A detection rule by itself is a count of at least one, so that there is one mechanism, and an alert is
always an episode of it.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tocsin.engine.measures import Alternative, Kept, Measure
from tocsin.rules.model import (
    Absence,
    Baseline,
    CorrelationRule,
    CorrelationType,
    DetectionRule,
    Meta,
    Rule,
    Similar,
    Threshold,
)

_SEES_EVERY_WINDOW: Final = frozenset(
    {CorrelationType.TEMPORAL, CorrelationType.TEMPORAL_ORDERED, CorrelationType.VALUE_COUNT}
)
"""Types that ask whether, not how often: to them every satisfied window of a correlation is a match. The
others count, and to them an episode is one match."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One rule that feeds a ringing rule.

    Attributes:
        rule: a detection rule's place in the plan; -1 for a correlation. correlation: that one's id.
        group_by, counted: where its events hold the fields of the group, and those whose values are taken.
        is_by_episode: of a correlation, whether an episode counts once, or every satisfied window.
        place: its place among the rules that the correlation names.
        delay_us: its events count only so much later: when the time of what should follow them is up.
    """

    rule: int
    group_by: tuple[str, ...]
    counted: tuple[str, ...] = ()
    correlation: str = ""
    is_by_episode: bool = False
    place: int = 0
    delay_us: int = 0


@dataclass(frozen=True, slots=True)
class Ringer:
    """A rule that rings, as a measure over windows.

    Attributes:
        group_by: names of the group's fields as the rule gives them.
        fields: those whose values are taken, as the rule names them.
        rings: False for a correlation that only feeds others.
        sends_windows, sends_episodes: what other correlations ask of it.
        digest: changes when a change of the rule makes its kept state meaningless.
        similar: only events that say nearly the same are counted together (`engine.similar`).
        absence: one of two rules did not come in time: windows reach back that far from each event of the other,
            which is ``delay_us`` late, and what rings is these events.
        baseline: asks of a window that its count is more than is normal at its hour.
    """

    meta: Meta
    feeds: tuple[Feed, ...]
    timespan_us: int
    measure: Measure
    group_by: tuple[str, ...]
    fields: tuple[str, ...] = ()
    keeps_groupless: bool = False
    rings: bool = True
    sends_windows: bool = False
    sends_episodes: bool = False
    digest: str = ""
    similar: Similar | None = None
    absence: Absence | None = None
    baseline: Baseline | None = None

    @property
    def window_us(self) -> int:
        """How far a window reaches back."""
        return self.absence.within_us if self.absence else self.timespan_us

    @property
    def delay_us(self) -> int:
        """How much later than its event a window ends."""
        return max(feed.delay_us for feed in self.feeds)

    @property
    def counted(self) -> str:
        """The fields whose distinct values are the count of an alert; empty where it counts events."""
        return ", ".join(self.fields) if self.measure.type is CorrelationType.VALUE_COUNT else ""

    @property
    def waits(self) -> bool:
        """Whether anything of it is settled only when the watermark has passed."""
        return self.sends_episodes or not self.measure.is_growing or self.baseline is not None

    @property
    def reach_us(self) -> int:
        """How far before the watermark rows are needed: as far as the window of the latest late event reaches.

        Windows that end before the watermark are not judged again: the open episodes know of those that
        were satisfied. Where an episode's first window must be told from the others without them, the
        windows of one timespan before are judged once more. Of an absence, the episode that a late window joins
        may lie one timespan before it.
        """
        return self.window_us + (self.timespan_us if self.sends_episodes or self.absence else 0)


def make_ringers(rules: Sequence[Rule]) -> tuple[Ringer, ...]:
    """A ringer for every rule that rings or feeds one that does, each after those that feed it.

    The place of a detection rule in the plan is its place among the detection rules of ``rules``.
    """
    detections = [rule for rule in rules if isinstance(rule, DetectionRule)]
    places = {rule.meta.id: place for place, rule in enumerate(detections)}
    singles = [_single(rule, places[rule.meta.id]) for rule in detections if rule.alerts]
    correlations = {rule.meta.id: rule for rule in rules if isinstance(rule, CorrelationRule)}
    made = {rule.meta.id: _correlation(rule, places) for rule in _in_order_of_feeding(correlations)}
    for ringer in list(made.values()):
        for feed in ringer.feeds:
            if feed.correlation:
                made[feed.correlation] = _sending(made[feed.correlation], feed)
    return (*singles, *made.values())


def _in_order_of_feeding(correlations: Mapping[str, CorrelationRule]) -> Iterator[CorrelationRule]:
    """Each correlation after those that it names; they name each other in no circle."""
    done: set[str] = set()

    def visit(rule: CorrelationRule) -> Iterator[CorrelationRule]:
        if rule.meta.id in done:
            return
        done.add(rule.meta.id)
        for name in rule.rules:
            if name in correlations:
                yield from visit(correlations[name])
        yield rule

    for rule in correlations.values():
        yield from visit(rule)


def _sending(ringer: Ringer, feed: Feed) -> Ringer:
    if feed.is_by_episode:
        return replace(ringer, sends_episodes=True)
    return replace(ringer, sends_windows=True)


def _single(rule: DetectionRule, place: int) -> Ringer:
    measure = Measure(CorrelationType.EVENT_COUNT, (Threshold("gte", 1),))
    feed = Feed(place, rule.group_by)
    return _with_digest(Ringer(rule.meta, (feed,), rule.timespan_us, measure, rule.group_by, keeps_groupless=True))


def _correlation(rule: CorrelationRule, places: Mapping[str, int]) -> Ringer:
    alternatives = _alternatives(rule)
    ends_with = alternatives[0].present[0] if rule.absence else None
    measure = Measure(rule.type, rule.thresholds, len(rule.rules), alternatives, rule.percentile, ends_with)
    fields = rule.fields if measure.kept in {Kept.HASH, Kept.NUMBER} else ()
    feeds = tuple(_feed(rule, name, place, fields, places) for place, name in enumerate(rule.rules))
    return _with_digest(
        Ringer(
            rule.meta,
            feeds,
            rule.timespan_us,
            measure,
            rule.group_by,
            fields,
            rings=rule.alerts,
            similar=rule.similar,
            absence=rule.absence,
            baseline=rule.baseline,
        )
    )


def _feed(rule: CorrelationRule, name: str, place: int, fields: tuple[str, ...], places: Mapping[str, int]) -> Feed:
    own = {alias: dict(names)[name] for alias, names in rule.aliases if name in dict(names)}
    group_by = tuple(own.get(field, field) for field in rule.group_by)
    counted = tuple(own.get(field, field) for field in fields)
    delay_us = _delay_us(rule, name)
    if name in places:
        return Feed(places[name], group_by, counted, place=place, delay_us=delay_us)
    return Feed(-1, group_by, counted, name, rule.type not in _SEES_EVERY_WINDOW, place, delay_us)


def _delay_us(rule: CorrelationRule, name: str) -> int:
    """What is there waits for what should follow it."""
    is_late = rule.absence is not None and not rule.absence.is_before and name in rule.presences[0].present
    return rule.absence.within_us if rule.absence and is_late else 0


def _alternatives(rule: CorrelationRule) -> tuple[Alternative, ...]:
    """The extended condition by the rules' places, each alternative in their order; without any, all of the rules."""
    if rule.thresholds:
        return ()
    if not rule.presences:
        return (Alternative(tuple(range(len(rule.rules)))),)
    place = {name: each for each, name in enumerate(rule.rules)}
    return tuple(
        Alternative(tuple(sorted(place[name] for name in each.present)), tuple(place[name] for name in each.absent))
        for each in rule.presences
    )


def _with_digest(ringer: Ringer) -> Ringer:
    measure = ringer.measure
    fields = [(feed.group_by, feed.counted, feed.correlation) for feed in ringer.feeds]
    text = repr((ringer.timespan_us, ringer.group_by, measure.kept.name, fields, ringer.similar, ringer.absence))
    return replace(ringer, digest=hashlib.blake2b(text.encode(), digest_size=8).hexdigest())
