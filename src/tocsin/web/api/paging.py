"""Lists are read a page at a time: `limit` at most, `after` the cursor that the page before gave."""

from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from ninja import Query, Schema

from tocsin.web.asked import number

MAX_LIMIT = 200
Item = TypeVar("Item")
Row = TypeVar("Row", bound=Model)

Limit = Annotated[int, Query(50, ge=1, le=MAX_LIMIT, description="how many at the most")]
After = Annotated[str, Query("", max_length=200, description="`next` of the page before")]


class Page(Schema, Generic[Item]):
    """Some of a list; `next` is the cursor of what comes after it, null at the end."""

    items: list[Item]
    next: str | None


def newest_first(rows: QuerySet[Row], after: str, limit: int, show: Callable[[Row], Any]) -> dict[str, Any]:
    """A page of ``rows``, the newest first, by their ids. A cursor that is none begins at the beginning."""
    before = number(after)
    wanted = rows.filter(pk__lt=before) if before is not None else rows
    found = list(wanted.order_by("-pk")[: limit + 1])
    last = str(found[limit - 1].pk) if len(found) > limit else None
    return {"items": [show(each) for each in found[:limit]], "next": last}
