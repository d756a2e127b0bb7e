"""One event: all its fields, its raw text, and the rule that could be made of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from tocsin.apps.intake.models import Source
from tocsin.formats import REJECTED, load_format
from tocsin.kernel.clock import now, to_us
from tocsin.kernel.logsource import LogSource
from tocsin.rules.from_event import draft_from_event
from tocsin.rules.model import Operator, Test
from tocsin.search.find import find
from tocsin.search.tree import About, All, Between
from tocsin.web.asked_search import Asked
from tocsin.web.reads.search import fields_of, filters, slot, store


@dataclass(frozen=True, slots=True)
class EventField:
    """A field's value, and the searches for it and without it; empty where none can be written."""

    name: str
    value: str
    include: str
    exclude: str


@dataclass(frozen=True, slots=True)
class EventPage:
    """One event.

    Attributes:
        error: why no field could be read, or a note on the record.
        around: the part of an address that searches its source around its moment.
    """

    source: str
    id: str
    at: datetime
    received_at: datetime
    error: str
    is_rejected: bool
    fields: tuple[EventField, ...]
    raw: str
    around: str

    @property
    def at_us(self) -> int:
        """Its moment, in microseconds since 1970."""
        return to_us(self.at)


def read_event(source: str, event_id: str, at_us: int | None, page: str) -> EventPage | None:
    """Read an event; links lead to the search ``page``. None where there is none (any more).

    Raises: StoreError; BusyError.
    """
    row = _read(source, event_id, at_us)
    if row is None:
        return None
    asked = Asked(window="all")
    fields = tuple(
        EventField(name, value, *filters(asked, page, name, value)) for name, value in sorted(fields_of(row).items())
    )
    second = int(row["_time"].timestamp())
    around = Asked(sources=(source,), from_s=max(0, second - 60), to_s=second + 60).address
    error = row["_error"] or ""
    return EventPage(
        source,
        row["_id"],
        row["_time"],
        row["_received"],
        error,
        error.startswith(REJECTED),
        fields,
        row["_raw"],
        around,
    )


def read_draft(source: str, event_id: str, at_us: int | None) -> str | None:
    """The text of a first rule made of an event; None where there is no such event.

    Raises: StoreError; BusyError.
    """
    row = _read(source, event_id, at_us)
    if row is None:
        return None
    added = Source.objects.filter(name=source).first()
    said = added.logsource(load_format(added.format).logsource) if added else LogSource()
    return draft_from_event(fields_of(row), said, str(uuid4()), now().date(), source=source)


def _read(source: str, event_id: str, at_us: int | None) -> dict[str, Any] | None:
    """The event's row; without its moment, every row group whose ids allow it is looked at."""
    if source not in store().sources():
        return None
    node = All((About(Test("id", Operator.EQUALS, event_id, is_cased=True)), Between("_time", at_us, at_us)))
    with slot():
        rows: list[dict[str, Any]] = find({source: store().table(source)}, node, 1).rows.to_pylist()
    return rows[0] if rows else None
