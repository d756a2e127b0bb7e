"""A batch's matches advance the state of every rule that rings.

A rule whose condition more events can only make truer is judged at once, for the windows that new events
can have changed. Any other is judged when the watermark has passed a window's end: then no event of it
is still to come. Either way the episodes are those of all events together, whatever order they came in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tocsin.engine.arrivals import NOWHERE, Arrivals, Signal, Signals
from tocsin.engine.episodes import Change, Episode, join_episodes
from tocsin.engine.measures import Bools, Kept, judge
from tocsin.engine.ringers import Ringer
from tocsin.engine.similar import advance_similar
from tocsin.engine.similar_runs import Said
from tocsin.engine.state import MAX_ROWS_A_GROUP, NEVER_US, Groups, RuleState, newest
from tocsin.engine.windows import (
    Chains,
    Ints,
    Rows,
    concat_rows,
    empty_rows,
    find_chains,
    find_windows,
    since,
    sort_rows,
)
from tocsin.rules.model import Similar

MAX_ROWS_OF_SINGLE = 4_096
"""Rows a group of a rule that rings at one event: its windows need none, only repeated events are known by them."""


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
    """

    state: RuleState
    kept: Rows
    is_kept: bool
    changes: list[Change] = field(default_factory=list)
    samples: list[list[Sample]] = field(default_factory=list)
    signals: Signals = field(default_factory=Signals)
    said: Said | None = None


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
    until_us = max(state.judged_us, watermark_us) if ringer.waits else NEVER_US
    is_mask = ringer.measure.kept is Kept.RULES
    fresh, codes = _encode(state.groups, arrivals, is_mask)
    before, after, others = _merge(state, fresh, is_mask)
    limit = MAX_ROWS_OF_SINGLE if ringer.measure.is_single else MAX_ROWS_A_GROUP
    rows = concat_rows(others, newest(after, limit)) if len(fresh) else state.rows
    due = _due(ringer, rows, state.judged_us, until_us)
    if ringer.measure.is_growing:
        found = _find_at_once(ringer, fresh, after)
        if len(found.chains.group):  # seldom, and sorting them is a third of the work
            before = sort_rows(before, is_mask=is_mask)
    else:
        found = _find(ringer, due, due.time >= state.judged_us)
        before = after = due
    changes: list[Change] = []
    if ringer.rings:
        texts = state.groups.texts
        changes = join_episodes(state.episodes, found.chains, before, after, texts, ringer.timespan_us)
    return Step(
        state=RuleState(state.groups, rows, _with_changes(state.episodes, changes), until_us),
        kept=newest(fresh, limit),
        is_kept=len(fresh) > 0 or bool((due.time >= state.judged_us).any()),
        changes=changes,
        samples=_samples([change.episode for change in changes], arrivals, codes, state.groups, samples),
        signals=_signals(ringer, state, found, due),
    )


def _advance_similar(
    ringer: Ringer, similar: Similar, state: RuleState, arrivals: Arrivals | None, samples: int
) -> Step:
    done = advance_similar(ringer, similar, state, arrivals)
    named = [[] if arrivals is None else _named(arrivals, places, samples) for places in done.places]
    return Step(done.state, empty_rows(), done.said is not None, done.changes, named, Signals(), done.said)


def _encode(groups: Groups, arrivals: Arrivals | None, is_mask: bool) -> tuple[Rows, Ints]:
    """The arrivals as sorted rows, and the code of each one's group."""
    if arrivals is None:
        return empty_rows(), np.empty(0, np.int64)
    codes = groups.encode(arrivals.texts)[arrivals.group]
    return sort_rows(Rows(codes, arrivals.time, arrivals.event, arrivals.value), is_mask=is_mask), codes


def _merge(state: RuleState, fresh: Rows, is_mask: bool) -> tuple[Rows, Rows, Rows]:
    """The rows of the groups that ``fresh`` touches, before it (not sorted) and after it; and those of the others."""
    if not len(fresh):
        return fresh, fresh, state.rows
    is_touched = np.zeros(len(state.groups.texts), bool)
    is_touched[fresh.group] = True
    touched = is_touched[state.rows.group]
    before = state.rows.take(touched)
    after = sort_rows(concat_rows(before, fresh), is_mask=is_mask)
    return before, after, state.rows.take(~touched)


def _due(ringer: Ringer, rows: Rows, from_us: int, until_us: int) -> Rows:
    """The rows of the windows that end from ``from_us`` to before ``until_us``, and what these need before."""
    if until_us <= from_us or not len(rows):
        return empty_rows()
    is_before = rows.time < until_us
    has_due = np.zeros(int(rows.group.max()) + 1, bool)
    has_due[rows.group[is_before & (rows.time >= from_us)]] = True
    is_needed = is_before & (rows.time >= from_us - ringer.reach_us) & has_due[rows.group]
    return sort_rows(rows.take(is_needed), is_mask=ringer.measure.kept is Kept.RULES)


def _find_at_once(ringer: Ringer, fresh: Rows, after: Rows) -> _Found:
    """The satisfied windows that ``fresh`` can have changed: in each group those that end at or after its first."""
    if not len(fresh):
        return _find(ringer, fresh, np.empty(0, bool))
    is_first = np.insert(fresh.group[1:] != fresh.group[:-1], 0, True)
    groups, times = fresh.group[is_first], fresh.time[is_first]
    rows = after.take(since(after, groups, times - ringer.timespan_us))
    return _find(ringer, rows, since(rows, groups, times))


def _find(ringer: Ringer, rows: Rows, is_wanted: Bools) -> _Found:
    windows = find_windows(rows, ringer.timespan_us)
    judged = judge(ringer.measure, rows, windows)
    is_hit = is_wanted & judged.is_satisfied
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
        chains = _find(ringer, due, due.time >= state.judged_us - ringer.timespan_us).chains
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
