"""What is nearly the same, on one core: posts a second over a window of an hour, memory, restart, and a labelled set.

The posts are made of 30,000 words as often as words are; three in a hundred say what another one says, and eight
campaigns of 400 posts each vary one text. A million posts lie in the window at the end.
"""

import multiprocessing
import resource
import time
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Final

import numpy as np
import pyarrow as pa
from tests.same_messages import MESSAGES, pairs, vary

from tocsin.engine.arrivals import Arrivals
from tocsin.engine.correlate import advance
from tocsin.engine.keeping import restore_state, segment_of
from tocsin.engine.measures import Measure
from tocsin.engine.ringers import Feed, Ringer
from tocsin.engine.similar_letters import read_letters
from tocsin.engine.similar_runs import equal_bytes, width
from tocsin.engine.similar_signs import SIZE, lengths, sign
from tocsin.engine.state import RuleState
from tocsin.kernel.issues import Location
from tocsin.rules.model import CorrelationType, Level, Meta, Similar, Threshold

POSTS: Final = 1_000_000
BATCH: Final = 50_000
LIVE: Final = 300
LIVE_PASSES: Final = 50
SPAN_US: Final = 3_600_000_000
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
_LABELLED: Final = 200


@dataclass(frozen=True)
class Result:
    """What one process measured."""

    posts_s: float
    flood_s: float
    live_ms: float
    restart_s: float
    peak_bytes: int
    kept_bytes: int
    whole: int


def measure() -> list[tuple[str, str, str]]:
    """Name, what is asked, what was measured."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        result = pool.apply(_run)
    rows = [
        ("posts of 90 letters, a million within the hour", "≥ 40,000 posts/s", f"{result.posts_s:,.0f} posts/s"),
        ("  peak memory of the process", "< 2 GB", _megabytes(result.peak_bytes)),
        ("  what is kept in the database", "", _megabytes(result.kept_bytes)),
        (f"  a pass of {LIVE} posts on top of that", "", f"{result.live_ms:.0f} ms"),
        ("  restart with a million posts", "", f"{result.restart_s:.1f} s"),
        ("  campaigns of 400 posts that are one alert of 380 and more", "8 of 8", f"{result.whole} of 8"),
        ("a flood: 10,000 variants of one text, 1,000 at a time", "", f"{result.flood_s:,.0f} posts/s"),
    ]
    return rows + [_quality(at_least) for at_least in (0.6, 0.7, 0.8, 0.9)]


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:,.0f} MB"


def _run() -> Result:
    ringer = _ringer()
    state, kept, spent = RuleState(), [], 0.0
    for batch in _batches():
        begun = time.process_time()
        step = advance(ringer, state, batch, 0, 4)
        spent += time.process_time() - begun
        state = step.state
        kept.append(segment_of(ringer, step, is_whole=False).content)
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    episodes = [episode for known in state.episodes.values() for episode in known]
    live_ms = _live(ringer, state)
    begun = time.process_time()
    restore_state(ringer, kept, episodes)
    restart_s = time.process_time() - begun
    kept_bytes = sum(map(len, kept))
    whole = sum(episode.events >= 380 for episode in episodes)
    del state, kept, step
    return Result(POSTS / spent, _flood(ringer), live_ms, restart_s, peak_bytes, kept_bytes, whole)


def _ringer() -> Ringer:
    meta = Meta("benchmark", "Benchmark", Level.HIGH, Location("benchmark"))
    count = Measure(CorrelationType.VALUE_COUNT, (Threshold("gte", 20),))
    return Ringer(meta, (Feed(0, (), ("actor",)),), SPAN_US, count, (), ("actor",), similar=Similar("text", 0.8, 40))


def _batches() -> Iterator[Arrivals]:
    """The posts of the hour in order of time, made batch by batch so that making them takes no memory."""
    rng, numbers = Random(1), np.random.default_rng(1)
    letters = np.array(list("etaoinshrdlcumwfgypbvk"))
    words = np.array(["".join(numbers.choice(letters, numbers.integers(2, 9))) for _ in range(30_000)])
    seen: list[str] = []
    for start in range(0, POSTS, BATCH):
        counts = np.clip(numbers.lognormal(2.6, 0.6, BATCH).astype(int), 1, 80)
        written = words[np.minimum(numbers.zipf(1.3, counts.sum()) - 1, len(words) - 1)].tolist()
        ends = np.cumsum(counts).tolist()
        texts = [" ".join(written[end - count : end]) for end, count in zip(ends, counts.tolist(), strict=True)]
        seen += texts[:500]
        for _ in range(BATCH * 3 // 100):
            texts[rng.randrange(BATCH)] = rng.choice(seen)
        for message in MESSAGES[:8]:
            for _ in range(400 * BATCH // POSTS):
                texts[rng.randrange(BATCH)] = vary(rng, message)[0]
        times = np.sort(numbers.integers(start, start + BATCH, BATCH)) * (SPAN_US // POSTS)
        yield _arrivals(texts, times, start, rng)


def _arrivals(
    texts: list[str], times: "np.ndarray[tuple[int], np.dtype[np.int64]]", first: int, rng: Random
) -> Arrivals:
    actors = np.array([rng.randrange(200_000) for _ in texts], np.uint64)
    said = pa.table({"text": pa.array(texts), "actor": pa.array([f"user-{actor}" for actor in actors.tolist()])})
    zeros, events = np.zeros(len(texts), np.int64), np.arange(first, first + len(texts), dtype=np.uint64)
    rows = np.arange(len(texts))
    return Arrivals(["[]"], zeros, times, events * _SPREAD, actors * _SPREAD, zeros, rows, said)


def _live(ringer: Ringer, state: RuleState) -> float:
    """Milliseconds of a pass of a few posts where a million are kept, the cleaning up of runs included."""
    rng = Random(3)
    texts = [vary(rng, rng.choice(MESSAGES))[0] if rng.random() < 0.02 else f"{rng.random()} " * 9 for _ in range(LIVE)]
    spent = 0.0
    for number in range(LIVE_PASSES):
        said = [text + " ".join(rng.choices("abcdefghijklmnop", k=60)) for text in texts]
        arrivals = _arrivals(said, np.full(LIVE, SPAN_US + number), POSTS + number * LIVE, rng)
        begun = time.process_time()
        state = advance(ringer, state, arrivals, 0, 4).state
        spent += time.process_time() - begun
    return spent / LIVE_PASSES * 1_000


def _flood(ringer: Ringer) -> float:
    """Posts a second where every post is nearly the same as every other one."""
    rng, count = Random(4), 10_000
    texts = [vary(rng, MESSAGES[0])[0] for _ in range(count)]
    state, begun = RuleState(), time.process_time()
    times = np.sort(np.array([rng.randrange(SPAN_US) for _ in texts]))
    for start in range(0, count, 1_000):
        part = slice(start, start + 1_000)
        state = advance(ringer, state, _arrivals(texts[part], times[part], start, rng), 0, 4).state
    return count / (time.process_time() - begun)


def _quality(at_least: float) -> tuple[str, str, str]:
    """Of the labelled set: how many pairs that are the same are found, and how many that are found are the same."""
    labelled = pairs(seed=1, each=_LABELLED)
    letters = read_letters(pa.array([text for pair in labelled for text in (pair.one, pair.two)]))
    signs = sign(letters).reshape(-1, 2, SIZE)
    size = width(at_least)
    is_equal = signs[:, 0] == signs[:, 1]
    shares = is_equal[:, : SIZE // size * size].reshape(len(signs), -1, size).all(axis=2).any(axis=1)
    is_long = (lengths(letters) >= 40).reshape(-1, 2).all(axis=1)
    found = shares & is_long & (np.count_nonzero(is_equal, axis=1) >= equal_bytes(at_least))
    is_same = np.array([pair.is_same for pair in labelled])
    right = np.count_nonzero(found & is_same)
    said = f"precision {right / np.count_nonzero(found):.3f}, recall {right / np.count_nonzero(is_same):.3f}"
    return (f"labelled set of {len(labelled):,} pairs, at_least {at_least}", "", said)
