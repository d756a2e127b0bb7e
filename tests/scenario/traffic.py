"""Seeded traffic of several sources, in shuffled order, and rules of every kind that ring over it."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

Event = dict[str, Any]

LATENESS_S: Final = {"app": 300, "shop": 60, "edge": 600, "host": 300}
"""How late an event of each source may come. `host` is a log that is followed; the others are posted."""
FOLLOWED: Final = "host"
TIMELESS: Final = "notes"
"""A posted source whose events have an identity but no time: they happened when they were received."""
SOURCES: Final = (*LATENESS_S, TIMELESS)
SPAN_S: Final = 2_400
LATE_S: Final = 3 * 3600
"""How long before everything else the events happened that come later than is allowed."""


def _detection(name: str, action: str, tocsin: str = "", level: str = "") -> str:
    ringing = f"level: {level}\ntocsin: {tocsin}\n" if level else ""
    return (
        f"title: {name}\nname: {name}\nid: {name}\nlogsource: {{product: app}}\n"
        f"detection: {{selection: {{action: {action}}}, condition: selection}}\n{ringing}"
    )


def _correlation(name: str, kind: str, rules: str, group: str, timespan: str, condition: str) -> str:
    # The correlation that feeds the chains rings as well.
    generate = "  generate: true\n" if rules == "burst" else ""
    wanted = f"  condition: {condition}\n" if condition else ""
    return (
        f"title: {name}\nname: {name}\nid: {name}\ncorrelation:\n  type: {kind}\n  rules: [{rules}]\n"
        f"  group-by: [{group}]\n  timespan: {timespan}\n{generate}{wanted}level: high\n"
    )


RULES: Final = "---\n".join(
    [
        _detection("failed", "session.failed"),
        _detection("opened", "session.opened"),
        _detection("unprotected", "mfa.removed"),
        _detection("beat", "heartbeat"),
        _detection("viewed", "page.viewed"),
        _detection("admin", "user.made_admin", "{group-by: [user], timespan: 5m}", "critical"),
        _detection("door", "door.opened", "{group-by: [badge]}", "high"),
        _detection("note", "note.made", "{group-by: [note]}", "high"),
        _detection("mark", "mark", "{group-by: [place]}", "high"),
        _correlation("burst", "event_count", "failed", "ip", "5m", "{gte: 32}"),
        _correlation("spray", "value_count", "failed", "ip", "2m", "{field: user, gte: 10}"),
        _correlation("takeover", "temporal_ordered", "failed, opened, unprotected", "user", "2m", ""),
        _correlation("quiet", "event_count", "beat", "host", "3m", "{lte: 2}"),
        _correlation("heavy", "value_avg", "viewed", "host", "1m", "{field: bytes, gt: 545}"),
        _correlation("tail", "value_percentile", "viewed", "host", "1m", "{field: bytes, percentile: 95, gt: 978}"),
        _correlation("insistent", "event_count", "burst", "ip", "30m", "{gte: 2}"),
        _correlation("let_in", "temporal_ordered", "burst, opened", "ip", "1m", ""),
    ]
)
RULE_NAMES: Final = frozenset(
    ["admin", "door", "note", "mark", "burst", "spray", "takeover", "quiet", "heavy", "tail", "insistent", "let_in"]
)
"""The rules that ring; each does over any traffic."""


@dataclass(slots=True)
class Traffic:
    """What the sources send.

    Attributes:
        batches: per source, in order of arrival. begin, end: one event a source before and after all of them.
    """

    seed: int
    events: int
    start: datetime
    batches: dict[str, list[list[Event]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        chance = random.Random(self.seed)
        share = self.events // len(LATENESS_S)
        for source, lateness_s in LATENESS_S.items():
            moments = sorted(chance.uniform(0, SPAN_S) for _ in range(share))
            made = [self._event(chance, source, number, second) for number, second in enumerate(moments)]
            arrival = {id(event): second + chance.uniform(0, lateness_s) for event, second in made}
            ordered = sorted((event for event, _ in made), key=lambda event: arrival[id(event)])
            self.batches[source] = list(_cut(ordered, chance, share // 80))
        notes = [{"_id": f"note-{n}", "action": "note.made", "note": str(n)} for n in range(60)]
        self.batches[TIMELESS] = [notes[n : n + 2] for n in range(0, len(notes), 2)]

    @property
    def begin(self) -> dict[str, Event]:
        """Makes every source known before any of them runs ahead."""
        return {source: self._mark(source, "begin", -1) for source in SOURCES}

    @property
    def end(self) -> dict[str, Event]:
        """Lets everything be judged: when all of these have rung, nothing is left to come."""
        return {source: self._mark(source, "end", SPAN_S + 3_600) for source in SOURCES}

    def _mark(self, source: str, what: str, second: float) -> Event:
        event = {"_id": f"{source}-{what}", "action": "mark", "place": f"{source} {what}"}
        return event if source == TIMELESS else event | {"time": self._moment(second)}

    def _moment(self, second: float) -> str:
        return (self.start + timedelta(seconds=round(second, 3))).isoformat()

    def _event(self, chance: random.Random, source: str, number: int, second: float) -> tuple[Event, float]:
        """One event and when it happened; the groups grow with the traffic, so that each sees the same."""
        user = f"user-{chance.randrange(max(20, self.events // 1_000))}"
        ip = f"198.51.100.{chance.randrange(max(4, self.events // 5_000))}"
        host = f"host-{chance.randrange(max(2, self.events // 10_000))}"
        draw = chance.random()
        # A line of a followed log has no identity: its place in the log is enough.
        event: Event = {} if source == FOLLOWED else {"_id": f"{source}-{number}"}
        if draw < 0.04:
            event |= {"action": "session.failed", "ip": ip, "user": user}
        elif draw < 0.05:
            event |= {"action": "session.opened", "ip": ip, "user": user}
        elif draw < 0.055:
            event |= {"action": "mfa.removed", "user": user}
        elif draw < 0.065:
            event |= {"action": "heartbeat", "host": host}
        elif draw < 0.066:
            event |= {"action": "user.made_admin", "user": user}
        elif draw < 0.0665:
            event |= {"action": "door.opened", "badge": f"{source} {number}"}
        else:
            event |= {"action": "page.viewed", "host": host, "bytes": chance.randrange(1_000)}
        is_late = event["action"] == "door.opened"
        return event | {"time": self._moment(second - LATE_S * is_late)}, second


def _cut(events: list[Event], chance: random.Random, size: int) -> list[list[Event]]:
    """``events`` in batches of about ``size``."""
    batches = []
    while events:
        length = chance.randint(size // 2, size * 3 // 2) or 1
        batches.append(events[:length])
        events = events[length:]
    return batches
