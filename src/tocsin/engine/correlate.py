"""A batch's matches advance the state of every rule that rings.

A rule whose condition more events can only make truer is judged at once, for the windows that new events
can have changed. Any other is judged when the watermark has passed a window's end: then no event of it
is still to come. Either way the episodes are those of all events together, whatever order they came in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tocsin.engine.arrivals import NOWHERE, Arrivals, Signal, Signals
from tocsin.engine.baseline import SETTLE_US, Normal, settled_after_us
from tocsin.engine.episodes import Change, Episode, join_episodes
from tocsin.engine.learning import find_normals, find_ready, learn_from, without_normal
from tocsin.engine.measures import Bools, Kept, judge
from tocsin.engine.peaks import Peaks
from tocsin.engine.repeats import without_repeats
from tocsin.engine.ringers import Ringer
from tocsin.engine.similar import advance_similar
from tocsin.engine.similar_runs import Said
from tocsin.engine.state import MAX_ROWS, MAX_ROWS_A_GROUP, NEVER_US, Groups, RuleState, newest, newest_of_all
from tocsin.engine.windows import (
    Chains,
    Ints,
    Rows,
    alone,
    concat_rows,
    earlier,
    empty_rows,
    find_chains,
    find_windows,
    since,
    sort_rows,
)
from tocsin.rules.model import Similar


@dataclass(frozen=True, slots=True)
class Sample:
    """Where an event of a change stands: the batch's place and the row in it."""

    batch: int
    row: int


@dataclass(frozen=True, slots=True)
class Step:
    """What a batch did to one ringer.

    Attributes:
        state: the new one. kept: the rows to keep for a restart.
        is_kept: whether there is anything to keep: rows, or windows that are settled now.
        changes, samples: the changed episodes, and events of the batch in each.
        signals: for the correlations that name this one.
        said: in place of ``kept``, of a rule about what is nearly the same.
        normals: of a rule with a baseline, what was normal where each changed episode opened.
        learnt: what its history took up. forgotten: how many numbers it dropped to stay in bounds.
        dropped: how many events that a window may need were dropped to stay in bounds.
    """

    state: RuleState
    kept: Rows
    is_kept: bool
    changes: list[Change] = field(default_factory=list)
    samples: list[list[Sample]] = field(default_factory=list)
    signals: Signals = field(default_factory=Signals)
    said: Said | None = None
    normals: list[Normal] = field(default_factory=list)
    learnt: Peaks = field(default_factory=Peaks)
    forgotten: int = 0
    dropped: int = 0


@dataclass(frozen=True, slots=True)
class _Found:
    """The satisfied windows: those of ``rows`` that end where ``is_hit``, and their chains."""

    rows: Rows
    is_hit: Bools
    chains: Chains


def advance(ringer: Ringer, state: RuleState, arrivals: Arrivals | None, watermark_us: int, samples: int) -> Step:
    """The state after ``arrivals``, and the episodes that they, or the watermark, opened, extended or joined.

    Exact for any order of arrival as long as ``state`` reaches `Ringer.reach_us` before the earliest
    event that may still come: none before ``watermark_us``. At most ``samples`` events are named a change.
    """
    if ringer.similar is not None:
        return _advance_similar(ringer, ringer.similar, state, arrivals, samples)
    until_us = _settles_until(ringer, state.judged_us, watermark_us)
    is_mask = ringer.measure.kept is Kept.RULES
    arrivals = without_repeats(state, arrivals)
    fresh, codes = _encode(state.groups, arrivals, is_mask)
    ready = find_ready(ringer, state.rows, state.judged_us, until_us)
    before, after, others = _merge(state, fresh, is_mask, ready)
    rows, dropped = _bounded(ringer, state.rows, others, after, until_us if ringer.waits else watermark_us, fresh)
    due = _due(ringer, rows, state.judged_us, until_us)
    learnt, history, forgotten = learn_from(ringer, state, due)
    state = replace(state, history=history)
    if ringer.measure.is_growing:
        found = _find_at_once(ringer, state, fresh, after, ready, until_us)
        if len(found.chains.group):  # seldom, and sorting them is a third of the work
            before = sort_rows(before, is_mask=is_mask)
    else:
        found = _find(ringer, state, due, due.time >= state.judged_us)
        before = after = _missed(ringer, found) if ringer.absence else due
    changes: list[Change] = []
    if ringer.rings:
        texts, chains = state.groups.texts, earlier(found.chains, ringer.delay_us)
        changes = join_episodes(state.episodes, chains, before, after, texts, ringer.timespan_us)
    return Step(
        state=RuleState(state.groups, rows, _with_changes(state.episodes, changes), until_us, history=history),
        kept=newest(fresh, MAX_ROWS_A_GROUP),
        is_kept=len(fresh) > 0 or bool((due.time >= state.judged_us).any()),
        changes=changes,
        samples=_samples([change.episode for change in changes], arrivals, codes, state.groups, samples),
        signals=_signals(ringer, state, found, due),
        normals=find_normals(ringer, state, changes),
        learnt=learnt,
        forgotten=forgotten,
        dropped=dropped,
    )


def _advance_similar(
    ringer: Ringer, similar: Similar, state: RuleState, arrivals: Arrivals | None, samples: int
) -> Step:
    done = advance_similar(ringer, similar, state, arrivals)
    named = [[] if arrivals is None else _named(arrivals, places, samples) for places in done.places]
    return Step(done.state, empty_rows(), done.said is not None, done.changes, named, said=done.said)


def _settles_until(ringer: Ringer, judged_us: int, watermark_us: int) -> int:
    """The moment before which windows are settled with this batch; a history takes them up in larger steps."""
    if not ringer.waits:
        return NEVER_US
    if ringer.measure.is_growing and not ringer.sends_episodes:
        watermark_us -= watermark_us % SETTLE_US
    return max(judged_us, watermark_us)


def _encode(groups: Groups, arrivals: Arrivals | None, is_mask: bool) -> tuple[Rows, Ints]:
    """The arrivals as sorted rows, and the code of each one's group."""
    if arrivals is None:
        return empty_rows(), np.empty(0, np.int64)
    codes = groups.encode(arrivals.texts)[arrivals.group]
    return sort_rows(Rows(codes, arrivals.time, arrivals.event, arrivals.value), is_mask=is_mask), codes


def _merge(state: RuleState, fresh: Rows, is_mask: bool, ready: Rows) -> tuple[Rows, Rows, Rows]:
    """The rows of the groups that ``fresh`` or ``ready`` touch, before (not sorted) and after; those of the others."""
    if not len(fresh) and not len(ready):
        return fresh, fresh, state.rows
    is_touched = np.zeros(len(state.groups.texts), bool)
    is_touched[fresh.group] = is_touched[ready.group] = True
    touched = is_touched[state.rows.group]
    before = state.rows.take(touched)
    after = sort_rows(concat_rows(before, fresh), is_mask=is_mask)
    return before, after, state.rows.take(~touched)


def _bounded(ringer: Ringer, known: Rows, others: Rows, after: Rows, settled_us: int, fresh: Rows) -> tuple[Rows, int]:
    """What is kept of all rows, the newest, and how many were dropped that a window may need.

    A rule that rings at a single event needs none of them.
    """
    if not len(fresh):
        return known, 0
    rows = newest_of_all(concat_rows(others, newest(after, MAX_ROWS_A_GROUP)), MAX_ROWS)
    is_single = ringer.measure.is_single and ringer.baseline is None
    if len(rows) == len(others) + len(after) or is_single:
        return rows, 0
    cut_us = settled_us - ringer.reach_us
    needed = sum(int((part.time >= cut_us).sum()) for part in (others, after))
    return rows, needed - int((rows.time >= cut_us).sum())


def _due(ringer: Ringer, rows: Rows, from_us: int, until_us: int) -> Rows:
    """The rows of the windows that end from ``from_us`` to before ``until_us``, and what these need before."""
    if until_us <= from_us or not len(rows):
        return empty_rows()
    is_before = rows.time < until_us
    has_due = np.zeros(int(rows.group.max()) + 1, bool)
    has_due[rows.group[is_before & (rows.time >= from_us)]] = True
    is_needed = is_before & (rows.time >= from_us - ringer.reach_us) & has_due[rows.group]
    return sort_rows(rows.take(is_needed), is_mask=ringer.measure.kept is Kept.RULES)


def _find_at_once(ringer: Ringer, state: RuleState, fresh: Rows, after: Rows, ready: Rows, until_us: int) -> _Found:
    """The satisfied windows that ``fresh`` can have changed: in each group those that end at or after its first.

    With them those that are ``ready`` now; without those whose history is not settled yet.
    """
    if not len(fresh) and not len(ready):
        return _find(ringer, state, fresh, np.empty(0, bool))
    changed = sort_rows(concat_rows(fresh, ready)) if len(ready) else fresh
    is_first = np.insert(changed.group[1:] != changed.group[:-1], 0, True)
    groups, times = changed.group[is_first], changed.time[is_first]
    rows = after.take(since(after, groups, times - ringer.timespan_us))
    is_wanted = since(rows, groups, times)
    if ringer.baseline is not None:
        is_wanted &= rows.time < settled_after_us(ringer.baseline, until_us)
    return _find(ringer, state, rows, is_wanted)


def _missed(ringer: Ringer, found: _Found) -> Rows:
    """The events that another one did not come for, at their own times: what an alert about an absence counts."""
    rows = found.rows.take(found.is_hit)
    return Rows(rows.group, rows.time - ringer.delay_us, rows.event, rows.value)


def _find(ringer: Ringer, state: RuleState, rows: Rows, is_wanted: Bools) -> _Found:
    windows = find_windows(rows, ringer.window_us)
    judged = judge(ringer.measure, rows, windows)
    is_hit = without_normal(ringer, state, rows, is_wanted & judged.is_satisfied, judged.aggregate)
    windows = alone(rows) if ringer.absence else windows
    return _Found(rows, is_hit, find_chains(rows, windows, is_hit, judged.aggregate, ringer.timespan_us))


def _signals(ringer: Ringer, state: RuleState, found: _Found, due: Rows) -> Signals:
    """What other correlations are told: satisfied windows as they are found, episodes once their beginning is sure.

    A window begins an episode where no satisfied one ends within a timespan before it. Whether one does is
    settled when the watermark has passed: later events end later windows.
    """
    windows = episodes = None
    if ringer.sends_windows:
        rows = found.rows.take(found.is_hit)
        windows = _signal(ringer, state.groups, rows.group, rows.time)
    if ringer.sends_episodes:
        chains = _find(ringer, state, due, due.time >= state.judged_us - ringer.timespan_us).chains
        is_new = chains.opened >= state.judged_us
        episodes = _signal(ringer, state.groups, chains.group[is_new], chains.opened[is_new])
    return Signals(windows, episodes)


def _signal(ringer: Ringer, groups: Groups, codes: Ints, times: Ints) -> Signal:
    distinct, places = np.unique(codes, return_inverse=True)
    texts = [groups.texts[code] for code in distinct.tolist()]
    return Signal(ringer.group_by, texts, places.reshape(-1).astype(np.int64), times)


def with_keys(state: RuleState, keyed: Sequence[tuple[Episode, int]]) -> RuleState:
    """``state`` with the keys that the keeper gave to new episodes."""
    episodes = dict(state.episodes)
    for episode, key in keyed:
        episodes[episode.group] = tuple(
            replace(known, key=key) if known == episode else known for known in episodes[episode.group]
        )
    return replace(state, episodes=episodes)


def _with_changes(
    known: Mapping[str, tuple[Episode, ...]], changes: Sequence[Change]
) -> Mapping[str, tuple[Episode, ...]]:
    episodes = dict(known)
    for change in changes:
        group = change.episode.group
        others = (each for each in episodes.get(group, ()) if each.key is None or each.key not in change.joined)
        episodes[group] = (*others, change.episode)
    return episodes


def _samples(
    episodes: Sequence[Episode], arrivals: Arrivals | None, codes: Ints, groups: Groups, limit: int
) -> list[list[Sample]]:
    """For each episode the first and the last events of the batch that are in it, ``limit`` in all."""
    if arrivals is None or not episodes:
        return [[] for _ in episodes]
    events = np.flatnonzero(arrivals.batch != NOWHERE)
    order = events[np.lexsort((arrivals.time[events], codes[events]))]
    sorted_codes, times = codes[order], arrivals.time[order]
    named = []
    for episode in episodes:
        start, stop = np.searchsorted(sorted_codes, groups.codes[episode.group] + np.array([0, 1]))
        first = start + np.searchsorted(times[start:stop], episode.first_us, side="left")
        last = start + np.searchsorted(times[start:stop], episode.last_us, side="right")
        named.append(_named(arrivals, order[first:last], limit))
    return named


def _named(arrivals: Arrivals, places: Ints, limit: int) -> list[Sample]:
    """The first and the last of the arrivals at ``places``, ``limit`` in all."""
    if len(places) > limit:
        places = np.concatenate((places[: limit // 2], places[limit // 2 - limit :]))
    where = zip(arrivals.batch[places].tolist(), arrivals.row[places].tolist(), strict=True)
    return [Sample(batch, row) for batch, row in where]
