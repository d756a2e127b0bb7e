"""Rehearse: what one rule would make of some events, by the engine that runs it, and nothing stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tocsin.engine.arrivals import Batch, Signals, collect
from tocsin.engine.baseline import History, Normal
from tocsin.engine.correlate import advance
from tocsin.engine.episodes import Episode
from tocsin.engine.match import Matches, match
from tocsin.engine.plan import Refusal, compile_plan
from tocsin.engine.ringers import make_ringers
from tocsin.engine.state import END_US, RuleState
from tocsin.kernel.logsource import LogSource
from tocsin.rules.model import CorrelationRule, DetectionRule, Rule

_WINDOW_COLUMNS: Final = frozenset({"_id", "_time", "_received", "_extra"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a rehearsal.

    Attributes:
        episodes: the alerts that the rule owes.
        matched: (title, events) of each detection rule that it rests on; of a detection rule, itself.
        refused: the rules that the engine will not run.
        normals: of a rule with a baseline, what was normal where each episode opened.
    """

    episodes: tuple[Episode, ...]
    matched: tuple[tuple[str, int], ...]
    refused: tuple[Refusal, ...]
    normals: tuple[Normal, ...] = ()


class Rehearsal:
    """One rule and those that it counts, over events that come in pieces, in any order.

    Rules with a baseline learn from these events alone; where ``history`` is given they take it for what each
    past season had at every hour, oldest first. No day is special.

    Memory: of each piece only the matched events are kept.

    Attributes:
        fields: those to read of the events; None: all.
        logsources: what the detection rules look at.
        kept: how many matched events are in memory.
    """

    def __init__(self, rule: Rule, by_id: Mapping[str, Rule], history: Sequence[int] | None = None) -> None:
        self._rule, self._history = rule, history
        self._needed = list(_needed(rule, by_id).values())
        self._detections = [each for each in self._needed if isinstance(each, DetectionRule)]
        self._plan = compile_plan(self._detections)
        self._ringers = make_ringers(self._needed)
        self._batches: list[Batch] = []
        self._matched = [0] * len(self._detections)
        self.logsources = tuple({each.logsource for each in self._detections})
        grouped = {
            name for ringer in self._ringers for feed in ringer.feeds for name in (*feed.group_by, *feed.counted)
        }
        grouped |= {ringer.similar.field for ringer in self._ringers if ringer.similar}
        self.fields = None if self._plan.reads_all else frozenset(self._plan.fields) | grouped
        self._kept_names = {name.casefold() for name in grouped}
        self.kept = 0

    def add(self, source: str, table: pa.Table, logsource: LogSource) -> None:
        """Match the events of ``table``. Shape: one row an event, as a format gives them."""
        matches = match(table, self._plan, logsource)
        for place in range(len(self._detections)):
            self._matched[place] += len(matches.rows_of(place))
        if len(matches):
            rows, places = np.unique(matches.row, return_inverse=True)
            taken = Matches(matches.rule, places.reshape(-1).astype(np.int64))
            self._batches.append(Batch(source, self._keep(table, rows), taken))
            self.kept += len(rows)

    def _keep(self, table: pa.Table, rows: npt.NDArray[np.int64]) -> pa.Table:
        """What windows take of ``rows``, with dictionaries of its own: those of a whole row group are large."""
        names = [name for name in table.column_names if name in _WINDOW_COLUMNS or name.casefold() in self._kept_names]
        taken = table.select(names).take(pa.array(rows))
        for place, name in enumerate(names):
            if pa.types.is_dictionary(taken.schema.field(name).type):
                taken = taken.set_column(place, name, taken.column(place).cast(pa.string()).dictionary_encode())
        return taken

    def finish(self) -> Outcome:
        """What comes of all of them."""
        signals: dict[str, Signals] = {}
        found: tuple[Episode, ...] = ()
        normals: tuple[Normal, ...] = ()
        learnt = History(assumed=None if self._history is None else tuple(self._history))
        for ringer in self._ringers:
            arrivals = collect(ringer, self._batches, signals)
            step = advance(ringer, RuleState(history=learnt), arrivals, END_US, 0)
            signals[ringer.meta.id] = step.signals
            if ringer.meta.id == self._rule.meta.id:
                found, normals = tuple(change.episode for change in step.changes), tuple(step.normals)
        titles = [each.meta.title for each in self._detections]
        return Outcome(found, tuple(zip(titles, self._matched, strict=True)), self._plan.refused, normals)


def rehearse(rule: Rule, by_id: Mapping[str, Rule], table: pa.Table, history: Sequence[int] | None = None) -> Outcome:
    """Run ``rule``, and of ``by_id`` the rules that it counts, over the events of ``table``, as `Rehearsal` does.

    The events are taken for those of a source of the logsource that the detection rules share.
    """
    rehearsal = Rehearsal(rule, by_id, history)
    logsources = rehearsal.logsources
    rehearsal.add("rehearsal", table, logsources[0] if len(logsources) == 1 else LogSource())
    return rehearsal.finish()


def _needed(rule: Rule, by_id: Mapping[str, Rule]) -> dict[str, Rule]:
    """``rule`` and all that it counts, by id; only ``rule`` rings."""
    needed: dict[str, Rule] = {}
    open_rules = [rule]
    while open_rules:
        each = open_rules.pop()
        if each.meta.id in needed:
            continue
        if isinstance(each, CorrelationRule):
            open_rules += [by_id[rule_id] for rule_id in each.rules if rule_id in by_id]
        needed[each.meta.id] = replace(each, alerts=each.meta.id == rule.meta.id)
    return needed
