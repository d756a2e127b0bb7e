"""What a search's address asks for. All of a search is in its address: it can be kept, shared and gone back to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Self
from urllib.parse import urlencode

from django.http import QueryDict

from tocsin.kernel.clock import from_us, to_us
from tocsin.search.find import Cursor
from tocsin.search.parse import parse
from tocsin.search.tree import All, Between, Node
from tocsin.search.write import add_condition

WINDOWS: Final[dict[str, timedelta | None]] = {
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "24h": timedelta(hours=24),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
    "all": None,
}
"""How far back a search goes, by the name in its address."""
DEFAULT_WINDOW: Final = "24h"
MAX_COLUMNS: Final = 20
_SECOND_US: Final = 1_000_000
_MAX_SECONDS: Final = 250_000_000_000


@dataclass(frozen=True, slots=True)
class Asked:
    """One search.

    Attributes:
        query: see `docs/search.md`.
        sources: those to search; none: all.
        columns: fields shown as columns; none: a summary of each record.
        window: a key of `WINDOWS`; not used where ``from_s`` or ``to_s`` is given.
        from_s, to_s: seconds since 1970, both included.
        after: where the page begins, as a `Cursor` writes itself.
    """

    query: str = ""
    sources: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    window: str = DEFAULT_WINDOW
    from_s: int | None = None
    to_s: int | None = None
    after: str = ""

    @classmethod
    def of(cls, query: QueryDict) -> Self:
        """Read it from an address; what makes no sense there is as if not given."""
        window = query.get("window", "")
        return cls(
            query.get("q", "").strip(),
            tuple(dict.fromkeys(filter(None, query.getlist("source")))),
            tuple(dict.fromkeys(filter(None, query.getlist("col"))))[:MAX_COLUMNS],
            window if window in WINDOWS else DEFAULT_WINDOW,
            _read_seconds(query.get("from", "")),
            _read_seconds(query.get("to", "")),
            query.get("after", ""),
        )

    @property
    def is_absolute(self) -> bool:
        """Whether it begins or ends at a moment, and not so long ago."""
        return self.from_s is not None or self.to_s is not None

    @property
    def from_at(self) -> datetime | None:
        """The moment that it begins at."""
        return None if self.from_s is None else from_us(self.from_s * _SECOND_US)

    @property
    def to_at(self) -> datetime | None:
        """The moment that it ends at."""
        return None if self.to_s is None else from_us(self.to_s * _SECOND_US)

    def bounds(self, now: datetime) -> tuple[int | None, int | None]:
        """The least and the greatest moment (µs) that is meant; None: no end."""
        if self.is_absolute:
            low = None if self.from_s is None else self.from_s * _SECOND_US
            return low, None if self.to_s is None else (self.to_s + 1) * _SECOND_US - 1
        span = WINDOWS[self.window]
        return (None if span is None else to_us(now - span)), None

    def node(self, now: datetime) -> Node:
        """What it asks, its time included.

        Raises: QueryError.
        """
        low, high = self.bounds(now)
        query = parse(self.query, now=now)
        return query if low is None and high is None else All((Between("_time", low, high), query))

    def cursor(self) -> Cursor | None:
        """Where the page begins.

        Raises: QueryError.
        """
        return Cursor.read(self.after)

    def narrowed(self, condition: str, *, is_negated: bool = False) -> Self:
        """The same with one condition more, from its first page on."""
        return replace(self, query=add_condition(self.query, condition, is_negated=is_negated), after="")

    def with_columns(self, columns: Sequence[str]) -> Self:
        """The same with other columns."""
        return replace(self, columns=tuple(columns))

    @property
    def address(self) -> str:
        """Its part of an address, from the question mark on."""
        pairs = [("q", self.query), *(("source", each) for each in self.sources)]
        pairs += [("col", each) for each in self.columns]
        if self.is_absolute:
            pairs += [("from", _text(self.from_s)), ("to", _text(self.to_s))]
        elif self.window != DEFAULT_WINDOW:
            pairs.append(("window", self.window))
        pairs.append(("after", self.after))
        return "?" + urlencode([(name, value) for name, value in pairs if value])


def _read_seconds(text: str) -> int | None:
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(_MAX_SECONDS))
    return min(int(text), _MAX_SECONDS) if is_number else None


def _text(number: int | None) -> str:
    return "" if number is None else str(number)
