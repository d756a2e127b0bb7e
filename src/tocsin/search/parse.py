"""Parse: a query's text → the tree that it asks.

query      = [either]                        nothing: every record
either     = both {"OR" both}
both       = single {["AND"] single}         what stands side by side must hold together
single     = ("NOT" | "-" | "!") single | "(" either ")" | [field ":"] value
value      = text | range | comparison | "(" either ")"    the last: each value in it is of the field
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from tocsin.search.terms import Terms
from tocsin.search.tokens import Kind, QueryError, Token, tokenize
from tocsin.search.tree import All, Any, Contrary, Node

MAX_DEPTH: Final = 50
"""Brackets and negations within each other."""
MAX_TERMS: Final = 1_000
"""Conditions of a query."""


def parse(query: str, *, now: datetime) -> Node:
    """Read ``query``; ``now`` is what `now-2h` counts from.

    Raises: QueryError, which names the column and the mend.
    """
    return _Parser(tokenize(query), Terms(now)).read()


class _Parser:
    def __init__(self, tokens: list[Token], terms: Terms) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0
        self._count = 0
        self._terms = terms

    def read(self) -> Node:
        if len(self._tokens) == 1:
            return All()
        node = self._either(None)
        rest = self._take()
        if rest.kind is not Kind.END:
            raise QueryError("this bracket closes nothing; remove it, or open one before", rest.column)
        return node

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    def _take(self) -> Token:
        token = self._next
        self._at += token.kind is not Kind.END
        return token

    def _either(self, field: Token | None) -> Node:
        terms = [self._both(field)]
        while self._next.kind is Kind.OR:
            self._take()
            terms.append(self._both(field))
        return terms[0] if len(terms) == 1 else Any(tuple(terms))

    def _both(self, field: Token | None) -> Node:
        terms = [self._single(field)]
        while self._next.kind not in {Kind.OR, Kind.CLOSE, Kind.END}:
            if self._next.kind is Kind.AND:
                self._take()
            terms.append(self._single(field))
        return terms[0] if len(terms) == 1 else All(tuple(terms))

    def _single(self, field: Token | None) -> Node:
        token = self._take()
        match token.kind:
            case Kind.NOT:
                return Contrary(self._deeper(token, lambda: self._single(field)))
            case Kind.OPEN:
                return self._bracket(token, field)
            case Kind.FIELD:
                return self._field(token, field)
            case Kind.TEXT:
                self._count_term(token)
                return self._terms.value(field, token) if field else self._terms.word(token)
            case Kind.RANGE:
                self._count_term(token)
                assert field  # noqa: S101 -- a range is cut only after a field's name
                return self._terms.value(field, token)
        raise _missing(token)

    def _field(self, name: Token, outer: Token | None) -> Node:
        if outer:
            raise QueryError(
                f"'{name.text}:' stands within the values of '{outer.text}:'; "
                "close the bracket before it, or write \\: for the sign itself",
                name.column,
            )
        if self._next.kind not in {Kind.OPEN, Kind.TEXT, Kind.RANGE}:
            raise QueryError(
                f"the value of '{name.text}' is missing; write {name.text}:value, or {name.text}:* for any",
                self._next.column,
            )
        token = self._take()
        if token.kind is Kind.OPEN:
            return self._bracket(token, name)
        self._count_term(token)
        return self._terms.value(name, token)

    def _bracket(self, opening: Token, field: Token | None) -> Node:
        node = self._deeper(opening, lambda: self._either(field))
        if self._take().kind is not Kind.CLOSE:
            raise QueryError("this bracket is not closed; add a )", opening.column)
        return node

    def _deeper(self, token: Token, read: Callable[[], Node]) -> Node:
        if self._depth >= MAX_DEPTH:
            raise QueryError(
                f"more than {MAX_DEPTH} brackets or negations in each other; write it flatter", token.column
            )
        self._depth += 1
        node = read()
        self._depth -= 1
        return node

    def _count_term(self, token: Token) -> None:
        self._count += 1
        if self._count > MAX_TERMS:
            raise QueryError(f"more than {MAX_TERMS:,} conditions; ask in several searches", token.column)


def _missing(token: Token) -> QueryError:
    said = "the query ends" if token.kind is Kind.END else f"'{token.text or token.kind.value}' stands"
    return QueryError(
        f"{said} where a condition is expected; write a word, field:value or a bracket, "
        "and put AND, OR and NOT in quotes where you mean the words",
        token.column,
    )
