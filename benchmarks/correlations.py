"""Correlations alone, on one core: events a second through windows and episodes, memory a group, restarts."""

import gc
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from tocsin.engine.arrivals import Arrivals
from tocsin.engine.correlate import advance
from tocsin.engine.measures import Alternative, Kept, Measure
from tocsin.engine.ringers import Feed, Ringer
from tocsin.engine.state import NEVER_US, RuleState, encode, restore
from tocsin.kernel.issues import Location
from tocsin.rules.model import CorrelationType, Level, Meta, Threshold

EVENTS: Final = 1_000_000
GROUPS: Final = 100_000
BATCH: Final = 50_000
SPAN_US: Final = 3_600_000_000
DISTINCT: Final = 1_800
_STEPS: Final = (0.6, 0.399, 0.001)
"""How often each of three steps comes: the last one seldom, as what an alarm is about does."""
_RINGING_STEPS: Final = (0.4, 0.3, 0.3)
"""So often that nearly every group rings, and goes on ringing."""
LIVE_GROUPS: Final = 1_000_000


def measure() -> list[tuple[str, str, str]]:
    """Name, what is asked, what was measured."""
    count = make_ringer(Measure(CorrelationType.EVENT_COUNT, (Threshold("gte", 1_000),)))
    values = make_ringer(Measure(CorrelationType.VALUE_COUNT, (Threshold("gte", 10_000),)))
    steps = make_ringer(Measure(CorrelationType.TEMPORAL_ORDERED, rules=3, alternatives=(Alternative((0, 1, 2)),)))
    sums = make_ringer(Measure(CorrelationType.VALUE_SUM, (Threshold("gte", 1e12),)))
    rows = [
        ("event_count, 100,000 groups", "≥ 800,000 events/s", _speed(count, GROUPS)),
        ("value_count, 1,800 values a window", "≥ 400,000 events/s", _speed(values, 100)),
        ("temporal_ordered of three rules", "≥ 500,000 events/s", _speed(steps, GROUPS)),
        ("temporal_ordered, nearly all of 100,000 groups ring", "", _speed(steps, GROUPS, _RINGING_STEPS)),
        ("value_sum, 100,000 groups, by watermark", "", _speed(sums, GROUPS)),
    ]
    size_bytes, restart_s = _live_groups(count)
    rows.append(("a live group with one event", "< 300 bytes", f"{size_bytes:,.0f} bytes"))
    rows.append(("restart with 1,000,000 live groups", "< 5 s", f"{restart_s:.1f} s"))
    return rows


def make_ringer(measured: Measure) -> Ringer:
    """A rule by one group-by field, over an hour."""
    meta = Meta("benchmark", "Benchmark", Level.HIGH, Location("benchmark"))
    return Ringer(meta, (Feed(0, ("user",)),), SPAN_US, measured, ("user",))


def _speed(ringer: Ringer, groups: int, steps: Sequence[float] = _STEPS) -> str:
    """A window of an hour; the events of a value count fall into it 1,800 a group."""
    batches = list(make_batches(ringer, groups, steps))
    state, begun = RuleState(), time.perf_counter()
    for batch in batches:
        state = advance(ringer, state, batch, int(batch.time.max()) - 300_000_000, 0).state
    return f"{EVENTS / (time.perf_counter() - begun):,.0f} events/s"


def make_batches(ringer: Ringer, groups: int, steps: Sequence[float] = _STEPS) -> Iterator[Arrivals]:
    """`EVENTS` events in order of time, `BATCH` at once."""
    rng = np.random.default_rng(1)
    texts = [f'["user-{group}"]' for group in range(groups)]
    # As many events in the timespan as make the distinct values asked for; all of them where groups are many.
    spread_us = SPAN_US * EVENTS // (groups * DISTINCT) if groups < GROUPS else SPAN_US
    times = np.sort(rng.integers(0, spread_us, EVENTS))
    kept = ringer.measure.kept
    value = {
        Kept.NOTHING: lambda: np.zeros(EVENTS, np.uint64),
        Kept.HASH: lambda: rng.integers(0, 2**63, EVENTS).astype(np.uint64),
        Kept.NUMBER: lambda: rng.integers(0, 10_000, EVENTS).astype(np.float64).view(np.uint64),
        Kept.RULES: lambda: np.uint64(1) << rng.choice(3, EVENTS, p=steps).astype(np.uint64),
    }[kept]()
    codes, events = rng.integers(0, groups, EVENTS), np.arange(EVENTS, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    for start in range(0, EVENTS, BATCH):
        part = slice(start, start + BATCH)
        seen, places = np.unique(codes[part], return_inverse=True)
        named = [texts[code] for code in seen.tolist()]
        rows = np.arange(BATCH)
        yield Arrivals(named, places, times[part], events[part], value[part], np.zeros(BATCH, np.int64), rows)


def _live_groups(ringer: Ringer) -> tuple[float, float]:
    """Bytes of memory a live group, and how long a restart takes until the first batch has been looked at."""
    segments = []
    for start in range(0, LIVE_GROUPS, 100_000):
        codes = np.arange(100_000)
        texts = [f'["user-{start + code}"]' for code in range(100_000)]
        events = np.arange(start, start + 100_000, dtype=np.uint64)
        zeros = np.zeros(100_000, np.int64)
        arrivals = Arrivals(texts, codes, codes, events, zeros.view(np.uint64), zeros, codes)
        step = advance(ringer, RuleState(), arrivals, NEVER_US, 0)
        segments.append(encode(step.kept, step.state.groups))
    begun = time.perf_counter()
    state = restore(segments, [])
    advance(ringer, state, arrivals, NEVER_US, 0)
    restart_s = time.perf_counter() - begun
    del state
    gc.collect()
    tracemalloc.start()
    state = restore(segments, [])
    size_bytes, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size_bytes / len(state.groups.texts), restart_s
