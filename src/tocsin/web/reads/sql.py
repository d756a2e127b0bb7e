"""SQL: one statement, its rows, and what tables there are."""

import time
from dataclasses import dataclass
from typing import Final

from django.conf import settings

from tocsin.kernel.errors import StoreError
from tocsin.search.sandbox import EVERYTHING
from tocsin.search.sql import Limits, SqlError, run
from tocsin.web.reads.search import store

LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class SqlPage:
    """What the page of SQL shows.

    Attributes:
        views: what can be asked: each source, then all of them.
        columns, rows: the result; none before a statement was given.
        is_cut: there are more rows.
    """

    statement: str
    views: tuple[str, ...]
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()
    is_cut: bool = False
    took_ms: int = 0
    error: str = ""
    limits: Limits = LIMITS


def read_sql(statement: str) -> SqlPage:
    """Run ``statement``, if there is one.

    What is wrong with it is in `SqlPage.error`; so is a store that does not answer.
    """
    began = time.monotonic()
    views: tuple[str, ...] = ()
    try:
        sources = store().sources()
        views = (*sources, EVERYTHING)
        if not statement.strip():
            return SqlPage(statement, views)
        options = settings.TOCSIN_OPTIONS
        result = run(options.events_uri, sources, statement, limits=LIMITS)
    except (SqlError, StoreError) as error:
        return SqlPage(statement, views, error=str(error))
    columns = [
        [None if value is None else str(value) for value in column.to_pylist()] for column in result.table.columns
    ]
    return SqlPage(
        statement,
        views,
        tuple(result.table.column_names),
        tuple(zip(*columns, strict=True)),
        result.is_cut,
        round((time.monotonic() - began) * 1000),
    )
