"""A correlation's condition over rule names, `a and (b or not c)`, as its alternatives.

Names, `and`, `or`, `not` and parentheses; `not` binds closest, then `and`. Sigma's tools know such
conditions for the temporal types.
"""

import re
from typing import Final, Protocol

from tocsin.rules.model import Presence

MAX_ALTERNATIVES: Final = 64
MAX_DEPTH: Final = 64
_TOKEN: Final = re.compile(r"\s*([()]|[^\s()]+)")
_WORDS: Final = frozenset({"and", "or", "not"})

Alternatives = frozenset[tuple[frozenset[str], frozenset[str]]]
"""(names present, names absent) each."""


class ConditionError(ValueError):
    """A condition that cannot be read; the message is the end of a sentence about it."""


def read_presences(text: str) -> tuple[Presence, ...]:
    """The alternatives of the condition ``text``, simplest first.

    Raises: ConditionError.
    """
    found = _Reader(_TOKEN.findall(text)).read()
    ways = [way for way in found if not way[0] & way[1]]
    if not ways:
        raise ConditionError("never holds")
    presences = [Presence(tuple(sorted(present)), tuple(sorted(absent))) for present, absent in ways]
    return tuple(sorted(presences, key=lambda each: (len(each.present) + len(each.absent), each.present, each.absent)))


def names_in(text: str) -> tuple[str, ...]:
    """The rule names in the condition, in the order in which they stand there."""
    words = (word for word in _TOKEN.findall(text) if word not in {"(", ")"} and word.lower() not in _WORDS)
    return tuple(dict.fromkeys(words))


class _Level(Protocol):
    """Reads the alternatives of one level of precedence."""

    def __call__(self, *, is_negated: bool) -> Alternatives: ...


class _Reader:
    """One pass over the tokens; each method reads one level of precedence.

    A `not` is carried down to the names, so that every level gives alternatives.
    """

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    def read(self) -> Alternatives:
        """All of it."""
        found = self._any(is_negated=False)
        if self._place < len(self._tokens):
            raise ConditionError(f"goes on with '{self._tokens[self._place]}' where it should end")
        return found

    def _any(self, *, is_negated: bool) -> Alternatives:
        return self._level("or", self._all, is_negated)

    def _all(self, *, is_negated: bool) -> Alternatives:
        return self._level("and", self._one, is_negated)

    def _level(self, word: str, below: _Level, is_negated: bool) -> Alternatives:
        found = below(is_negated=is_negated)
        while self._next() == word:
            self._place += 1
            more = below(is_negated=is_negated)
            found = found | more if (word == "or") is not is_negated else _both(found, more)
            if len(found) > MAX_ALTERNATIVES:
                raise ConditionError(f"has more than {MAX_ALTERNATIVES} alternatives")
        return found

    def _one(self, *, is_negated: bool) -> Alternatives:
        word = self._next()
        if word in {"", ")", "and", "or"}:
            raise ConditionError(f"has {word or 'nothing'} where a rule's name should stand")
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ConditionError(f"is nested deeper than {MAX_DEPTH} levels")
        self._place += 1
        if word == "not":
            found = self._one(is_negated=not is_negated)
        elif word == "(":
            found = self._any(is_negated=is_negated)
            if self._next() != ")":
                raise ConditionError("has a '(' that is not closed")
            self._place += 1
        else:
            name = frozenset({self._tokens[self._place - 1]})
            found = frozenset({(frozenset(), name) if is_negated else (name, frozenset())})
        self._depth -= 1
        return found

    def _next(self) -> str:
        token = self._tokens[self._place] if self._place < len(self._tokens) else ""
        return token.lower() if token.lower() in _WORDS else token


def _both(some: Alternatives, more: Alternatives) -> Alternatives:
    return frozenset((one[0] | two[0], one[1] | two[1]) for one in some for two in more)
