"""What people do with alerts: acknowledge, resolve, reopen, assign, note. Of two at once the first wins, and the
second is told."""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from django.db import transaction

from tocsin.apps.accounts.models import User
from tocsin.apps.alerts.models import Alert, AlertAction, State, Verdict
from tocsin.apps.audit.events import Event
from tocsin.apps.audit.record import person, record
from tocsin.kernel.clock import now

MAX_NOTE_CHARACTERS: Final = 2_000


class Verb(StrEnum):
    """What can be done with an alert."""

    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    REOPEN = "reopen"

    @property
    def done(self) -> str:
        """The verb as the history writes it."""
        return {"acknowledge": "acknowledged", "resolve": "resolved", "reopen": "reopened"}[self]


MOVES: Final[dict[Verb, tuple[tuple[State, ...], State]]] = {
    Verb.ACKNOWLEDGE: ((State.OPEN,), State.ACKNOWLEDGED),
    Verb.RESOLVE: ((State.OPEN, State.ACKNOWLEDGED), State.RESOLVED),
    Verb.REOPEN: ((State.ACKNOWLEDGED, State.RESOLVED), State.OPEN),
}
"""Verb → (states it starts from, state it leads to). A merged alert is history: nothing starts from there."""


EVENTS: Final = {
    Verb.ACKNOWLEDGE: Event.ALERT_ACKNOWLEDGED,
    Verb.RESOLVE: Event.ALERT_RESOLVED,
    Verb.REOPEN: Event.ALERT_REOPENED,
}
"""Verb → the audit event of it."""


def choices(state: str) -> tuple[Verb, ...]:
    """What can be done with an alert in ``state``."""
    return tuple(verb for verb, (starts, _) in MOVES.items() if state in starts)


def act(alert_id: int, user: User, verb: Verb, *, seen: State, note: str = "", verdict: Verdict | None = None) -> bool:
    """Do ``verb`` if the alert is still in the state that ``user`` saw, and write it into the history.

    A verdict is said by resolving, and taken back by reopening.
    Returns: False, and nothing changed, if it is in another state by now or ``verb`` does not start there.
    """
    starts, leads_to = MOVES[verb]
    if seen not in starts:
        return False
    with transaction.atomic():
        # The condition and the change are one UPDATE, so of two people at once one finds no row.
        said = verdict or "" if verb is Verb.RESOLVE else ""
        found = Alert.objects.filter(pk=alert_id, state=seen)
        if not found.update(state=leads_to, verdict=said, updated_at=now()):
            return False
        done = f"{verb.done} as {Verdict(said).label.lower()}" if said else verb.done
        AlertAction.objects.create(alert_id=alert_id, user=user, verb=done, note=note.strip())
        details = {"tocsin.alert": alert_id, "tocsin.note": note.strip(), "tocsin.verdict": said}
        record(EVENTS[verb], details=details)
    return True


def acknowledge(alert_ids: Collection[int], user: User) -> int:
    """Acknowledge those of ``alert_ids`` that are open; returns how many."""
    open_ids = Alert.objects.filter(pk__in=alert_ids, state=State.OPEN).values_list("pk", flat=True)
    return sum(act(alert_id, user, Verb.ACKNOWLEDGE, seen=State.OPEN) for alert_id in open_ids)


def assign(alert_id: int, user: User, assignee: User | None, *, seen: int | None) -> bool:
    """Give the alert to ``assignee``, or to nobody, if it is still the one's with the id ``seen``.

    Returns: False, and nothing changed, if somebody else has it by now or there is no such alert.
    """
    with transaction.atomic():
        if not Alert.objects.filter(pk=alert_id, assignee=seen).update(assignee=assignee, updated_at=now()):
            return False
        whom = "nobody" if assignee is None else str(assignee)
        AlertAction.objects.create(alert_id=alert_id, user=user, verb="assigned", note=f"to {whom}")
        record(Event.ALERT_ASSIGNED, target=person(assignee) if assignee else None, details={"tocsin.alert": alert_id})
    return True


def comment(alert_id: int, user: User, note: str) -> bool:
    """Write ``note`` into the history; False where it is empty or there is no such alert."""
    if not note.strip() or not Alert.objects.filter(pk=alert_id).exists():
        return False
    with transaction.atomic():
        AlertAction.objects.create(alert_id=alert_id, user=user, verb="noted", note=note.strip())
        record(Event.ALERT_NOTED, details={"tocsin.alert": alert_id, "tocsin.note": note.strip()})
    return True
