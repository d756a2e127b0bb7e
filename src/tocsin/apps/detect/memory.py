"""The engine's window state: kept as segments beside the alerts, and found again after a restart."""

from collections.abc import Iterable
from datetime import UTC, datetime

import orjson
from django.db.models import Count

from tocsin.apps.alerts.models import Alert, State
from tocsin.apps.detect.models import WindowSegment
from tocsin.engine.correlate import Step
from tocsin.engine.episodes import Episode
from tocsin.engine.keeping import prune_state, restore_state, segment_of
from tocsin.engine.ringers import Ringer
from tocsin.engine.state import RuleState
from tocsin.kernel.clock import from_us, to_us

MAX_SEGMENTS = 64
"""A rule's segments are merged into one when there are more."""

_OLDEST_US = to_us(datetime.min.replace(tzinfo=UTC))
_GONE_US = 24 * 3600 * 1_000_000


class Memory:
    """The states of all ringing rules."""

    def __init__(self, ringers: Iterable[Ringer], watermark_us: int) -> None:
        self._ringers = {ringer.meta.id: ringer for ringer in ringers}
        self._states = {rule_id: _restored(ringer, watermark_us) for rule_id, ringer in self._ringers.items()}
        self._cuts_us: dict[str, int] = {}
        self._gone_cut_us = 0
        counted = WindowSegment.objects.values_list("rule_id").annotate(count=Count("id"))
        self._segments = dict(counted)

    def state(self, ringer: Ringer) -> RuleState:
        """The committed state of ``ringer``."""
        return self._states[ringer.meta.id]

    def save(self, ringer: Ringer, step: Step) -> None:
        """Keep what is new of ``step``. Inside the transaction of its alerts."""
        if not step.is_kept:
            return
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

    def remember(self, ringer: Ringer, state: RuleState, *, is_saved: bool) -> None:
        """``state`` is committed; whether `save` kept anything of it."""
        rule_id = ringer.meta.id
        self._states[rule_id] = state
        if not is_saved:
            return
        count = self._segments.get(rule_id, 0)
        self._segments[rule_id] = count + 1 if count < MAX_SEGMENTS else 1

    def forget(self, watermark_us: int) -> None:
        """Drop what no event can need any more; in steps of an eighth of a rule's timespan, not at every pass."""
        self._forget_gone(watermark_us)
        for rule_id, ringer in self._ringers.items():
            # What waits for the watermark is judged in a pass, and a pass may fail for one rule.
            settled_us = min(watermark_us, self._states[rule_id].judged_us) if ringer.waits else watermark_us
            cut_us = settled_us - ringer.reach_us
            if cut_us <= self._cuts_us.get(rule_id, 0) + ringer.timespan_us // 8 or self._states[rule_id].is_empty:
                continue
            self._cuts_us[rule_id] = cut_us
            self._states[rule_id] = prune_state(ringer, self._states[rule_id], cut_us)
            WindowSegment.objects.filter(rule_id=rule_id, until_us__lt=cut_us).delete()

    def _forget_gone(self, watermark_us: int) -> None:
        """Drop what rules left behind that are loaded no more; not at once, since a file may only be being replaced."""
        cut_us = watermark_us - _GONE_US
        if cut_us > self._gone_cut_us + _GONE_US // 8:
            self._gone_cut_us = cut_us
            WindowSegment.objects.exclude(rule_id__in=self._ringers).filter(until_us__lt=cut_us).delete()


def _restored(ringer: Ringer, watermark_us: int) -> RuleState:
    segments = WindowSegment.objects.filter(rule_id=ringer.meta.id, digest=ringer.digest)
    rows = [bytes(row) for row in segments.order_by("id").values_list("rows", flat=True)]
    open_since = from_us(max(_OLDEST_US, watermark_us - ringer.reach_us))
    alerts = Alert.objects.filter(rule_id=ringer.meta.id, last_at__gte=open_since).exclude(state=State.MERGED)
    return restore_state(
        ringer, rows, [_episode(alert, ringer) for alert in alerts if set(alert.group) == set(ringer.group_by)]
    )


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
