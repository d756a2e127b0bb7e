"""Terms: one value of a query → a leaf of the tree, by the operators that rules have."""

import ipaddress
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from tocsin.engine.atoms import check_test
from tocsin.kernel.clock import parse_duration, to_us
from tocsin.kernel.errors import ConfigError
from tocsin.rules.model import Operator, Test
from tocsin.search.judge import word_test
from tocsin.search.tokens import Kind, QueryError, Token
from tocsin.search.tree import MOMENT_COLUMNS, TEXT_COLUMNS, About, All, Any, Ask, Between, Node, Word

_COMPARISONS: Final = {"<": Operator.LT, "<=": Operator.LTE, ">": Operator.GT, ">=": Operator.GTE}
_RANGE: Final = re.compile(r"\s*(\S+)\s+TO\s+(\S+)\s*")
_RANGE_FORM: Final = "write [1 TO 5], {1 TO 5} without the ends, or * for an open end"
_NOW: Final = re.compile(r"now(?:-(\w+))?")
_MOMENT_FORM: Final = "write 2026-01-31, 2026-01-31T09:30, now-2h, a range [2026-01-01 TO 2026-01-31] or >now-15m"
_PRECISIONS: Final = (
    (re.compile(r"\d{4}-\d\d-\d\d"), timedelta(days=1)),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?:Z|[+-]\d\d:\d\d)?"), timedelta(minutes=1)),
    (re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:Z|[+-]\d\d:\d\d)?"), timedelta(seconds=1)),
)
_WILD: Final = re.compile(r"(?:\\[\\*?]|[^*?\\])*")


class Terms:
    """Reads values; ``now`` is what `now-2h` counts from."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def word(self, token: Token) -> Node:
        """A text that stands for itself: whole words of any field."""
        _check_text(token)
        if token.text and token.text[0] in "<>=" and not token.is_quoted:
            raise QueryError(
                f"'{token.text}' compares nothing; write the field before it without spaces, as status:>=500",
                token.column,
            )
        if not token.text.strip("*"):
            return All()
        if problem := check_test(word_test(None, token.text)):
            raise QueryError(problem, token.column)
        return Word(token.text)

    def value(self, field: Token, token: Token) -> Node:
        """The value ``token`` of the field called ``field``."""
        _check_text(token)
        name = field.text
        if name == "*" and token.text == "*":
            return All()
        if "*" in name:
            raise QueryError(
                f"'{name}' has a *, and a field's name has to be whole; leave it out to search all fields", field.column
            )
        if name == "_exists_":
            return _exists(_unescape(token.text))
        if name in MOMENT_COLUMNS:
            return self._moment(name, token)
        if token.kind is Kind.RANGE:
            return All(tuple(_leaf(name, operator, text, token) for operator, text in _read_range(token)))
        return _text(name, token)

    def _moment(self, column: str, token: Token) -> Node:
        if token.kind is Kind.RANGE:
            bounds = [self._compare(column, sign, text, token) for sign, text in _read_range(token)]
            return All(tuple(bounds))
        if token.text == "*":
            return All()
        if token.comparison in _COMPARISONS:
            return self._compare(column, _COMPARISONS[token.comparison], _unescape(token.text), token)
        if token.comparison:
            raise QueryError(f"{column} is a moment and has no regular expression; {_MOMENT_FORM}", token.column)
        first, beyond = self._read_moment(_unescape(token.text), token)
        return Between(column, first, beyond - 1)

    def _compare(self, column: str, operator: Operator, text: str, token: Token) -> Between:
        """A day as an upper bound is meant to its end, as `[2026-01-01 TO 2026-01-31]` is."""
        first, beyond = self._read_moment(text, token)
        match operator:
            case Operator.GTE:
                return Between(column, first, None)
            case Operator.GT:
                return Between(column, beyond, None)
            case Operator.LTE:
                return Between(column, None, beyond - 1)
        return Between(column, None, first - 1)

    def _read_moment(self, text: str, token: Token) -> tuple[int, int]:
        """The first microsecond of what ``text`` says, and the first one after it."""
        try:
            if relative := _NOW.fullmatch(text):
                moment = self._now - (parse_duration(relative[1]) if relative[1] else timedelta())
                return to_us(moment), to_us(moment) + 1
            moment = datetime.fromisoformat(text)
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
            width = next((width for form, width in _PRECISIONS if form.fullmatch(text)), timedelta(microseconds=1))
            return to_us(moment), to_us(moment + width)
        except (ValueError, OverflowError, ConfigError) as error:
            raise QueryError(f"'{text}' is not a moment; {_MOMENT_FORM}", token.column) from error


def _read_range(token: Token) -> list[tuple[Operator, str]]:
    """The ends of a range that has any, each with its operator."""
    inner = _RANGE.fullmatch(token.text[1:-1])
    if not inner:
        raise QueryError(f"'{token.text}' is not a range; {_RANGE_FORM}", token.column)
    low = Operator.GTE if token.text[0] == "[" else Operator.GT
    high = Operator.LTE if token.text[-1] == "]" else Operator.LT
    return [(operator, text.strip('"')) for operator, text in ((low, inner[1]), (high, inner[2])) if text != "*"]


def _text(name: str, token: Token) -> Node:
    if token.comparison == "~":
        return _leaf(name, Operator.REGEX, token.text, token)
    if token.comparison:
        return _leaf(name, _COMPARISONS[token.comparison], _unescape(token.text), token)
    if token.text == "*" and not token.is_quoted:
        return _exists(name)
    if not _has_wildcard(token.text):
        plain = _unescape(token.text)
        equal = _leaf(name, Operator.EQUALS, plain, token)
        is_network = not token.is_quoted and "/" in plain and _is_network(plain)
        return Any((equal, _leaf(name, Operator.CIDR, plain, token))) if is_network else equal
    return _leaf(name, Operator.LIKE, token.text, token)


def _exists(name: str) -> Node:
    if name in MOMENT_COLUMNS:
        return All()
    return _make(name, Operator.EXISTS, "")


def _leaf(name: str, operator: Operator, value: str, token: Token) -> Node:
    node = _make(name, operator, value)
    if problem := check_test(node.test):
        hint = (
            "; only numbers are compared, and moments of _time and _received"
            if operator in _COMPARISONS.values()
            else ""
        )
        raise QueryError(problem + hint, token.column)
    return node


def _make(name: str, operator: Operator, value: str) -> Ask | About:
    if name in TEXT_COLUMNS:
        # An id is compared exactly, so that the least and greatest of a file can rule it out.
        is_cased = name == "_id" and operator is Operator.EQUALS
        return About(Test(TEXT_COLUMNS[name], operator, value, is_cased))
    return Ask(Test(name, operator, value))


def _check_text(token: Token) -> None:
    if "\x00" in token.text:
        raise QueryError("a character with the number 0 cannot be searched for; leave it out", token.column)
    if any("\ud800" <= character <= "\udfff" for character in token.text):
        raise QueryError("half a character (a surrogate) cannot be searched for; leave it out", token.column)


def _has_wildcard(pattern: str) -> bool:
    return _WILD.fullmatch(pattern) is None


def _unescape(pattern: str) -> str:
    return re.sub(r"\\([\\*?])", r"\1", pattern)


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True
