"""The pieces that a query is written in, each with its column, and the error that names one."""

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from tocsin.kernel.errors import TocsinError

MAX_LENGTH: Final = 8_192
"""Characters of a query."""


class QueryError(TocsinError):
    """A query that cannot be read.

    Attributes:
        column: the character at fault, counted from 1; one beyond the last where something is missing.
    """

    def __init__(self, message: str, column: int) -> None:
        super().__init__(f"column {column}: {message}")
        self.column = column


class Kind(Enum):
    """What a piece is."""

    OPEN = "("
    CLOSE = ")"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    FIELD = "a field"
    RANGE = "a range"
    TEXT = "a text"
    END = "the end"


@dataclass(frozen=True, slots=True)
class Token:
    """One piece.

    Attributes:
        text: of FIELD the name; of TEXT a pattern (`Operator.LIKE`); of RANGE all of it.
        comparison: of TEXT `<`, `<=`, `>`, `>=`, or `~` for a regular expression, whose `text` is as written.
        is_quoted: of TEXT, whether it stood in quotes.
    """

    kind: Kind
    column: int
    text: str = ""
    comparison: str = ""
    is_quoted: bool = False


_WORDS: Final = {"AND": Kind.AND, "&&": Kind.AND, "OR": Kind.OR, "||": Kind.OR, "NOT": Kind.NOT, "!": Kind.NOT}
_SIGNS: Final = {"(": Kind.OPEN, ")": Kind.CLOSE}
_SPACE: Final = re.compile(r"\s+")
_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_SLASHED: Final = re.compile(r"/((?:[^/\\]|\\.)*)/(?=[\s)]|\Z)", re.DOTALL)
_NAME: Final = re.compile(r'((?:[^\s():"\\]|\\[\s\S])+):')
_RANGE: Final = re.compile(r"[\[{][^\[\]{}]*[\]}]")
_BARE: Final = re.compile(r'(?:[^\s()"\\]|\\[\s\S]|\\\Z)+')
_COMPARISON: Final = re.compile(r"<=|>=|<|>|~")
_ESCAPED: Final = re.compile(r'\\([\\*?:"()\[\]{}<>~/\s!-])')


def escape(text: str) -> str:
    """``text`` as a pattern in which nothing stands for anything else."""
    return re.sub(r"[\\*?]", r"\\\g<0>", text)


def quote(text: str) -> str:
    """``text`` as a query writes it so that it means exactly itself."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def tokenize(query: str) -> list[Token]:
    """Cut ``query`` into its pieces; the last is the END.

    Raises: QueryError.
    """
    if len(query) > MAX_LENGTH:
        raise QueryError(f"the query has {len(query):,} characters; at most {MAX_LENGTH:,} are read", MAX_LENGTH + 1)
    tokens: list[Token] = []
    at = 0
    while at < len(query):
        if space := _SPACE.match(query, at):
            at = space.end()
            continue
        is_value = bool(tokens) and tokens[-1].kind is Kind.FIELD
        token, at = _read_value(query, at) if is_value else _read_piece(query, at)
        tokens.append(token)
    return [*tokens, Token(Kind.END, len(query) + 1)]


def _read_piece(query: str, at: int) -> tuple[Token, int]:
    """The piece at ``at`` where a condition may begin."""
    if query[at] in _SIGNS:
        return Token(_SIGNS[query[at]], at + 1, query[at]), at + 1
    if query[at] in "-!" and _begins_condition(query, at + 1):
        return Token(Kind.NOT, at + 1, query[at]), at + 1
    if name := _NAME.match(query, at):
        return Token(Kind.FIELD, at + 1, _plain(name[1])), name.end()
    return _read_text(query, at)


def _read_value(query: str, at: int) -> tuple[Token, int]:
    """The piece at ``at`` after a field's name and colon."""
    if query[at] in _SIGNS:
        return Token(_SIGNS[query[at]], at + 1, query[at]), at + 1
    if query[at] in "[{":
        found = _RANGE.match(query, at)
        if not found:
            raise QueryError("the range is not closed; write [1 TO 5]", at + 1)
        return Token(Kind.RANGE, at + 1, found[0]), found.end()
    comparison = _COMPARISON.match(query, at)
    if not comparison:
        return _read_text(query, at)
    start = comparison.end()
    if start >= len(query) or query[start].isspace() or query[start] in "()":
        raise QueryError(f"after '{comparison[0]}' the value is missing; write it without a space", start + 1)
    if comparison[0] == "~":
        return _read_regex(query, at)
    token, end = _read_text(query, start)
    return Token(Kind.TEXT, at + 1, token.text, comparison[0], token.is_quoted), end


def _read_regex(query: str, at: int) -> tuple[Token, int]:
    """`~"…"`, `~/…/` or `~…` at ``at``."""
    for form in (_QUOTED, _SLASHED):
        if found := form.match(query, at + 1):
            text = found[1].replace('\\"', '"') if form is _QUOTED else found[1].replace("\\/", "/")
            return Token(Kind.TEXT, at + 1, text, "~", True), found.end()
    if query[at + 1] == '"':
        raise _unclosed(at + 1)
    found = re.compile(r"[^\s]+").match(query, at + 1)
    assert found  # noqa: S101 -- the caller saw that something stands there
    return Token(Kind.TEXT, at + 1, found[0], "~"), found.end()


def _read_text(query: str, at: int) -> tuple[Token, int]:
    if query[at] == '"':
        found = _QUOTED.match(query, at)
        if not found:
            raise _unclosed(at)
        return Token(Kind.TEXT, at + 1, escape(re.sub(r'\\(["\\])', r"\1", found[1])), is_quoted=True), found.end()
    found = _BARE.match(query, at)
    assert found  # noqa: S101 -- neither space, bracket nor quote: something is there
    if found[0] in _WORDS:
        return Token(_WORDS[found[0]], at + 1, found[0]), found.end()
    return Token(Kind.TEXT, at + 1, _pattern(found[0])), found.end()


def _unclosed(at: int) -> QueryError:
    return QueryError(
        'the quotation mark is not closed; end the phrase with ", or write \\" for the sign itself', at + 1
    )


def _begins_condition(query: str, at: int) -> bool:
    return at < len(query) and not query[at].isspace() and query[at] != ")"


def _plain(written: str) -> str:
    """A field's name as it is meant."""
    return _ESCAPED.sub(r"\1", written)


def _pattern(written: str) -> str:
    """A text as a pattern: a backslash before a sign of the language makes it ordinary, any other stands for itself."""
    out, at = "", 0
    while at < len(written):
        if escaped := _ESCAPED.match(written, at):
            out += escape(escaped[1])
            at = escaped.end()
        else:
            out += "\\\\" if written[at] == "\\" else written[at]
            at += 1
    return out
