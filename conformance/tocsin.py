"""Tocsin's engine over the cases: batches in, alerts out, with a restart wherever it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import orjson
import pyarrow as pa

from conformance.cases import Alert, Event
from tocsin.engine.arrivals import Batch, Signals, collect
from tocsin.engine.baseline import Calendar, History, forget
from tocsin.engine.correlate import Step, advance, with_keys
from tocsin.engine.keeping import prune_state, restore_state, segment_of
from tocsin.engine.match import match
from tocsin.engine.peaks import Peaks, decode_peaks, encode_peaks
from tocsin.engine.plan import Plan, compile_plan
from tocsin.engine.ringers import Ringer, make_ringers
from tocsin.engine.state import END_US, RuleState
from tocsin.kernel.logsource import LogSource
from tocsin.rules.model import DetectionRule, Rule


@dataclass
class Run:
    """The engine with what its keeper holds: states, segments and alerts.

    Attributes:
        lateness_us: how long after the newest event an earlier one may still come.
        restarts: whether after every batch the states are thrown away and restored from what was kept.
        calendar: which days are special to rules that learn what is normal.
    """

    rules: Sequence[Rule]
    lateness_us: int
    restarts: bool = True
    calendar: Calendar = field(default_factory=Calendar)
    newest_us: int = -END_US
    alerts: dict[int, Alert] = field(default_factory=dict)
    _next_key: int = 1

    def __post_init__(self) -> None:
        detections = [rule for rule in self.rules if isinstance(rule, DetectionRule)]
        self._plan: Plan = compile_plan(detections)
        self.ringers = make_ringers(self.rules)
        history = History(Peaks(), self.calendar)
        self.states = {ringer.meta.id: RuleState(history=history) for ringer in self.ringers}
        self._learnt: dict[str, list[bytes]] = {ringer.meta.id: [] for ringer in self.ringers}
        self._segments: dict[str, list[bytes]] = {ringer.meta.id: [] for ringer in self.ringers}

    def send(self, events: Sequence[Event]) -> None:
        """One batch."""
        table = _table(events)
        batch = Batch("source", table, match(table, self._plan, LogSource()))
        self.newest_us = max(self.newest_us, *(event.time_us for event in events))
        self._pass([batch], self.newest_us - self.lateness_us)

    def finish(self) -> None:
        """No more events come."""
        self._pass([], END_US)

    def _pass(self, batches: Sequence[Batch], watermark_us: int) -> None:
        signals: dict[str, Signals] = {}
        for ringer in self.ringers:
            arrivals = collect(ringer, batches, signals)
            step = advance(ringer, self.states[ringer.meta.id], arrivals, watermark_us, 4)
            signals[ringer.meta.id] = step.signals
            self.states[ringer.meta.id] = self._keep(ringer, step, watermark_us)

    def _keep(self, ringer: Ringer, step: Step, watermark_us: int) -> RuleState:
        keyed = []
        for change in step.changes:
            for key in change.joined[1:]:
                del self.alerts[key]
            key = change.episode.key
            if key is None:
                key, self._next_key = self._next_key, self._next_key + 1
                keyed.append((change.episode, key))
            group = tuple(zip(ringer.group_by, orjson.loads(change.episode.group), strict=True))
            episode = change.episode
            self.alerts[key] = Alert(ringer.meta.id, group, episode.first_us, episode.last_us, episode.events)
        state = with_keys(step.state, keyed)
        if self.restarts:
            state = self._restarted(ringer, step, state)
        cut_us = watermark_us - ringer.reach_us
        if watermark_us < END_US and self.restarts:
            state = prune_state(ringer, state, cut_us)
            if ringer.baseline is not None:
                state = replace(state, history=forget(ringer.baseline, state.history, watermark_us))
                self._learnt[ringer.meta.id] = [encode_peaks(state.history.peaks)]
            self._segments[ringer.meta.id] = [segment_of(ringer, replace(step, state=state), is_whole=True).content]
        return state

    def _restarted(self, ringer: Ringer, step: Step, state: RuleState) -> RuleState:
        segments = self._segments[ringer.meta.id]
        if step.is_kept:
            segments.append(segment_of(ringer, replace(step, state=state), is_whole=False).content)
        episodes = [episode for known in state.episodes.values() for episode in known]
        self._learnt[ringer.meta.id].append(encode_peaks(step.learnt))
        history = History(decode_peaks(self._learnt[ringer.meta.id]), self.calendar)
        return replace(restore_state(ringer, segments, episodes), history=history)


def _table(events: Sequence[Event]) -> pa.Table:
    names = sorted({name for event in events for name in event.fields})
    times = pa.array([event.time_us for event in events], pa.timestamp("us", tz="UTC"))
    columns = {name: pa.array([event.fields.get(name) for event in events], pa.string()) for name in names}
    # Received later than it happened: an event whose times are equal has no time of its own.
    received = pa.array([event.time_us + 1 for event in events], pa.timestamp("us", tz="UTC"))
    ids = pa.array([event.id for event in events], pa.string())
    return pa.table({"_id": ids, "_time": times, "_received": received, **columns})
