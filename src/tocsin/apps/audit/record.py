"""Recording what somebody does: in the same transaction as the deed, so that there is never one without the other."""

import getpass
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from tocsin.apps.audit.events import Event, category
from tocsin.apps.audit.models import AuditRow
from tocsin.kernel.clock import now
from tocsin.kernel.ids import new_id

MAX_VALUE: Final = 2_000
"""Characters that a value keeps; who sends a browser's name of a megabyte does not fill the store with it."""


class Person(Protocol):
    """What is recorded of a person; `accounts.User` is one."""

    pk: int
    email: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something.

    Attributes:
        kind: a signed-in person, an API token, this machine's shell, or nobody that is known.
        fields: ECS fields that say who and from where.
    """

    kind: Literal["person", "token", "machine", "nobody"]
    fields: Mapping[str, str]


def person(user: Person) -> dict[str, str]:
    """``user`` as the target of an event."""
    return {"id": str(user.pk), "email": user.email, "name": user.name, "roles": user.role}


def machine() -> Actor:
    """Whoever runs a command on this machine."""
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = "unknown"
    return Actor("machine", {"user.name": name, "host.name": socket.gethostname()})


_ACTOR: ContextVar[Callable[[], Actor]] = ContextVar("tocsin_actor", default=machine)


@contextmanager
def acting(find_actor: Callable[[], Actor]) -> Iterator[None]:
    """Within, what is recorded is done by whom ``find_actor`` finds then."""
    before = _ACTOR.set(find_actor)
    try:
        yield
    finally:
        _ACTOR.reset(before)


def record(
    event: Event,
    *,
    target: Mapping[str, str] | None = None,
    outcome: Literal["success", "failure"] = "success",
    reason: str = "",
    details: Mapping[str, object] | None = None,
) -> None:
    """Record that ``event`` happened now, done by whoever acts. Call it inside the transaction of the deed.

    Args:
        target: the person it was done to (`person`).
        reason: why it failed.
        details: further fields by their dotted names, such as `rule.id`.
    """
    actor = _ACTOR.get()()
    content: dict[str, object] = {
        "_id": new_id(),
        "@timestamp": now().isoformat(),
        "event.kind": "event",
        "event.module": "tocsin",
        "event.action": event.value,
        "event.category": category(event),
        "event.outcome": outcome,
        "event.reason": reason,
        "tocsin.actor": actor.kind,
        **actor.fields,
        **{f"user.target.{key}": value for key, value in (target or {}).items()},
        **(details or {}),
    }
    kept = {key: _short(value) for key, value in content.items() if value not in ("", None)}
    AuditRow.objects.create(content=kept)


def _short(value: object) -> object:
    return value[:MAX_VALUE] if isinstance(value, str) else value
