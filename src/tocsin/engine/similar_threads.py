"""Satisfied windows that have a post in common become one episode, however many batches and runs they come from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from tocsin.engine.episodes import Change, Episode, Saying
from tocsin.engine.similar_runs import Run
from tocsin.engine.windows import Ints

MAX_SAYINGS: Final = 50
"""Different texts that one change tells of, the most frequent."""


@dataclass(frozen=True, slots=True)
class Chains:
    """Runs of satisfied windows of one node each, as parallel arrays.

    Attributes:
        owner, post: a chain by its place, and a post in one of its windows, by its place in all runs.
        group: code of the group. first, opened, last, peak: as `episodes.Episode` has them.
    """

    owner: Ints
    post: Ints
    group: Ints
    first: Ints
    opened: Ints
    last: Ints
    peak: Ints


@dataclass(slots=True)
class _Thread:
    """An episode that grows: what was found of it, the names of the threads that it joins, and its new posts."""

    found: Episode
    names: set[int]
    posts: list[Ints] = field(default_factory=list)


class Threads:
    """The threads of all posts in some runs, while chains are added.

    Attributes:
        thread: the thread of each post, by its place in all runs; 0 of none. Joined ones are renamed at the end.
    """

    def __init__(self, runs: Sequence[Run], groups: Sequence[str]) -> None:
        self._runs = runs
        self._groups = groups
        self._starts = np.cumsum([0, *map(len, runs)])
        self._before = np.concatenate([run.posts.thread for run in runs])
        self._found: dict[int, _Thread] = {}
        self.thread = self._before.copy()

    def add(self, chains: Chains) -> None:
        """Join ``chains`` with each other and with the threads of their posts."""
        whole = _components(chains, self.thread[chains.post])
        order = np.argsort(whole[chains.owner], kind="stable")
        of_entry = whole[chains.owner][order]
        by_whole = np.argsort(whole, kind="stable")
        for place in np.unique(whole).tolist():
            first, stop = np.searchsorted(whole[by_whole], (place, place + 1))
            begin, end = np.searchsorted(of_entry, (place, place + 1))
            self._join(chains, by_whole[first:stop], np.unique(chains.post[order[begin:end]]))

    def _join(self, chains: Chains, members: Ints, posts: Ints) -> None:
        threads = self.thread[posts]
        names = set(np.unique(threads[threads != 0]).tolist())
        fresh = posts[threads == 0]
        name = min(names) if names else self._name(int(posts[0]))
        self.thread[fresh] = name
        found = Episode(
            group=self._groups[int(chains.group[members[0]])],
            first_us=int(chains.first[members].min()),
            opened_us=int(chains.opened[members].min()),
            last_us=int(chains.last[members].max()),
            events=0,
            peak=int(chains.peak[members].max()),
            thread=name,
        )
        joined = _Thread(found, {name} | names, [fresh])
        for other in {id(each): each for name in names if (each := self._found.get(name))}.values():
            joined.found = _widened(joined.found, [other.found])
            joined.names |= other.names
            joined.posts += other.posts
        joined.found = replace(joined.found, thread=min(joined.names))
        self._found |= dict.fromkeys(joined.names, joined)

    def _name(self, post: int) -> int:
        """A name for a new thread: a number that no other one has."""
        run = int(np.searchsorted(self._starts, post, side="right")) - 1
        return int(self._runs[run].ids[post - self._starts[run]].view(np.int64)) or 1

    def changes(self, known: Sequence[Episode]) -> Iterator[tuple[Change, Ints]]:
        """What became of the ``known`` episodes and which are new, each with its new posts. Renames joined threads."""
        by_thread = {episode.thread: episode for episode in known}
        for each in {id(thread): thread for thread in self._found.values()}.values():
            old = sorted(
                (by_thread[name] for name in each.names if name in by_thread),
                key=lambda one: (one.key or 0, one.thread),
            )
            posts = np.concatenate(each.posts)
            whole = _widened(each.found, old)
            name = old[0].thread if old else whole.thread
            events = sum(episode.events for episode in old) + len(posts)
            whole = replace(whole, thread=name, events=events, key=old[0].key if old else None)
            others = np.array(sorted(each.names - {name}), np.int64)
            if len(others):
                self.thread[np.isin(self.thread, others)] = name
            if old != [whole]:
                keys = tuple(episode.key for episode in old if episode.key is not None)
                threads = tuple(sorted(each.names))
                yield Change(whole, keys, len(posts), self._sayings(posts), threads), posts

    @property
    def moved(self) -> Ints:
        """The posts that are in another thread than before."""
        return np.flatnonzero(self.thread != self._before)

    def _sayings(self, posts: Ints) -> tuple[Saying, ...]:
        """What ``posts`` say, the most frequent texts first; each with the actor whose name comes first."""
        told: dict[str, tuple[int, str]] = {}
        for run, start, stop in zip(self._runs, self._starts, self._starts[1:], strict=False):
            places = posts[(posts >= start) & (posts < stop)] - start
            if not len(places):
                continue
            counted = run.posts.said.take(places).group_by("text").aggregate([("actor", "count"), ("actor", "min")])
            for text, count, actor in zip(*(counted[name].to_pylist() for name in _COUNTED), strict=True):
                before = told.get(text, (0, actor))
                told[text] = (before[0] + count, min(before[1], actor))
        ordered = sorted(told.items(), key=lambda item: (-item[1][0], item[0]))
        return tuple(Saying(text, actor, count) for text, (count, actor) in ordered[:MAX_SAYINGS])


_COUNTED: Final = ("text", "actor_count", "actor_min")


def _widened(episode: Episode, others: Sequence[Episode]) -> Episode:
    every = [episode, *others]
    return replace(
        episode,
        first_us=min(each.first_us for each in every),
        opened_us=min(each.opened_us for each in every),
        last_us=max(each.last_us for each in every),
        peak=max(each.peak for each in every),
    )


def _components(chains: Chains, thread: Ints) -> Ints:
    """Of each chain the first one of those with which it is connected, by posts or by threads that they share."""
    _, post = np.unique(chains.post, return_inverse=True)
    names, named = np.unique(thread, return_inverse=True)
    shared = np.where(thread != 0, int(post.max()) + 1 + named, post)
    whole = np.arange(len(chains.group))
    least = np.empty(int(post.max()) + 1 + len(names), np.int64)
    while True:
        least.fill(len(whole))
        np.minimum.at(least, shared, whole[chains.owner])
        smaller = whole.copy()
        np.minimum.at(smaller, chains.owner, least[shared])
        smaller = smaller[smaller]
        if np.array_equal(smaller, whole):
            return whole
        whole = smaller
