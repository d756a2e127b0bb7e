"""Pruning: whether a file or a row group may hold what a query asks, from what is known without reading it."""

from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from tocsin.engine.literals import split_like
from tocsin.engine.match import match
from tocsin.engine.plan import compile_plan
from tocsin.kernel.issues import Location
from tocsin.kernel.logsource import LogSource
from tocsin.rules import model
from tocsin.rules.model import DetectionRule, Operator, Test
from tocsin.search.sketch import value_probe, word_probe, words_of
from tocsin.search.tree import About, All, Any, Ask, Between, Contrary, Node, Word

_META: Final = model.Meta("source", "Source", model.Level.INFORMATIONAL, Location("search"))
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Content:
    """What is known of some rows.

    Attributes:
        moments: column → its least and greatest, in microseconds since 1970; where it is known.
        ids: the least and greatest `_id`; None where that is not known.
        sketch: see `sketch`; None where there is none.
    """

    source: str
    moments: dict[str, Span]
    ids: tuple[str, str] | None = None
    sketch: npt.NDArray[np.uint8] | None = None


def may_hold(node: Node, content: Content) -> bool:  # noqa: PLR0911 -- one a kind of node
    """Whether a row of ``content`` may satisfy ``node``; False is certain."""
    match node:
        case All(terms):
            return all(may_hold(term, content) for term in terms)
        case Any(terms):
            return any(may_hold(term, content) for term in terms)
        case Contrary():
            return True
        case Between(column, low_us, high_us):
            first, last = content.moments.get(column, (None, None))
            return (high_us is None or first is None or first <= high_us) and (
                low_us is None or last is None or last >= low_us
            )
        case About(test):
            return _may_be_about(test, content)
        case Word(pattern):
            return content.sketch is None or all(map(partial(_has_word, content.sketch), _words(pattern)))
        case Ask(test):
            return content.sketch is None or _may_show(test, content.sketch)


def _may_be_about(test: Test, content: Content) -> bool:
    if test.field == "source":
        return _is_of(test, content.source)
    if test.field == "id" and test.operator is Operator.EQUALS and content.ids:
        return content.ids[0] <= test.value <= content.ids[1]
    return True


def _is_of(test: Test, source: str) -> bool:
    table = pa.table({"_id": [""], "source": [source]})
    return len(match(table, compile_plan([DetectionRule(_META, LogSource(), test)]), LogSource())) > 0


def _may_show(test: Test, sketch: npt.NDArray[np.uint8]) -> bool:
    if test.operator is Operator.EQUALS and test.field is not None:
        return value_probe(test.field, test.value).may_be_in(sketch)
    if test.operator is Operator.LIKE:
        return all(map(partial(_has_word, sketch), _words(test.value)))
    return True


def _has_word(sketch: npt.NDArray[np.uint8], word: str) -> bool:
    return word_probe(word).may_be_in(sketch)


def _words(pattern: str) -> list[str]:
    """The words that every text like ``pattern`` has whole; at its ends it is taken to be whole."""
    pieces = split_like(pattern)[::2]
    return [
        word
        for place, piece in enumerate(pieces)
        for word in words_of(piece, is_open_left=place > 0, is_open_right=place < len(pieces) - 1)
    ]
