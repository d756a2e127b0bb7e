"""Distinct actors who say nearly the same: windows over what is alike, and the episodes they are part of.

A post's window holds the posts of its group within the timespan before it that are nearly the same as it, and is
judged by their distinct actors. Satisfied windows that have a post in common are one episode, so that a campaign
whose words drift is one alert, and two campaigns at the same time are two. Both depend on the posts alone, not on
the order in which they came. `docs/similar.md` says why.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.engine.arrivals import Arrivals
from tocsin.engine.episodes import Change, Episode
from tocsin.engine.measures import Bools, judge
from tocsin.engine.ringers import Ringer
from tocsin.engine.similar_letters import read_letters
from tocsin.engine.similar_runs import (
    Index,
    Posts,
    Run,
    Said,
    add_run,
    find_alike,
    hash_groups,
    hash_nodes,
    hash_signs,
    is_known,
    make_index,
    make_run,
    no_posts,
    pieces_of,
    signs_of,
    spread,
    width,
    with_threads,
)
from tocsin.engine.similar_signs import SIZE, Signs, lengths, sign
from tocsin.engine.similar_threads import Chains, Threads
from tocsin.engine.state import RuleState
from tocsin.engine.windows import Hashes, Ints, Rows, find_windows
from tocsin.rules.model import Similar, Threshold

MAX_SHOWN: Final = 500
"""Characters of a text and of an actor that are kept for people."""
_POSTS: Final = 1 << 21
"""Posts in windows that are judged at a time."""


@dataclass(frozen=True, slots=True)
class Advance:
    """What a batch did.

    Attributes:
        said: what to keep for a restart; None where nothing is new.
        places: for each change the arrivals that are in it, in order of time.
    """

    state: RuleState
    said: Said | None
    changes: list[Change]
    places: list[Ints]


@dataclass(frozen=True, slots=True)
class _Fresh:
    """The posts of a batch: as a run, and each one's place among the arrivals."""

    run: Run
    places: Ints


@dataclass(frozen=True, slots=True)
class _Asked:
    """Nodes whose windows are judged, those that end at or after ``since``."""

    nodes: Hashes
    signs: Signs
    groups: Ints
    index: Index
    since: Ints


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Asked nodes, by place, and what is nearly the same as each: the place of a run, and of a node in it."""

    asked: Ints
    run: Ints
    node: Ints


def advance_similar(ringer: Ringer, similar: Similar, state: RuleState, arrivals: Arrivals | None) -> Advance:
    """The state after ``arrivals``, and the episodes that they opened, extended or joined.

    Cost: per post a sign and a search in the index; per text that is new or comes again, the posts that are
    nearly the same.
    """
    fresh = _read_posts(similar, state, arrivals)
    if not len(fresh.run):
        return Advance(state, None, [], [])
    runs = (*state.runs, fresh.run)
    threads = Threads(runs, state.groups.texts)
    for chains in _find(ringer, similar, runs, state.groups.texts):
        threads.add(chains)
    changes = list(threads.changes([episode for known in state.episodes.values() for episode in known]))
    ends = np.cumsum([0, *map(len, runs)])
    moved = [
        with_threads(run, threads.thread[start:stop]) for run, start, stop in zip(runs, ends, ends[1:], strict=False)
    ]
    earlier = threads.moved[threads.moved < ends[-2]]
    return Advance(
        state=replace(
            state,
            runs=add_run(moved[:-1], moved[-1]),
            episodes=_with_changes(state.episodes, [change for change, _ in changes]),
        ),
        said=_said(moved, earlier),
        changes=[change for change, _ in changes],
        places=[_places(fresh, posts - ends[-2]) for _, posts in changes],
    )


def _said(runs: Sequence[Run], earlier: Ints) -> Said:
    """The posts of the last run, and of those before it the ones at ``earlier``, by their place in all of them."""
    *before, fresh = runs
    until_us = int(fresh.posts.time.max())
    ids, threads = np.empty(0, np.uint64), np.empty(0, np.int64)
    if len(earlier):
        ids = np.concatenate([run.ids for run in before])[earlier]
        threads = np.concatenate([run.posts.thread for run in before])[earlier]
        until_us = max(until_us, int(np.concatenate([run.posts.time for run in before])[earlier].max()))
    return Said(fresh.posts, signs_of(fresh), ids, threads, until_us)


def explain_text(similar: Similar, text: str | None) -> str:
    """What `similar` makes of an event's text, in a sentence without a full stop."""
    if text is None:
        return f"the event has no {similar.field}, so it is not compared"
    letters = read_letters(pa.array([text], pa.string()))
    count = int(lengths(letters)[0])
    if count < similar.shortest:
        return f"{similar.field} has {count} letters, and from {similar.shortest} on it is compared"
    shown = letters[0].as_py()[:MAX_SHOWN]
    return (
        f"{similar.field} is compared by its {count} letters '{shown}' with what at least {similar.at_least:g} is equal"
    )


def _places(fresh: _Fresh, posts: Ints) -> Ints:
    """Where the arrivals stand that are among ``posts``, in order of time; a negative one is of an earlier batch."""
    mine = posts[posts >= 0]
    return fresh.places[mine[np.argsort(fresh.run.posts.time[mine], kind="stable")]]


def _with_changes(
    known: Mapping[str, tuple[Episode, ...]], changes: Sequence[Change]
) -> Mapping[str, tuple[Episode, ...]]:
    episodes = dict(known)
    for change in changes:
        others = [each for each in episodes.get(change.episode.group, ()) if each.thread not in change.threads]
        episodes[change.episode.group] = (*others, change.episode)
    return episodes


def _read_posts(similar: Similar, state: RuleState, arrivals: Arrivals | None) -> _Fresh:
    """The arrivals that say enough to be compared and were not there before."""
    if arrivals is None or arrivals.said is None:
        return _Fresh(_no_run(similar), np.empty(0, np.int64))
    texts = arrivals.said["text"].combine_chunks().dictionary_encode()
    letters = read_letters(texts.dictionary)
    coded = letters.dictionary_encode()
    is_long = lengths(coded.dictionary) >= similar.shortest
    letters_of = coded.indices.to_numpy()[texts.indices.to_numpy()]
    places = np.flatnonzero(is_long[letters_of])
    if not len(places):
        return _Fresh(_no_run(similar), places)
    longs = np.flatnonzero(is_long)
    signs = sign(coded.dictionary.take(pa.array(longs)))
    text = np.searchsorted(longs, letters_of[places])
    hashes = hash_groups(arrivals.texts)[arrivals.group[places]]
    posts = Posts(
        node=hash_nodes(hash_signs(signs)[text], hashes),
        time=arrivals.time[places],
        event=arrivals.event[places],
        actor=arrivals.value[places],
        group=state.groups.encode(arrivals.texts)[arrivals.group[places]],
        thread=np.zeros(len(places), np.int64),
        said=_for_people(arrivals.said.take(pa.array(places))),
    )
    is_new = _is_new(posts, state.runs)
    run = make_run(posts.take(is_new), signs[text[is_new]], hashes[is_new], width(similar.at_least))
    order = np.lexsort((posts.time[is_new], posts.node[is_new]))
    return _Fresh(run, places[is_new][order])


def _no_run(similar: Similar) -> Run:
    return make_run(no_posts(), np.empty((0, SIZE), np.uint8), np.empty(0, np.uint64), width(similar.at_least))


def _for_people(said: pa.Table) -> pa.Table:
    names = ("text", "actor")
    columns = {name: pc.utf8_slice_codeunits(said[name].combine_chunks(), 0, MAX_SHOWN) for name in names}
    return pa.table(columns)


def _is_new(posts: Posts, runs: Sequence[Run]) -> Ints:
    """The places of the posts that are in no run; of those that came twice, the first."""
    ids = posts.id
    _, firsts = np.unique(ids, return_index=True)
    firsts = np.sort(firsts)
    known = np.zeros(len(firsts), bool)
    for run in runs:
        known |= is_known(run, ids[firsts], posts.node[firsts])
    return firsts[~known]


def _find(ringer: Ringer, similar: Similar, runs: Sequence[Run], groups: Sequence[str]) -> Iterator[Chains]:
    """The satisfied windows that the last run's posts can have changed."""
    fresh = runs[-1]
    asked = _Asked(
        fresh.nodes,
        fresh.signs,
        fresh.posts.group[fresh.starts[:-1]],
        fresh.index,
        fresh.posts.time[fresh.starts[:-1]],
    )
    pairs = _pair(runs, asked, similar, has_own=True)
    yield from _judge(ringer, runs, asked, pairs)
    late = _touched(runs, asked, pairs, groups, similar)
    if len(late.nodes):
        yield from _judge(ringer, runs, late, _pair(runs, late, similar, has_own=False))


def _pair(runs: Sequence[Run], asked: _Asked, similar: Similar, *, has_own: bool) -> _Pairs:
    """All that is nearly the same as each asked node, itself included; ``has_own``: they are those of the last run."""
    found: list[tuple[Ints, Ints, Ints]] = []
    for place, run in enumerate(runs):
        is_own = has_own and place == len(runs) - 1
        parts = list(find_alike(run, asked.index, asked.signs, similar.at_least, is_own=is_own))
        pairs = [part.asked * len(run.nodes) + part.node for part in parts]
        if is_own:
            pairs.append(np.arange(len(run.nodes)) * (len(run.nodes) + 1))
        if pairs:
            distinct = np.unique(np.concatenate(pairs))
            found.append((distinct // len(run.nodes), np.full(len(distinct), place), distinct % len(run.nodes)))
    if not found:
        none = np.empty(0, np.int64)
        return _Pairs(none, none, none)
    asked_places, run_places, nodes = (np.concatenate(columns) for columns in zip(*found, strict=True))
    order = np.argsort(asked_places, kind="stable")
    return _Pairs(asked_places[order], run_places[order], nodes[order])


def _touched(runs: Sequence[Run], asked: _Asked, pairs: _Pairs, groups: Sequence[str], similar: Similar) -> _Asked:
    """The nodes of earlier posts whose windows hold a post that came after them."""
    nodes, signs, codes, since = [], [], [], []
    for place, run in enumerate(runs[:-1]):
        mine = np.flatnonzero(pairs.run == place)
        from_us, node = asked.since[pairs.asked[mine]], pairs.node[mine]
        is_late = run.posts.time[run.starts[node + 1] - 1] >= from_us
        is_late &= ~np.isin(run.nodes[node], asked.nodes)
        node = node[is_late]
        nodes.append(run.nodes[node])
        signs.append(run.signs[node])
        codes.append(run.posts.group[run.starts[node]])
        since.append(from_us[is_late])
    if not nodes or not any(map(len, nodes)):
        none = np.empty(0, np.int64)
        return _Asked(none.view(np.uint64), asked.signs[:0], none, asked.index, none)
    every, from_times = np.concatenate(nodes), np.concatenate(since)
    order = np.lexsort((from_times, every))
    firsts = order[np.insert(every[order][1:] != every[order][:-1], 0, True)]
    every, sign_of, code_of = every[firsts], np.concatenate(signs)[firsts], np.concatenate(codes)[firsts]
    hashes = hash_groups(groups)[code_of]
    return _Asked(every, sign_of, code_of, make_index(sign_of, hashes, width(similar.at_least)), from_times[firsts])


def _judge(ringer: Ringer, runs: Sequence[Run], asked: _Asked, pairs: _Pairs) -> Iterator[Chains]:
    """The satisfied windows of the asked nodes, in parts of bounded size."""
    sizes = np.zeros(len(pairs.node), np.int64)
    for place, run in enumerate(runs):
        mine = pairs.run == place
        sizes[mine] = np.diff(run.starts)[pairs.node[mine]]
    posts_of = np.bincount(pairs.asked, sizes, len(asked.nodes)).astype(np.int64)
    least = max(map(_least, ringer.measure.thresholds))
    enough = np.flatnonzero(posts_of >= least)
    is_enough = np.isin(pairs.asked, enough)
    pairs = _Pairs(pairs.asked[is_enough], pairs.run[is_enough], pairs.node[is_enough])
    for part in pieces_of(posts_of[enough], _POSTS):
        first, stop = np.searchsorted(pairs.asked, (enough[part][0], enough[part][-1] + 1))
        chains = _judge_part(
            ringer, runs, asked, _Pairs(pairs.asked[first:stop], pairs.run[first:stop], pairs.node[first:stop])
        )
        if chains is not None:
            yield chains


def _least(threshold: Threshold) -> int:
    """The smallest number that satisfies ``threshold``."""
    return ceil(threshold.value) if threshold.comparison == "gte" else floor(threshold.value) + 1


def _judge_part(ringer: Ringer, runs: Sequence[Run], asked: _Asked, pairs: _Pairs) -> Chains | None:
    post, rows, is_centre = _rows(runs, asked, pairs)
    windows = find_windows(rows, ringer.timespan_us)
    judged = judge(ringer.measure, rows, windows)
    hits = np.flatnonzero(judged.is_satisfied & is_centre)
    if not len(hits) or judged.aggregate is None:
        return None
    time, node = rows.time[hits], rows.group[hits]
    is_first = np.insert((node[1:] != node[:-1]) | (time[1:] - ringer.timespan_us > time[:-1]), 0, True)
    firsts = np.flatnonzero(is_first)
    lasts = np.append(firsts[1:], len(hits)) - 1
    left, right = windows.left[hits[firsts]], windows.right[hits[lasts]]
    owner, member = spread(left, right + 1)
    return Chains(
        owner=owner,
        post=post[member],
        group=asked.groups[node[firsts]],
        first=rows.time[left],
        opened=time[firsts],
        last=time[lasts],
        peak=np.maximum.reduceat(judged.aggregate[hits], firsts),
    )


def _rows(runs: Sequence[Run], asked: _Asked, pairs: _Pairs) -> tuple[Ints, Rows, Bools]:
    """All posts that are nearly the same as each asked node, and which of them end a window that is judged."""
    columns: list[tuple[npt.NDArray[Any], ...]] = []
    begin = 0
    for place, run in enumerate(runs):
        mine = np.flatnonzero(pairs.run == place)
        node = pairs.node[mine]
        pair, post = spread(run.starts[node], run.starts[node + 1])
        owner = pairs.asked[mine][pair]
        posts = run.posts
        is_centre = (posts.node[post] == asked.nodes[owner]) & (posts.time[post] >= asked.since[owner])
        columns.append((owner, post + begin, posts.time[post], posts.event[post], posts.actor[post], is_centre))
        begin += len(run)
    owner, post, time, event, actor, is_centre = (np.concatenate(parts) for parts in zip(*columns, strict=True))
    order = np.lexsort((time, owner))
    rows = Rows(owner[order], time[order], event[order], actor[order])
    return post[order], rows, is_centre[order]
