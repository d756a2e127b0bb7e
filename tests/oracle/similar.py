"""What is nearly the same, the slow and obvious way: every pair compared, every window and every thread from all posts.

Of the engine only the sign of one text is used, which `tests/unit/engine/test_similar_signs.py` holds by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import pyarrow as pa

from tocsin.engine.similar_letters import read_letters
from tocsin.engine.similar_runs import width
from tocsin.engine.similar_signs import SIZE, lengths, sign
from tocsin.rules.model import CorrelationRule, Similar

CHANCE: Final = 1 / 256


@dataclass(frozen=True)
class Post:
    """Who said what, when, and in which group."""

    time_us: int
    id: str
    group: tuple[str, ...]
    actor: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Thread:
    """Satisfied windows that have a post in common: the ends of all of them, and their posts."""

    group: tuple[str, ...]
    ends: tuple[int, ...]
    posts: frozenset[Post]

    @property
    def first_us(self) -> int:
        """The time of its first post."""
        return min(post.time_us for post in self.posts)


@cache
def signed(text: str) -> tuple[int, bytes]:
    """How long a text is, and its sign."""
    letters = read_letters(pa.array([text], pa.string()))
    return int(lengths(letters)[0]), sign(letters)[0].tobytes()


@cache
def is_alike(one: str, two: str, at_least: float) -> bool:
    """Whether two texts are nearly the same: some bytes beside each other are equal, and enough of all."""
    signs, size = (signed(one)[1], signed(two)[1]), width(at_least)
    starts = range(0, SIZE // size * size, size)
    shares = any(signs[0][start : start + size] == signs[1][start : start + size] for start in starts)
    equal = sum(a == b for a, b in zip(*signs, strict=True)) / SIZE
    return shares and (equal - CHANCE) / (1 - CHANCE) >= at_least - 1e-9


def threads(rule: CorrelationRule, similar: Similar, posts: Sequence[Post]) -> list[Thread]:
    """All threads of ``posts``."""
    long = [post for post in posts if signed(post.text)[0] >= similar.shortest]
    found: list[Thread] = []
    for end in long:
        window = frozenset(
            post
            for post in long
            if post.group == end.group
            and end.time_us - rule.timespan_us <= post.time_us <= end.time_us
            and is_alike(post.text, end.text, similar.at_least)
        )
        count = len({post.actor for post in window})
        if all(count >= each.value if each.comparison == "gte" else count > each.value for each in rule.thresholds):
            found = joined(found, Thread(end.group, (end.time_us,), window))
    return found


def joined(known: list[Thread], new: Thread) -> list[Thread]:
    """``known`` with ``new``, which joins all with which it has a post in common."""
    sharing = [thread for thread in known if thread.posts & new.posts]
    ends = sorted(end for thread in (*sharing, new) for end in thread.ends)
    whole = Thread(new.group, tuple(ends), frozenset[Post]().union(*(thread.posts for thread in (*sharing, new))))
    return [*(thread for thread in known if thread not in sharing), whole]
