"""Tocsin's alarms about itself: what no rule could look at. Nobody must take silence for quiet."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from tocsin.apps.alerts.models import Alert, AlertAction, State
from tocsin.apps.detect.opening import open_alert
from tocsin.apps.detect.texts import storable
from tocsin.kernel.ids import fingerprint
from tocsin.rules.model import Level

_SHOWN_CHARACTERS: Final = 300

UNCHECKED: Final = "tocsin.unchecked"
UNREADABLE: Final = "tocsin.unreadable"
REPLACED: Final = "tocsin.replaced"
HISTORY_FULL: Final = "tocsin.history_full"
SILENT: Final = "tocsin.silent"
LIMIT: Final = "tocsin.limit"

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
    SILENT: (
        "A source fell silent",
        "A source that usually sends has stopped. What happens there now is neither kept nor looked at.",
        (
            "Look whether the machine, its agent or its network is down. Whoever attacks a machine may switch off its "
            "log first. If the source may be silent: tocsin source set NAME --silent-after off, or a time such as 1d."
        ),
    ),
    LIMIT: (
        "A rule holds no more events",
        (
            "More events match the rule within its timespan than may be kept. The oldest are dropped first: the rule "
            "still rings for what is new, but may count too few, and may miss what needs the dropped ones."
        ),
        (
            "Make the rule match less, shorten its timespan, or group it by fewer values. Whoever can make events that "
            "match can make a rule forget."
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Alarm:
    """One thing that Tocsin could not do.

    Attributes:
        kind: `UNCHECKED`, `UNREADABLE`, `REPLACED`, `HISTORY_FULL`, `SILENT` or `LIMIT`.
        reason: what failed, for a person.
        rule: the rule that could not look; empty where none could.
        events: how many events it is about; 1 where that cannot be known.
        since: when it began, where that is not when it rings.
    """

    kind: str
    source: str
    reason: str
    rule: str = ""
    events: int = 1
    since: datetime | None = None


def sound(alarm: Alarm, at: datetime) -> None:
    """Ring for ``alarm``, or count on in the alert that rings for the same already. Within a transaction."""
    known = _ringing(alarm)
    if known is None:
        _open(alarm, at)
        return
    known.last_at = max(known.last_at, at)
    known.count = known.events = known.events + alarm.events
    known.rule_text = _text(alarm)
    known.save(update_fields=["last_at", "count", "events", "rule_text", "updated_at"])


def prolong(alarm: Alarm, at: datetime) -> None:
    """Say in the alert that rings for ``alarm`` that it still goes on; of none nothing. Within a transaction."""
    known = _ringing(alarm)
    if known is not None:
        known.last_at, known.rule_text = max(known.last_at, at), _text(alarm)
        known.save(update_fields=["last_at", "rule_text", "updated_at"])


def settle(alarm: Alarm, note: str) -> None:
    """Resolve the alert that rings for ``alarm``, which is over since ``alarm.since``. Within a transaction."""
    known = _ringing(alarm)
    if known is not None:
        known.state, known.last_at = State.RESOLVED, max(known.last_at, alarm.since or known.last_at)
        known.save(update_fields=["state", "last_at", "updated_at"])
        AlertAction.objects.create(alert=known, verb="resolved", note=note)


def _ringing(alarm: Alarm) -> Alert | None:
    same = Alert.objects.select_for_update().filter(rule_id=alarm.kind, group_key=_key(_group(alarm)))
    return same.filter(state__in=(State.OPEN, State.ACKNOWLEDGED)).first()


def _group(alarm: Alarm) -> dict[str, str]:
    return {name: value for name, value in (("source", alarm.source), ("rule", alarm.rule)) if value}


def _key(group: dict[str, str]) -> str:
    return fingerprint(repr(sorted(group.items())))


def _open(alarm: Alarm, at: datetime) -> None:
    group = _group(alarm)
    alert = Alert(
        rule_id=alarm.kind,
        rule_title=_TEXTS[alarm.kind][0],
        level=Level.HIGH,
        level_rank=Level.HIGH.rank,
        rule_text=_text(alarm),
        source=alarm.source,
        group=group,
        group_key=_key(group),
        first_at=alarm.since or at,
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
