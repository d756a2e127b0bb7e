"""What was said, kept so that what is nearly the same is found without comparing everything with everything.

Posts lie in a few sorted runs, each at least twice as long as the next: a batch is a run of its own, and runs of one
size become one. A run holds its distinct texts with their signs, and an index of sketches: some bytes of a sign
together. Texts that are alike share a sketch; only those that share one are compared.

Source: the bands of Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", 3.4.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tocsin.engine.similar_signs import SIZE, Signs
from tocsin.engine.windows import ODD, Hashes, Ints

MAX_SHARING: Final = 1_000
"""Texts of one run that are compared because of one sketch, the newest: a bound on what one flood can cost."""
FOUND: Final = 0.97
"""How many of the pairs that are just alike enough share a sketch."""
SAID: Final = ("text", "actor")
_RANDOM: Final = 1 / 256
"""How often two bytes are equal by chance."""
_PAIRS: Final = 1 << 16
"""Pairs that are compared at a time."""


@dataclass(frozen=True, slots=True)
class Posts:
    """Who said what and when: parallel arrays over events.

    Attributes:
        node: hash of the group and the sign: events of one node say the same in one group.
        event, actor: hashes of the event's identity and of who said it. group: code of its group.
        thread: the episode that it is part of; 0 of none. said: columns `text` and `actor`, for people.
    """

    node: Hashes
    time: Ints
    event: Hashes
    actor: Hashes
    group: Ints
    thread: Ints
    said: pa.Table

    def __len__(self) -> int:
        return len(self.time)

    @property
    def id(self) -> Hashes:
        """What tells a post from all others; the same event delivered twice has the same."""
        mixed = (self.event ^ self.node * ODD) * ODD ^ self.time.view(np.uint64)
        return (mixed ^ mixed >> np.uint64(29)) * ODD ^ self.actor

    def take(self, index: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> "Posts":
        """The posts at ``index``."""
        places = np.flatnonzero(index) if index.dtype == bool else index
        said = self.said.take(pa.array(places))
        return Posts(
            node=self.node[places],
            time=self.time[places],
            event=self.event[places],
            actor=self.actor[places],
            group=self.group[places],
            thread=self.thread[places],
            said=said,
        )


@dataclass(frozen=True, slots=True)
class Run:
    """Posts by (node, time), and their distinct texts.

    Attributes:
        ids: the posts' own, parallel to them.
        nodes, signs, starts: each node, its sign, and its first post; ``starts`` has the end of the last one too.
        index: the sketches of the nodes.
    """

    posts: Posts
    ids: Hashes
    nodes: Hashes
    signs: Signs
    starts: Ints
    index: "Index"

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Index:
    """Every sketch of some nodes, sorted, and the place of the node."""

    sketches: Hashes
    owners: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Said:
    """What one batch adds to what a restart needs: its posts, and earlier posts that are in another thread since.

    Attributes:
        ids, threads: of the latter, parallel. until_us: the time of the newest of them all.
    """

    posts: Posts
    signs: Signs
    ids: Hashes
    threads: Ints
    until_us: int


@dataclass(frozen=True, slots=True)
class Alike:
    """Pairs of an asked text, by place, and a node of a run that may be, or is, nearly the same."""

    asked: Ints
    node: Ints


@cache
def width(at_least: float) -> int:
    """How many bytes a sketch is made of: as many as still let `FOUND` of the pairs at the limit share one."""
    widths = range(SIZE // 4, 1, -1)
    return next((each for each in widths if 1 - (1 - at_least**each) ** (SIZE // each) >= FOUND), 2)


def equal_bytes(at_least: float) -> int:
    """How many bytes of two signs must be equal; those that are so by chance do not help."""
    return int(np.ceil(SIZE * (_RANDOM + (1 - _RANDOM) * at_least) - 1e-9))


def hash_signs(signs: Signs) -> Hashes:
    """A hash of each sign."""
    return _hash_words(np.ascontiguousarray(signs).view(np.uint64))


def make_index(signs: Signs, groups: Hashes, size: int) -> Index:
    """The index of nodes by their signs and the hashes of their groups; sketches of two groups are never equal.

    Shape: a sketch is ``size`` bytes of a sign, beside each other.
    """
    count = SIZE // size
    words = -(-size // 8)
    padded = np.zeros((len(signs), count, words * 8), np.uint8)
    padded[:, :, :size] = signs[:, : count * size].reshape(len(signs), count, size)
    hashed = _hash_words(padded.reshape(-1, words * 8).view(np.uint64)).reshape(len(signs), count)
    flat = ((hashed ^ groups[:, None] ^ np.arange(1, count + 1, dtype=np.uint64) * ODD) * ODD).reshape(-1)
    order = np.argsort(flat)
    return Index(flat[order], (order // count).astype(np.int32))


def hash_groups(texts: Iterable[str]) -> Hashes:
    """A hash of each group."""
    digests = b"".join(hashlib.blake2b(text.encode(), digest_size=8).digest() for text in texts)
    return np.frombuffer(digests, np.uint64)


def hash_nodes(signs: Hashes, groups: Hashes) -> Hashes:
    """A hash of a sign and a group, by theirs."""
    return (signs * ODD ^ groups) * ODD


def no_posts() -> Posts:
    """No posts."""
    ints, hashes = np.empty(0, np.int64), np.empty(0, np.uint64)
    return Posts(hashes, ints, hashes, hashes, ints, ints, pa.table({name: pa.array([], pa.string()) for name in SAID}))


def _hash_words(words: npt.NDArray[np.uint64]) -> Hashes:
    hashed = np.full(len(words), ODD)
    for place in range(words.shape[1]):
        hashed = (hashed ^ words[:, place]) * ODD
        hashed ^= hashed >> np.uint64(31)
    return hashed


def make_run(posts: Posts, signs: Signs, groups: Hashes, size: int) -> Run:
    """A run of ``posts``, with the sign of each and the hash of its group."""
    order = np.lexsort((posts.time, posts.node))
    posts, signs, groups = posts.take(order), signs[order], groups[order]
    starts = _starts(posts.node)
    firsts = starts[:-1]
    nodes, signs = posts.node[firsts], signs[firsts]
    return Run(posts, posts.id, nodes, signs, starts, make_index(signs, groups[firsts], size))


def _starts(node: Hashes) -> Ints:
    if not len(node):
        return np.zeros(1, np.int64)
    return np.append(np.flatnonzero(np.insert(node[1:] != node[:-1], 0, True)), len(node))


def add_run(runs: Sequence[Run], fresh: Run) -> tuple[Run, ...]:
    """``runs`` and ``fresh``; those that are no longer than twice the next become one with it."""
    kept = [*runs, fresh]
    while len(kept) > 1 and len(kept[-2]) < 2 * len(kept[-1]):
        kept[-2:] = [_merge(kept[-2], kept[-1])]
    return tuple(kept)


def _merge(one: Run, two: Run) -> Run:
    posts = concat_posts(one.posts, two.posts)
    ids = np.concatenate((one.ids, two.ids))
    order = np.lexsort((posts.time, posts.node))
    posts, ids = posts.take(order), ids[order]
    starts = _starts(posts.node)
    nodes = posts.node[starts[:-1]]
    of_one, of_two = (np.searchsorted(nodes, run.nodes) for run in (one, two))
    signs = np.empty((len(nodes), SIZE), np.uint8)
    signs[of_one], signs[of_two] = one.signs, two.signs
    is_new = ~_is_in(two.nodes, one.nodes)[two.index.owners]  # those of a node that is in both are there already
    sketches = np.concatenate((one.index.sketches, two.index.sketches[is_new]))
    owners = np.concatenate((of_one[one.index.owners], of_two[two.index.owners[is_new]])).astype(np.int32)
    order = np.argsort(sketches, kind="stable")  # of two sorted parts: nearly a merge
    return Run(posts, ids, nodes, signs, starts, Index(sketches[order], owners[order]))


def without(run: Run, cut_us: int) -> Run | None:
    """``run`` without the posts before ``cut_us``; None where none is left."""
    is_kept = run.posts.time >= cut_us
    if is_kept.all():
        return run
    if not is_kept.any():
        return None
    posts, ids = run.posts.take(is_kept), run.ids[is_kept]
    starts = _starts(posts.node)
    nodes = posts.node[starts[:-1]]
    has_posts = _is_in(run.nodes, nodes)
    is_indexed = has_posts[run.index.owners]
    owners = (np.cumsum(has_posts) - 1)[run.index.owners[is_indexed]].astype(np.int32)
    return Run(posts, ids, nodes, run.signs[has_posts], starts, Index(run.index.sketches[is_indexed], owners))


def signs_of(run: Run) -> Signs:
    """The sign of each post."""
    return run.signs[np.repeat(np.arange(len(run.nodes)), np.diff(run.starts))]


def with_threads(run: Run, thread: Ints) -> Run:
    """``run`` with other threads of its posts."""
    return replace(run, posts=replace(run.posts, thread=thread))


def concat_posts(*parts: Posts) -> Posts:
    """All of ``parts``, one after the other."""
    names = ("node", "time", "event", "actor", "group", "thread")
    columns = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Posts(**columns, said=pa.concat_tables([part.said for part in parts]).combine_chunks())


def is_known(run: Run, ids: Hashes, nodes: Hashes) -> npt.NDArray[np.bool_]:
    """Which posts, by id and node, are in ``run`` already."""
    found = np.zeros(len(ids), bool)
    places = np.flatnonzero(_is_in(nodes, run.nodes))
    if len(places):
        at = np.searchsorted(run.nodes, nodes[places])
        asked, post = spread(run.starts[at], run.starts[at + 1])
        is_same = run.ids[post] == ids[places[asked]]
        found[places[asked[is_same]]] = True
    return found


def find_alike(run: Run, index: Index, signs: Signs, at_least: float, *, is_own: bool) -> Iterator[Alike]:
    """The nodes of ``run`` that are nearly the same as each asked text, in parts of bounded size.

    A pair may be in several parts. With ``is_own`` the asked texts are the run's nodes, and a pair of a node with
    itself may be left out.
    """
    asked, first, stop = _ranges(run, index)
    if is_own:
        is_shared = stop - first > 1
        asked, first, stop = asked[is_shared], first[is_shared], stop[is_shared]
    first = np.maximum(first, stop - MAX_SHARING)
    for part in pieces_of(stop - first, _PAIRS * 16):
        entry, place = spread(first[part], stop[part])
        pairs = np.unique(asked[part][entry] * len(run.nodes) + run.index.owners[place])
        yield _verified(run, Alike(pairs // len(run.nodes), pairs % len(run.nodes)), signs, at_least)


def _ranges(run: Run, index: Index) -> tuple[Ints, Ints, Ints]:
    """Of the sketches that ``run`` has as well: whose it is in ``index``, and where it begins and stops in the run."""
    own = run.index.sketches
    if not len(own):
        none = np.empty(0, np.int64)
        return none, none, none
    first = np.searchsorted(own, index.sketches)
    there = np.flatnonzero(own[np.minimum(first, len(own) - 1)] == index.sketches)
    stop = np.searchsorted(own, index.sketches[there], side="right")
    return index.owners[there].astype(np.int64), first[there], stop


def _verified(run: Run, alike: Alike, signs: Signs, at_least: float) -> Alike:
    need = equal_bytes(at_least)
    is_alike = np.zeros(len(alike.node), bool)
    for start in range(0, len(is_alike), _PAIRS):
        part = slice(start, start + _PAIRS)
        is_equal = signs[alike.asked[part]] == run.signs[alike.node[part]]
        is_alike[part] = np.count_nonzero(is_equal, axis=1) >= need
    return Alike(alike.asked[is_alike], alike.node[is_alike])


def pieces_of(sizes: Ints, limit: int) -> Iterator[slice]:
    """Slices whose ``sizes`` add up to about ``limit`` at most, or that are of one."""
    ends = np.cumsum(sizes)
    start = 0
    while start < len(sizes):
        done = int(ends[start - 1]) if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, done + limit, side="right")))
        yield slice(start, stop)
        start = stop


def spread(first: Ints, stop: Ints) -> tuple[Ints, Ints]:
    """Every place of the ranges from ``first`` to before ``stop``, and the range that it is in."""
    sizes = stop - first
    owner = np.repeat(np.arange(len(sizes)), sizes)
    offset = np.cumsum(sizes) - sizes
    return owner, np.arange(int(sizes.sum())) - offset[owner] + first[owner]


def _is_in(values: Hashes, known: Hashes) -> npt.NDArray[np.bool_]:
    """Which of ``values`` are in ``known``, which is sorted."""
    if not len(known):
        return np.zeros(len(values), bool)
    found: npt.NDArray[np.bool_] = known[np.minimum(np.searchsorted(known, values), len(known) - 1)] == values
    return found
