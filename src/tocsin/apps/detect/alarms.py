"""Tocsin's alarms about itself: events that no rule could look at. Nobody must take silence for quiet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tocsin.apps.alerts.models import Alert, State
from tocsin.apps.detect.opening import open_alert
from tocsin.apps.detect.texts import storable
from tocsin.kernel.ids import fingerprint
from tocsin.rules.model import Level

_SHOWN_CHARACTERS: Final = 300

UNCHECKED: Final = "tocsin.unchecked"
UNREADABLE: Final = "tocsin.unreadable"
REPLACED: Final = "tocsin.replaced"
HISTORY_FULL: Final = "tocsin.history_full"

_TEXTS: Final = {
    UNCHECKED: (
        "Events could not be checked",
        (
            "Checking these events failed, and failed again one by one. They are in the store and can be searched, "
            "but the rule named here, or every rule where none is named, has not looked at them."
        ),
        (
            "Look at the events and at the detector's log. Whoever can make events that fail can hide among them: "
            "search this source for what else came at that time."
        ),
    ),
    UNREADABLE: (
        "A source cannot be read",
        (
            "What this source sends is taken and stored, but reading it back fails, so no rule looks at it. "
            "It is tried again all the time; the other sources go on."
        ),
        "Look at the reason and at the disk or bucket under the data folder.",
    ),
    REPLACED: (
        "The events of a source were removed",
        "The table that had been read is gone, and another one stands in its place. It is read from its beginning.",
        "If nobody on your team removed the source's folder, treat it as an attack on the evidence.",
    ),
    HISTORY_FULL: (
        "A rule cannot remember what is normal",
        (
            "The rule learns from too many groups. The oldest hours are forgotten first, and where too few weeks "
            "are left, the written condition decides alone: more rings, not less."
        ),
        (
            "Group the rule by fewer values, shorten its history, or learn over all groups (`over: all`). Whoever can "
            "make groups, such as addresses, can make a rule forget."
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that Tocsin could not do.

    Attributes:
        kind: `UNCHECKED`, `UNREADABLE`, `REPLACED` or `HISTORY_FULL`.
        reason: what failed, for a person.
        rule: the rule that could not look; empty where none could.
        events: how many events it is about; 1 where that cannot be known.
    """

    kind: str
    source: str
    reason: str
    rule: str = ""
    events: int = 1


def sound(alarm: Alarm, at: datetime) -> None:
    """Ring for ``alarm``, or count on in the alert that rings for the same already. Within a transaction."""
    group = {name: value for name, value in (("source", alarm.source), ("rule", alarm.rule)) if value}
    key = fingerprint(repr(sorted(group.items())))
    same = Alert.objects.select_for_update().filter(rule_id=alarm.kind, group_key=key)
    known = same.filter(state__in=(State.OPEN, State.ACKNOWLEDGED)).first()
    if known is None:
        _open(alarm, group, key, at)
        return
    known.last_at = max(known.last_at, at)
    known.count = known.events = known.events + alarm.events
    known.rule_text = _text(alarm)
    known.save(update_fields=["last_at", "count", "events", "rule_text", "updated_at"])


def _open(alarm: Alarm, group: dict[str, str], key: str, at: datetime) -> None:
    alert = Alert(
        rule_id=alarm.kind,
        rule_title=_TEXTS[alarm.kind][0],
        level=Level.HIGH,
        level_rank=Level.HIGH.rank,
        rule_text=_text(alarm),
        source=alarm.source,
        group=group,
        group_key=key,
        first_at=at,
        opened_at=at,
        last_at=at,
        count=alarm.events,
        events=alarm.events,
    )
    open_alert(alert)


def _text(alarm: Alarm) -> dict[str, object]:
    _, description, next_steps = _TEXTS[alarm.kind]
    reason = storable(" ".join(alarm.reason.split()), _SHOWN_CHARACTERS)
    return {"description": f"{description} Reason: {reason}", "next_steps": next_steps}
