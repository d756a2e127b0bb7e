"""The first record of a source that was just added, and what of it could not be read."""

from dataclasses import dataclass
from typing import Final

from tocsin.apps.intake.models import RejectedRecord, Source
from tocsin.formats import REJECTED
from tocsin.kernel.clock import to_us
from tocsin.kernel.errors import StoreError
from tocsin.search.find import find
from tocsin.search.tree import All
from tocsin.web.reads.event import EventPage, read_event
from tocsin.web.reads.search import BusyError, slot, store

MAX_REJECTED: Final = 5
_NEWEST: Final = 50
"""Records among which one that could be read is looked for."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What has come of a source.

    Attributes:
        is_there: whether the source still is.
        event: its newest record that could be read; None where none came yet.
        rejected: its newest rejected records.
        trouble: why the store could not be asked; empty where it could.
    """

    is_there: bool
    event: EventPage | None = None
    rejected: tuple[RejectedRecord, ...] = ()
    trouble: str = ""


def read_arrival(name: str, page: str) -> Arrival:
    """Read what has come; links lead to the search ``page``. Cost: two queries and two looks into the store."""
    if not Source.objects.filter(name=name).exists():
        return Arrival(is_there=False)
    rejected = tuple(RejectedRecord.objects.filter(source=name).order_by("-received_at", "-pk")[:MAX_REJECTED])
    try:
        return Arrival(True, _newest(name, page), rejected)
    except (StoreError, BusyError) as error:
        return Arrival(True, None, rejected, str(error))


def _newest(name: str, page: str) -> EventPage | None:
    if name not in store().sources():
        return None
    with slot():
        rows = find({name: store().table(name)}, All(()), _NEWEST).rows.to_pylist()
    for row in rows:
        if not (row["_error"] or "").startswith(REJECTED):
            return read_event(name, row["_id"], to_us(row["_time"]), page)
    return None
