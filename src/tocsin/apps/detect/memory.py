"""The engine's window state: kept as segments beside the alerts, and found again after a restart."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

import orjson
from django.db.models import Count

from tocsin.apps.alerts.models import Alert, State
from tocsin.apps.detect.alarms import HISTORY_FULL, LIMIT, Alarm, sound
from tocsin.apps.detect.models import HistorySegment, WindowSegment
from tocsin.engine.baseline import HOUR_US, MAX_ENTRIES, Calendar, History, forget
from tocsin.engine.correlate import Step
from tocsin.engine.episodes import Episode
from tocsin.engine.keeping import prune_state, restore_state, segment_of
from tocsin.engine.peaks import decode_peaks, encode_peaks
from tocsin.engine.ringers import Ringer
from tocsin.engine.state import MAX_ROWS, MAX_ROWS_A_GROUP, RuleState
from tocsin.kernel.clock import from_us, now, to_us

MAX_SEGMENTS = 64
"""A rule's segments are merged into one when there are more."""

_SPARE_GROUPS = 100_000
_OLDEST_US = to_us(datetime.min.replace(tzinfo=UTC))
_GONE_US = 24 * 3600 * 1_000_000
_HISTORY_GONE_US = 28 * _GONE_US
"""A rule that is taken out for a holiday and put back knows what is normal."""


class Memory:
    """The states of all ringing rules."""

    def __init__(self, ringers: Iterable[Ringer], watermark_us: int, calendar: Calendar | None = None) -> None:
        self._ringers = {ringer.meta.id: ringer for ringer in ringers}
        self._states = {
            rule_id: _restored(ringer, watermark_us, calendar or Calendar())
            for rule_id, ringer in self._ringers.items()
        }
        self._cuts_us = {rule_id: watermark_us - ringer.reach_us for rule_id, ringer in self._ringers.items()}
        self._gone_cut_us = 0
        self._history_hour = watermark_us // HOUR_US
        counted = WindowSegment.objects.values_list("rule_id").annotate(count=Count("id"))
        self._segments = dict(counted)
        learnt = HistorySegment.objects.values_list("rule_id").annotate(count=Count("id"))
        self._history_segments = dict(learnt)

    def use(self, calendar: Calendar) -> None:
        """Go on with another calendar."""
        for rule_id, state in self._states.items():
            self._states[rule_id] = replace(state, history=replace(state.history, calendar=calendar))

    def state(self, ringer: Ringer) -> RuleState:
        """The committed state of ``ringer``."""
        return self._states[ringer.meta.id]

    def save(self, ringer: Ringer, step: Step) -> None:
        """Keep what is new of ``step``. Inside the transaction of its alerts."""
        if not step.is_kept:
            return
        if ringer.baseline is not None and len(step.learnt):
            self._save_history(ringer, step)
        if step.dropped:
            kept = f"{MAX_ROWS_A_GROUP:,} of a group and {MAX_ROWS:,} in all are kept"
            reason = f"{step.dropped:,} of its oldest events were dropped; {kept}"
            sound(Alarm(LIMIT, "", reason, rule=ringer.meta.title, events=step.dropped), now())
        is_whole = self._segments.get(ringer.meta.id, 0) >= MAX_SEGMENTS
        if is_whole:
            WindowSegment.objects.filter(rule_id=ringer.meta.id, digest=ringer.digest).delete()
        segment = segment_of(ringer, step, is_whole=is_whole)
        WindowSegment.objects.create(
            rule_id=ringer.meta.id,
            digest=ringer.digest,
            until_us=segment.until_us,
            rows=segment.content,
        )

    def _save_history(self, ringer: Ringer, step: Step) -> None:
        peaks = step.learnt
        if self._history_segments.get(ringer.meta.id, 0) >= MAX_SEGMENTS or step.forgotten:
            peaks = step.state.history.peaks
            HistorySegment.objects.filter(rule_id=ringer.meta.id).delete()
        if step.forgotten:
            reason = f"{step.forgotten:,} of its oldest numbers were dropped; {MAX_ENTRIES:,} are kept"
            sound(Alarm(HISTORY_FULL, "", reason, rule=ringer.meta.title, events=step.forgotten), now())
        HistorySegment.objects.create(
            rule_id=ringer.meta.id,
            digest=_history_digest(ringer),
            until_hour=int(peaks.hour.max(initial=0)),
            peaks=encode_peaks(peaks),
        )

    def remember(self, ringer: Ringer, state: RuleState, *, is_saved: bool) -> None:
        """``state`` is committed; whether `save` kept anything of it."""
        rule_id = ringer.meta.id
        has_learnt = len(state.history.peaks) and state.history is not self._states[rule_id].history
        self._states[rule_id] = state
        if not is_saved:
            return
        if has_learnt:
            count = self._history_segments.get(rule_id, 0)
            self._history_segments[rule_id] = count + 1 if count < MAX_SEGMENTS else 1
        count = self._segments.get(rule_id, 0)
        self._segments[rule_id] = count + 1 if count < MAX_SEGMENTS else 1

    def forget(self, watermark_us: int) -> None:
        """Drop what no event can need any more; in steps of an eighth of a rule's timespan, not at every pass."""
        self._forget_gone(watermark_us)
        for rule_id, ringer in self._ringers.items():
            # What waits for the watermark is judged in a pass, and a pass may fail for one rule.
            state = self._states[rule_id]
            settled_us = min(watermark_us, state.judged_us) if ringer.waits else watermark_us
            cut_us = settled_us - ringer.reach_us
            is_due = cut_us > self._cuts_us[rule_id] + ringer.timespan_us // 8 or _has_lost_groups(state)
            if not is_due or state.is_empty:
                continue
            self._cuts_us[rule_id] = cut_us
            self._states[rule_id] = prune_state(ringer, state, cut_us)
            WindowSegment.objects.filter(rule_id=rule_id, until_us__lt=cut_us).delete()
        self._forget_histories(watermark_us)

    def _forget_histories(self, watermark_us: int) -> None:
        """Drop, once an hour of event time, what is older than any window looks; on disk, when segments are merged."""
        hour = watermark_us // HOUR_US
        if hour == self._history_hour:
            return
        self._history_hour = hour
        for rule_id, ringer in self._ringers.items():
            state = self._states[rule_id]
            if ringer.baseline is not None and len(state.history.peaks):
                self._states[rule_id] = replace(state, history=forget(ringer.baseline, state.history, watermark_us))

    def _forget_gone(self, watermark_us: int) -> None:
        """Drop what rules left behind that are loaded no more; not at once, since a file may only be being replaced."""
        cut_us = watermark_us - _GONE_US
        if cut_us > self._gone_cut_us + _GONE_US // 8:
            self._gone_cut_us = cut_us
            WindowSegment.objects.exclude(rule_id__in=self._ringers).filter(until_us__lt=cut_us).delete()
            gone = HistorySegment.objects.exclude(rule_id__in=self._ringers)
            gone.filter(until_hour__lt=(watermark_us - _HISTORY_GONE_US) // HOUR_US).delete()


def _restored(ringer: Ringer, watermark_us: int, calendar: Calendar) -> RuleState:
    segments = WindowSegment.objects.filter(rule_id=ringer.meta.id, digest=ringer.digest)
    rows = [bytes(row) for row in segments.order_by("id").values_list("rows", flat=True)]
    open_since = from_us(max(_OLDEST_US, watermark_us - ringer.reach_us))
    alerts = Alert.objects.filter(rule_id=ringer.meta.id, last_at__gte=open_since).exclude(state=State.MERGED)
    episodes = [_episode(alert, ringer) for alert in alerts if set(alert.group) == set(ringer.group_by)]
    return replace(restore_state(ringer, rows, episodes), history=_history(ringer, calendar))


def _has_lost_groups(state: RuleState) -> bool:
    """Whether most groups have no events left, since a limit dropped them."""
    return not state.runs and len(state.groups.texts) > 2 * len(state.rows) + _SPARE_GROUPS


def _history(ringer: Ringer, calendar: Calendar) -> History:
    if ringer.baseline is None:
        return History()
    segments = HistorySegment.objects.filter(rule_id=ringer.meta.id, digest=_history_digest(ringer))
    return History(decode_peaks(bytes(each) for each in segments.values_list("peaks", flat=True)), calendar)


def _history_digest(ringer: Ringer) -> str:
    """Changes when a change of the rule makes what it has learnt meaningless."""
    is_over_all = ringer.baseline is not None and ringer.baseline.is_over_all
    return f"{ringer.digest} {'all' if is_over_all else 'group'}"


def _episode(alert: Alert, ringer: Ringer) -> Episode:
    return Episode(
        group=orjson.dumps([alert.group[name] for name in ringer.group_by]).decode(),
        first_us=to_us(alert.first_at),
        opened_us=to_us(alert.opened_at),
        last_us=to_us(alert.last_at),
        events=alert.events,
        peak=alert.count,
        key=alert.pk,
        thread=alert.thread,
    )
