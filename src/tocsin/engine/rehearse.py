"""Rehearse: what one rule would make of some events, by the engine that runs it, and nothing kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from tocsin.engine.arrivals import Batch, Signals, collect
from tocsin.engine.baseline import History, Normal
from tocsin.engine.correlate import advance
from tocsin.engine.episodes import Episode
from tocsin.engine.match import match
from tocsin.engine.plan import Refusal, compile_plan
from tocsin.engine.ringers import make_ringers
from tocsin.engine.state import END_US, RuleState
from tocsin.kernel.logsource import LogSource
from tocsin.rules.model import CorrelationRule, DetectionRule, Rule


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


def rehearse(rule: Rule, by_id: Mapping[str, Rule], table: pa.Table, history: Sequence[int] | None = None) -> Outcome:
    """Run ``rule``, and of ``by_id`` the rules that it counts, over the events of ``table``.

    The events are taken for those of a source of the logsource that the detection rules share.
    Rules with a baseline learn from these events alone; where ``history`` is given they take it for what each
    past season had at every hour, oldest first. No day is special.
    Shape: one row an event, as a format gives them.
    """
    needed = list(_needed(rule, by_id).values())
    detections = [each for each in needed if isinstance(each, DetectionRule)]
    plan = compile_plan(detections)
    matches = match(table, plan, _shared_logsource(detections))
    matched = tuple((each.meta.title, len(matches.rows_of(place))) for place, each in enumerate(detections))
    signals: dict[str, Signals] = {}
    found: tuple[Episode, ...] = ()
    normals: tuple[Normal, ...] = ()
    learnt = History(assumed=None if history is None else tuple(history))
    for ringer in make_ringers(needed):
        arrivals = collect(ringer, [Batch("rehearsal", table, matches)], signals)
        step = advance(ringer, RuleState(history=learnt), arrivals, END_US, 0)
        signals[ringer.meta.id] = step.signals
        if ringer.meta.id == rule.meta.id:
            found, normals = tuple(change.episode for change in step.changes), tuple(step.normals)
    return Outcome(found, matched, plan.refused, normals)


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


def _shared_logsource(rules: list[DetectionRule]) -> LogSource:
    logsources = {rule.logsource for rule in rules}
    return logsources.pop() if len(logsources) == 1 else LogSource()
