"""What it costs to learn what is normal: event_count with and without a baseline, in turns, on one core."""

import time
from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Final

import numpy as np

from benchmarks.correlations import EVENTS, GROUPS, make_batches, make_ringer
from tocsin.engine.arrivals import Arrivals
from tocsin.engine.baseline import MAX_ENTRIES, History, find_normal, forget
from tocsin.engine.correlate import advance
from tocsin.engine.measures import Measure
from tocsin.engine.peaks import encode_peaks, make_peaks
from tocsin.engine.ringers import Ringer
from tocsin.engine.state import RuleState
from tocsin.rules.model import Baseline, CorrelationType, Threshold

ROUNDS: Final = 3
LATENESS_US: Final = 300_000_000
HOUR: Final = 500_000
LOOKED_UP: Final = 10_000


def measure() -> list[tuple[str, str, str]]:
    """Name, what is asked, what was measured."""
    plain = make_ringer(Measure(CorrelationType.EVENT_COUNT, (Threshold("gte", 1_000),)))
    batches = list(make_batches(plain, GROUPS))
    learning = replace(plain, baseline=Baseline())
    rounds = [(_seconds(plain, batches), _seconds(learning, batches)) for _ in range(ROUNDS)]
    without, with_it = (EVENTS / median(each) for each in zip(*rounds, strict=True))
    ratio = median(learnt / bare for bare, learnt in rounds)
    return [
        ("event_count, 100,000 groups, without a baseline", "≥ 800,000 events/s", f"{without:,.0f} events/s"),
        ("the same with one", "", f"{with_it:,.0f} events/s, {ratio:.2f} times the processor time"),
        *_lookups(),
    ]


def _seconds(ringer: Ringer, batches: Sequence[Arrivals]) -> float:
    """Processor time for all batches; an hour of event time passes, which is learnt in six steps."""
    state, begun = RuleState(), time.process_time()
    for batch in batches:
        state = advance(ringer, state, batch, int(batch.time.max()) - LATENESS_US, 0).state
    return time.process_time() - begun


def _lookups() -> list[tuple[str, str, str]]:
    """A full history: to ask it, to keep it, to forget of it."""
    rng = np.random.default_rng(1)
    groups = rng.integers(1, 2**63, MAX_ENTRIES // 500).astype(np.uint64)
    hours = HOUR - rng.integers(168, 840, MAX_ENTRIES)
    history = History(make_peaks(rng.choice(groups, MAX_ENTRIES), hours, rng.integers(1, 50, MAX_ENTRIES)))
    asked, begun = rng.choice(groups, LOOKED_UP), time.process_time()
    find_normal(Baseline(), history, asked, np.full(LOOKED_UP, HOUR))
    asked_us = (time.process_time() - begun) / LOOKED_UP * 1e6
    begun = time.process_time()
    forget(Baseline(), history, HOUR * 3_600_000_000)
    forgotten_s = time.process_time() - begun
    size_bytes = len(encode_peaks(history.peaks)) / len(history.peaks)
    return [
        ("to ask what is normal for a group and hour, 10,000 at once", "", f"{asked_us:.1f} µs each"),
        ("a number in the database", "", f"{size_bytes:.1f} bytes"),
        ("to go through a full history, once an hour of event time", "", f"{forgotten_s:.2f} s"),
    ]
