"""Sample events of alerts that ring when the watermark has passed them: they are read back from the store."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import orjson

from tocsin.engine.arrivals import MAX_GROUP_VALUE, Batch
from tocsin.engine.correlate import Sample, Step
from tocsin.engine.episodes import Episode
from tocsin.engine.match import Matches
from tocsin.engine.ringers import Feed, Ringer
from tocsin.kernel.errors import StoreError
from tocsin.kernel.logsource import LogSource
from tocsin.rules.model import And, DetectionRule, Expression, Not, Operator, Test
from tocsin.rules.taxonomy import find_route
from tocsin.search.find import find
from tocsin.search.tree import All, Any, Ask, Between, Contrary, Node
from tocsin.store.table import Store

MAX_LOOKUPS: Final = 20
"""Alerts of a pass whose events are looked up; detection must go on."""
LOOKUP_S: Final = 0.5

_NONE: Final = Matches(np.empty(0, np.int32), np.empty(0, np.int64))

log = logging.getLogger("tocsin.detect")


class Lookup:
    """Finds the events of an episode again, in the sources that its rules look at."""

    def __init__(self, store: Store, rules: Sequence[DetectionRule], sources: Mapping[str, LogSource]) -> None:
        self._store, self._rules, self._sources = store, rules, sources
        self._left = MAX_LOOKUPS

    def complete(self, ringer: Ringer, step: Step, batches: list[Batch], limit: int) -> Step:
        """``step`` with samples for the changes that have none; the events are added to ``batches``."""
        if all(step.samples) or ringer.similar is not None:
            return step
        samples = [
            named or self._find(ringer, change.episode, batches, limit)
            for change, named in zip(step.changes, step.samples, strict=True)
        ]
        return replace(step, samples=samples)

    def _find(self, ringer: Ringer, episode: Episode, batches: list[Batch], limit: int) -> list[Sample]:
        found: list[Sample] = []
        for source in self._sources if self._left > 0 else ():
            node = self._node(ringer, episode, self._sources[source])
            if node is None or len(found) >= limit:
                continue
            self._left -= 1
            try:
                rows = find({source: self._store.table(source)}, node, limit - len(found), seconds=LOOKUP_S).rows
            except StoreError as error:
                log.warning("sample events of '%s' cannot be read: %s", ringer.meta.title, error)
                continue
            found += [Sample(len(batches), row) for row in reversed(range(rows.num_rows))]
            batches.append(Batch(source, rows, _NONE))
        return found

    def _node(self, ringer: Ringer, episode: Episode, source: LogSource) -> Node | None:
        """What finds the events of ``episode`` in ``source``; None where no rule looks there."""
        values = orjson.loads(episode.group)
        if any(len(value) > MAX_GROUP_VALUE for value in values):
            return None
        ways = [node for feed in ringer.feeds if (node := self._of_feed(feed, values, source)) is not None]
        return All((Between("_time", episode.first_us, episode.last_us), Any(tuple(ways)))) if ways else None

    def _of_feed(self, feed: Feed, values: Sequence[str], source: LogSource) -> Node | None:
        if feed.correlation:
            return None
        rule = self._rules[feed.rule]
        route = find_route(rule.logsource, source)
        if not route.is_open:
            return None
        group = (
            Ask(Test(field, Operator.EQUALS, value, True)) for field, value in zip(feed.group_by, values, strict=True)
        )
        return All((as_node(route.condition), as_node(rule.condition), *group))


def as_node(expression: Expression) -> Node:
    """A rule's condition as a query."""
    if isinstance(expression, Test):
        return Ask(expression)
    if isinstance(expression, Not):
        return Contrary(as_node(expression.term))
    terms = tuple(as_node(term) for term in expression.terms)
    return All(terms) if isinstance(expression, And) else Any(terms)
