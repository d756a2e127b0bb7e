"""What people do with an alert: acknowledge, resolve, reopen. The first of two at once wins, the second is told."""

from enum import StrEnum
from typing import Final

from django.db import transaction

from tocsin.apps.accounts.models import User
from tocsin.apps.alerts.models import Alert, AlertAction, State
from tocsin.apps.audit.events import Event
from tocsin.apps.audit.record import record
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


def act(alert_id: int, user: User, verb: Verb, *, seen: State, note: str = "") -> bool:
    """Do ``verb`` if the alert is still in the state that ``user`` saw, and write it into the history.

    Returns: False, and nothing changed, if it is in another state by now or ``verb`` does not start there.
    """
    starts, leads_to = MOVES[verb]
    if seen not in starts:
        return False
    with transaction.atomic():
        # The condition and the change are one UPDATE, so of two people at once one finds no row.
        if not Alert.objects.filter(pk=alert_id, state=seen).update(state=leads_to, updated_at=now()):
            return False
        AlertAction.objects.create(alert_id=alert_id, user=user, verb=verb.done, note=note.strip())
        record(EVENTS[verb], details={"tocsin.alert": alert_id, "tocsin.note": note.strip()})
    return True
