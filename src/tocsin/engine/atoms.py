"""Atoms: the distinct tests of all rules, checked, brought to one form, and what betrays them in a text."""

import math
import re
from enum import Enum
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from tocsin.engine.addresses import parse_network
from tocsin.engine.compare import EDGE, NUMBER
from tocsin.engine.folding import fold_text
from tocsin.engine.literals import regex_literals, split_like
from tocsin.rules.model import MOMENT_PARTS, REFERENCES, Operator, Test

_FOLDING: Final = REFERENCES | {
    Operator.EQUALS,
    Operator.CONTAINS,
    Operator.STARTSWITH,
    Operator.ENDSWITH,
    Operator.LIKE,
}
_NUMERIC: Final = frozenset({Operator.LT, Operator.LTE, Operator.GT, Operator.GTE})
PRESENCE: Final = frozenset({Operator.IS_NULL, Operator.EXISTS})
NOT_ON_TEXTS: Final = PRESENCE | REFERENCES
"""Operators that do not look at the texts of one field, and need the name of one."""
_MENDS: Final = {
    "(?=": "RE2 has no lookahead; write what must follow as a test of its own, joined by `and`",
    "(?!": "RE2 has no negative lookahead; write what must not follow as a filter, joined by `and not`",
    "(?<": "RE2 has no lookbehind and no (?<name>…); write a test of its own, or (?P<name>…)",
    "(?>": "RE2 has no atomic groups; write (?:…)",
}


class SignalKind(Enum):
    """How a signal is looked for."""

    EQUAL_FOLDED = "equal without case"
    EQUAL_RAW = "equal"
    SCANNED = "by the automaton"

    __hash__ = object.__hash__  # an enumeration's own is written in Python, and signals are hashed by the million


class Signal(NamedTuple):
    """Something cheap to notice in a text, for all texts and all signals at once.

    Attributes:
        value: for SCANNED a piece of folded text, with `EDGE` where the text must begin or end.
    """

    kind: SignalKind
    value: bytes


def canonical(test: Test) -> Test:
    """The one form of all tests that ask the same, so that they become one atom."""
    if test.operator is Operator.LIKE:
        test = _without_outer_stars(test)
    if test.operator not in _FOLDING:
        return test._replace(is_cased=False) if test.is_cased else test
    # A field's name is exact; only a value is folded.
    if test.is_cased or test.operator in REFERENCES:
        return test
    folded = fold_text(test.value)
    return test if folded == test.value else Test(test.field, test.operator, folded)


def _without_outer_stars(test: Test) -> Test:
    """LIKE with wildcards at its ends only is one of the plain operators."""
    match split_like(test.value):
        case [text]:
            return test._replace(operator=Operator.EQUALS, value=text)
        case [text, "*", ""]:
            return test._replace(operator=Operator.STARTSWITH, value=text)
        case ["", "*", text]:
            return test._replace(operator=Operator.ENDSWITH, value=text)
        case ["", "*", text, "*", ""]:
            return test._replace(operator=Operator.CONTAINS, value=text)
    return test


def signals(test: Test) -> tuple[Signal, ...]:
    """Signals of which every text that ``test`` (canonical) holds for shows one; empty where there are none."""
    if test.operator is Operator.EQUALS:
        kind = SignalKind.EQUAL_RAW if test.is_cased else SignalKind.EQUAL_FOLDED
        return (Signal(kind, test.value.encode()),)
    pieces = _pieces(test)
    if pieces and all(piece.strip(EDGE) for piece in pieces):
        return tuple(Signal(SignalKind.SCANNED, piece) for piece in pieces)
    return ()


def _pieces(test: Test) -> list[bytes]:
    match test.operator:
        case Operator.CONTAINS:
            return [_folded(test)]
        case Operator.STARTSWITH if test.value:
            return [EDGE + _folded(test)]
        case Operator.ENDSWITH if test.value:
            return [_folded(test) + EDGE]
        case Operator.LIKE:
            return [_longest_piece(test.value)]
        case Operator.REGEX:
            return [literal.encode() for literal in regex_literals(test.value)]
    return []


def _folded(test: Test) -> bytes:
    """The value of ``test`` (canonical) without case: only a cased one still has any."""
    return (fold_text(test.value) if test.is_cased else test.value).encode()


def _longest_piece(pattern: str) -> bytes:
    parts = [fold_text(part).encode() for part in split_like(pattern)[::2]]
    pieces = [EDGE + parts[0], *parts[1:-1], parts[-1] + EDGE]
    return max(pieces, key=len)


def is_exact(test: Test) -> bool:
    """True if the signals of ``test`` (canonical) say all: no text that shows one needs a second look."""
    if test.operator is Operator.EQUALS:
        return True
    return not test.is_cased and test.operator in {Operator.CONTAINS, Operator.STARTSWITH, Operator.ENDSWITH}


def check_test(test: Test) -> str | None:
    """What keeps ``test`` from being used, and the mend, in one sentence; None if it can be."""
    if test.field is None and test.operator in NOT_ON_TEXTS:
        return f"a keyword cannot be tested with '{test.operator}'; name the field"
    if test.operator in _NUMERIC:
        return check_number(test.value)
    if test.operator in MOMENT_PARTS:
        return check_moment_part(test.operator, test.value)
    if test.operator is Operator.CIDR:
        return _check_network(test.value)
    return check_regex(test.value) if test.operator is Operator.REGEX else None


def check_number(text: str) -> str | None:
    """Why ``text`` is no number to compare with, and the mend; None if it is one."""
    if re.fullmatch(NUMBER, text, re.ASCII) and math.isfinite(float(text)):
        return None
    return f"'{text}' is not a number; write a finite one such as 10 or -2.5"


def check_moment_part(part: Operator, text: str) -> str | None:
    """Why ``text`` can be no such part of a moment, and the mend; None if it can."""
    first, last = MOMENT_PARTS[part]
    if re.fullmatch(r"[0-9]{1,4}", text, re.ASCII) and first <= int(text) <= last:
        return None
    return f"'{text}' is never the {part} of a moment; write a whole number from {first} to {last}"


def _check_network(text: str) -> str | None:
    try:
        parse_network(text)
    except ValueError:
        return f"'{text}' is not a network; write one such as 10.0.0.0/8 or 2001:db8::/32"
    return None


def check_regex(text: str) -> str | None:
    """Why the regular expression ``text`` cannot be used, and the mend; None if it can be.

    Expressions are RE2's, which are matched in time linear in the text's length: no event can stall the detector.
    """
    try:
        pc.match_substring_regex(pa.array([""]), text)
    except pa.ArrowInvalid as error:
        return f"the regular expression '{_shorten(text)}' cannot be used: {_explain(str(error))}"
    return None


def _shorten(text: str, length: int = 80) -> str:
    return text if len(text) <= length else f"{text[:length]}…"


def _explain(message: str) -> str:
    reason = message.removeprefix("Invalid regular expression: ").strip()
    for operator, mend in _MENDS.items():
        if f": {operator}" in reason:
            return mend
    if re.search(r"invalid escape sequence: \\[1-9]", reason):
        return "RE2 has no back-references; write the alternatives out"
    if "too large" in reason:
        return "it is too large for RE2; use smaller repetitions or split it in two"
    return f"{_shorten(reason)}; write it in RE2's syntax"
