"""One thing that happened, and the JSON record by which the microblog would report it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from tocsin.drill.people import Person, Visit


class Action(StrEnum):
    """What the microblog reports."""

    POST_CREATED = "post.created"
    SESSION_CREATED = "session.created"
    SESSION_FAILED = "session.failed"
    STAFF_SESSION_CREATED = "staff.session_created"
    USER_VIEWED = "user.viewed"
    EMAIL_CHANGED = "user.email_changed"
    SECOND_FACTOR_REMOVED = "user.second_factor_removed"
    PASSWORD_RESET = "user.password_reset"  # noqa: S105  the name of an action
    DATA_EXPORTED = "user.data_exported"


@dataclass(frozen=True, slots=True)
class Happening:
    """``actor`` did ``action`` to ``subject`` from ``visit``.

    Attributes:
        at_s: seconds after the start of the story.
        is_incident: part of the incident, which only the ground truth may know.
    """

    at_s: float
    action: Action
    actor: Person
    visit: Visit
    subject: Person
    text: str = ""
    url: str = ""
    is_incident: bool = False

    def moment(self, start: datetime) -> datetime:
        """When it happened, to the millisecond."""
        return start + timedelta(milliseconds=round(self.at_s * 1000))


def to_record(happening: Happening, event_id: str, start: datetime) -> dict[str, Any]:
    """The record of ``happening``, ready to be written as JSON."""
    record: dict[str, Any] = {
        "_id": event_id,
        "time": iso(happening.moment(start)),
        "action": happening.action.value,
        "actor": {"id": happening.actor.id, "name": happening.actor.name, "role": happening.actor.role},
        "subject": _subject(happening.subject),
        "source": _source(happening.visit),
        "device": happening.visit.device,
        "request_id": hashlib.sha256(event_id.encode()).hexdigest()[:16],
    }
    if happening.text:
        record["text"] = happening.text
    if happening.url:
        record["url"] = {"host": urlsplit(happening.url).hostname}
    return record


def iso(moment: datetime) -> str:
    """ISO 8601 with milliseconds; UTC is written Z."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _subject(person: Person) -> dict[str, Any]:
    return {
        "id": person.id,
        "name": person.name,
        "is_verified": person.is_verified,
        "followers": person.followers,
    }


def _source(visit: Visit) -> dict[str, Any]:
    return {
        "ip": visit.ip,
        "country": visit.country,
        "is_new_place": visit.is_new_place,
        "is_new_device": visit.is_new_device,
    }
