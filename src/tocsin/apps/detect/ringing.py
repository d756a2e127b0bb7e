"""Changed episodes become alerts, and alerts become outbox rows. All inside one transaction."""

from collections.abc import Iterable, Mapping, Sequence

import orjson

from tocsin.apps.alerts import normal
from tocsin.apps.alerts.models import Alert, AlertAction, State
from tocsin.apps.alerts.mutes import find_mute
from tocsin.apps.detect.opening import open_alert
from tocsin.apps.detect.samples import choose_samples, merge_samples, read_samples
from tocsin.apps.detect.texts import storable
from tocsin.apps.detect.variants import joined as join_variants
from tocsin.apps.detect.variants import merge_variants
from tocsin.apps.notify.outbox import enqueue
from tocsin.engine.arrivals import Batch
from tocsin.engine.baseline import Normal
from tocsin.engine.correlate import Sample, Step
from tocsin.engine.episodes import Change, Episode
from tocsin.engine.ringers import Ringer
from tocsin.kernel.clock import from_us, now
from tocsin.kernel.ids import fingerprint


def ring(ringer: Ringer, step: Step, batches: Sequence[Batch], formats: Mapping[str, str]) -> list[tuple[Episode, int]]:
    """Write the alerts that ``step`` opened, extended or joined; returns the new episodes with their alerts' ids."""
    # Locked, so that what people do with them at this moment is not written over.
    locked = Alert.objects.select_for_update()
    known = locked.in_bulk({key for change in step.changes for key in change.joined})
    opened = []
    normals: Sequence[Normal | None] = step.normals or [None] * len(step.changes)
    for change, samples, found in zip(step.changes, step.samples, normals, strict=True):
        if change.episode.key is None:
            repeated = _find_repeated(ringer, change, samples, batches)
            alert = repeated or _open(ringer, change, found, samples, batches, formats)
            opened.append((change.episode, alert.pk))
        else:
            _extend(ringer, known[change.episode.key], change, found, samples, batches, formats)
            _merge(known[change.episode.key], [known[key] for key in change.joined[1:]])
    return opened


def _find_repeated(ringer: Ringer, change: Change, samples: Sequence[Sample], batches: Sequence[Batch]) -> Alert | None:
    """The alert that tells of these very events already: late ones, which came again when they were forgotten.

    Its sample events say so; an alert that has more events than it has samples is not known again.
    """
    named = ((batches[each.batch], each.row) for each in samples)
    events = {(batch.source, storable(batch.table["_id"][row].as_py())) for batch, row in named}
    if len(events) != change.new_events:
        return None
    episode = change.episode
    same = Alert.objects.filter(rule_id=ringer.meta.id, group_key=fingerprint(episode.group)).exclude(
        state=State.MERGED
    )
    within = same.filter(first_at__lte=from_us(episode.first_us), last_at__gte=from_us(episode.last_us))
    known = within.order_by("pk").first()
    told = {(each["source"], each["id"]) for each in known.samples} if known else set()
    return known if events <= told else None


def _open(
    ringer: Ringer,
    change: Change,
    found: Normal | None,
    samples: Sequence[Sample],
    batches: Sequence[Batch],
    formats: Mapping[str, str],
) -> Alert:
    meta = ringer.meta
    alert = Alert(
        rule_id=meta.id,
        rule_title=storable(meta.title, 300),
        level=meta.level,
        level_rank=meta.level.rank,
        rule_text=_rule_text(ringer),
        group=dict(zip(ringer.group_by, orjson.loads(change.episode.group), strict=True)),
        group_key=fingerprint(change.episode.group),
        count_of=ringer.counted[:200],
        samples=merge_samples((), read_samples(samples, batches, formats)),
        variants=merge_variants((), change.said),
    )
    _set_normal(alert, ringer, change, found)
    _set_numbers(alert, change)
    alert.source = _join_sources("", *_sources(samples, batches))
    open_alert(alert)
    return alert


def _extend(
    ringer: Ringer,
    alert: Alert,
    change: Change,
    found: Normal | None,
    samples: Sequence[Sample],
    batches: Sequence[Batch],
    formats: Mapping[str, str],
) -> None:
    before, was_muted = alert.count, alert.muted_by_id is not None
    alert.muted_by = find_mute(alert, now())
    _set_normal(alert, ringer, change, found)
    _set_numbers(alert, change)
    alert.rule_text = _rule_text(ringer)
    alert.source = _join_sources(alert.source, *_sources(samples, batches))
    worth = choose_samples(alert.samples, samples, batches)
    alert.samples = merge_samples(alert.samples, read_samples(worth, batches, formats))
    alert.variants = merge_variants(alert.variants, change.said)
    if alert.state == State.RESOLVED and change.new_events:
        alert.state, alert.verdict = State.OPEN, ""
        AlertAction.objects.create(alert=alert, verb="reopened", note=f"{change.new_events} more events")
        enqueue(alert, f"again{AlertAction.objects.filter(alert=alert, verb='reopened').count()}")
    alert.save()
    if was_muted:
        enqueue(alert, "opened")  # does nothing where it is muted still, or was told before the mute
    if (grown := _power_of_ten(alert.count)) > max(1, _power_of_ten(before)):
        enqueue(alert, f"x{grown}")


def _merge(kept: Alert, joined: Iterable[Alert]) -> None:
    """Late events showed that ``joined`` are one with ``kept``: they point to it and are told no more."""
    for alert in joined:
        kept.samples = merge_samples(kept.samples, alert.samples)
        kept.variants = join_variants((kept.variants, alert.variants))
        kept.source = _join_sources(kept.source, alert.source)
        alert.state, alert.merged_into = State.MERGED, kept
        alert.save()
        AlertAction.objects.create(alert=alert, verb="merged", note=f"into #{kept.pk}")
        Alert.objects.filter(merged_into=alert).update(merged_into=kept)
        kept.save()


def _set_numbers(alert: Alert, change: Change) -> None:
    episode = change.episode
    alert.first_at, alert.last_at = from_us(episode.first_us), from_us(episode.last_us)
    alert.opened_at = from_us(episode.opened_us)
    alert.events, alert.thread = episode.events, episode.thread
    alert.count = episode.peak if alert.count_of else episode.events


def _set_normal(alert: Alert, ringer: Ringer, change: Change, found: Normal | None) -> None:
    """What was normal where it opened is asked once: of an alert that goes on for weeks it may be forgotten."""
    if found is None:
        return
    if not alert.normal or alert.opened_at != from_us(change.episode.opened_us):
        alert.normal = normal.record(ringer, found, change.episode.peak)
    alert.normal = alert.normal | {"peak": change.episode.peak}


def _rule_text(ringer: Ringer) -> dict[str, object]:
    meta = ringer.meta
    return {
        "description": storable(meta.description),
        "next_steps": storable(meta.next_steps),
        "falsepositives": [storable(each) for each in meta.falsepositives],
        "references": [storable(each) for each in meta.references],
        "tags": [storable(each) for each in meta.tags],
        "fields": [storable(each) for each in meta.fields],
        "timespan_s": ringer.timespan_us // 1_000_000,
        "condition": {each.comparison: each.value for each in ringer.measure.thresholds},
        **({"similar": {"field": similar.field, "at_least": similar.at_least}} if (similar := ringer.similar) else {}),
        **({"absent": {"within_s": ringer.absence.within_us // 1_000_000}} if ringer.absence else {}),
    }


def _sources(samples: Iterable[Sample], batches: Sequence[Batch]) -> set[str]:
    return {batches[sample.batch].source for sample in samples}


def _join_sources(known: str, *more: str) -> str:
    names = {name for text in (known, *more) for name in text.split(", ") if name}
    return ", ".join(sorted(names))[:300]


def _power_of_ten(count: int) -> int:
    """The largest power of ten that is not above ``count``."""
    return int("1" + "0" * (len(str(count)) - 1))
