"""Episodes: what an alert is about. Runs of satisfied windows, joined to the episodes known before.

Rows that no future event can need are forgotten, so an episode's count is not counted again but
moved: by the rows that are in the episode now, less those that were in it before the batch.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tocsin.engine.windows import Chains, Ints, Rows


@dataclass(frozen=True, slots=True)
class Episode:
    """The longest run of overlapping satisfied windows of one rule and group.

    Attributes:
        first_us, last_us: times of the first event in it and of the last satisfied window's end.
        opened_us: the time at which its first satisfied window ends.
        events: matched events in it. peak: the largest aggregate of one of its windows.
        key: names the episode for its keeper (the alert's id); None while it has none.
        thread: tells it from others of its group at the same time, of a rule about what is nearly the same.
    """

    group: str
    first_us: int
    opened_us: int
    last_us: int
    events: int
    peak: int
    key: int | None = None
    thread: int = 0


@dataclass(frozen=True, slots=True)
class Saying:
    """A text, one of those who said it, and how often it was said."""

    text: str
    actor: str
    count: int


@dataclass(frozen=True, slots=True)
class Change:
    """An episode that a batch opened, extended or joined out of ``joined`` (keys; the first one stays).

    Attributes:
        said, threads: of a rule about what is nearly the same, what the new events say, and the threads joined.
    """

    episode: Episode
    joined: tuple[int, ...]
    new_events: int
    said: tuple[Saying, ...] = ()
    threads: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Run:
    """A chain of windows or a known episode, as the interval that its windows cover."""

    begins_us: int
    episode: Episode
    is_known: bool


def join_episodes(
    known: Mapping[str, Sequence[Episode]],
    chains: Chains,
    before: Rows,
    after: Rows,
    groups: Sequence[str],
    timespan_us: int,
) -> list[Change]:
    """What the chains found in ``after`` make of the episodes known from ``before``.

    Both sets of rows are those of the touched groups, and reach equally far back.
    Cost: a step per satisfied run, not per event.
    """
    runs: dict[int, list[_Run]] = {}
    for run, code in _runs_of(chains, groups, timespan_us):
        runs.setdefault(code, []).append(run)
    changes = []
    codes = np.fromiter(runs, np.int64, len(runs))
    times = zip(_times_of(before, codes), _times_of(after, codes), strict=True)
    for (code, found), slices in zip(runs.items(), times, strict=True):
        old = [_Run(episode.opened_us - timespan_us, episode, True) for episode in known.get(groups[code], ())]
        for cluster in _clusters(found + old):
            if any(not run.is_known for run in cluster):
                changes.append(_joined(cluster, *slices))
    return [change for change in changes if change is not None]


def _runs_of(chains: Chains, groups: Sequence[str], timespan_us: int) -> Iterator[tuple[_Run, int]]:
    columns = (chains.group, chains.first, chains.opened, chains.last, chains.peak)
    for code, first, opened, last, peak in zip(*(column.tolist() for column in columns), strict=True):
        yield _Run(opened - timespan_us, Episode(groups[code], first, opened, last, 0, peak), False), code


def _clusters(runs: list[_Run]) -> Iterator[list[_Run]]:
    """Runs whose windows overlap, together."""
    cluster: list[_Run] = []
    reaches_us = 0
    for run in sorted(runs, key=lambda run: run.begins_us):
        if cluster and run.begins_us > reaches_us:
            yield cluster
            cluster = []
        reaches_us = max(reaches_us, run.episode.last_us) if cluster else run.episode.last_us
        cluster.append(run)
    if cluster:
        yield cluster


def _joined(cluster: list[_Run], before: Ints, after: Ints) -> Change | None:
    episodes = [run.episode for run in cluster]
    known = sorted((run.episode for run in cluster if run.is_known), key=lambda episode: episode.key or 0)
    whole = Episode(
        group=episodes[0].group,
        first_us=min(episode.first_us for episode in episodes),
        opened_us=min(episode.opened_us for episode in episodes),
        last_us=max(episode.last_us for episode in episodes),
        events=0,
        peak=max(episode.peak for episode in episodes),
        key=known[0].key if known else None,
    )
    counted = sum(_count(before, episode) for episode in known)
    new_events = _count(after, whole) - counted
    whole = replace(whole, events=sum(episode.events for episode in known) + new_events)
    if len(known) == 1 and whole == known[0]:
        return None
    return Change(whole, tuple(episode.key for episode in known if episode.key is not None), new_events)


def _times_of(rows: Rows, codes: Ints) -> Iterator[Ints]:
    """Of each group the times of its rows, in order."""
    starts, stops = np.searchsorted(rows.group, codes, "left"), np.searchsorted(rows.group, codes, "right")
    for start, stop in zip(starts.tolist(), stops.tolist(), strict=True):
        yield rows.time[start:stop]


def _count(times: Ints, episode: Episode) -> int:
    first, stop = np.searchsorted(times, (episode.first_us, episode.last_us + 1))
    return int(stop - first)
