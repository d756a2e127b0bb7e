"""What a query asks, as a tree. Its leaves are tests of the rule engine, so that a search and a rule agree.

A record of which no field could be read is neither found by a test of a field nor by its contrary, as with rules;
its own words and the columns that the collector adds find it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from tocsin.rules.model import Test

TEXT_COLUMNS: Final = {"_id": "id", "_raw": "raw", "_error": "error", "_source": "source"}
"""Columns of the collector that are searched as text → what an `About` calls them: the engine knows no `_raw`."""
MOMENT_COLUMNS: Final = ("_time", "_received")


@dataclass(frozen=True, slots=True)
class Ask:
    """A test of a field of the event."""

    test: Test


@dataclass(frozen=True, slots=True)
class Word:
    """Whole words, in any field, or in the text of a record that has none.

    Attributes:
        pattern: as `Operator.LIKE` has it; `*` at an end: the word may go on there, elsewhere: no space.
    """

    pattern: str


@dataclass(frozen=True, slots=True)
class About:
    """A test of a column that the collector adds; `Test.field` is one of the values of `TEXT_COLUMNS`."""

    test: Test


@dataclass(frozen=True, slots=True)
class Between:
    """A moment of the record, in microseconds since 1970, both ends included; None: no end.

    Attributes:
        column: `_time` or `_received`.
    """

    column: str
    low_us: int | None = None
    high_us: int | None = None


@dataclass(frozen=True, slots=True)
class All:
    """All of ``terms``; everything when empty."""

    terms: "tuple[Node, ...]" = ()


@dataclass(frozen=True, slots=True)
class Any:
    """Any of ``terms``."""

    terms: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Contrary:
    """Not ``term``."""

    term: "Node"


Node = Ask | Word | About | Between | All | Any | Contrary
Leaf = Ask | Word | About | Between


def iterate_leaves(node: Node) -> Iterator[Leaf]:
    """Every leaf of ``node``, in order."""
    match node:
        case All(terms) | Any(terms):
            for term in terms:
                yield from iterate_leaves(term)
        case Contrary(term):
            yield from iterate_leaves(term)
        case _:
            yield node
