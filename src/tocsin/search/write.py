"""Write: conditions as a query's text, for links that filter."""

import re
from typing import Final

from tocsin.search.tokens import Kind, QueryError, quote, tokenize

MAX_VALUE: Final = 1_000
"""Characters of a value that a link can ask for."""
_SIGNS: Final = re.compile(r'[\\*?:"()\[\]{}<>~/\s!-]')


def write_condition(field: str, value: str) -> str | None:
    """`field:"value"`; None where no query can say it: an unwritable name, too long a value."""
    if not field or "*" in field or len(value) > MAX_VALUE or "\x00" in field + value:
        return None
    name = _SIGNS.sub(r"\\\g<0>", field)
    return f"{name}:{quote(value)}"


def add_condition(query: str, condition: str, *, is_negated: bool = False) -> str:
    """``query`` narrowed by ``condition``, or by its contrary."""
    added = f"NOT {condition}" if is_negated else condition
    if not query.strip():
        return added
    return f"({query}) {added}" if _has_alternatives(query) else f"{query.strip()} {added}"


def _has_alternatives(query: str) -> bool:
    try:
        return any(token.kind is Kind.OR for token in tokenize(query))
    except QueryError:
        return True
