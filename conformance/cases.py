"""The cases as they are written under `conformance/cases`, one topic a file."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tocsin.rules.load import load
from tocsin.rules.model import Rule

FOLDER = Path(__file__).parent / "cases"
SECOND_US = 1_000_000


@dataclass(frozen=True)
class Event:
    """One event as it is sent."""

    time_us: int
    id: str
    fields: Mapping[str, str | None]


@dataclass(frozen=True, order=True)
class Alert:
    """One alert: the rule's name, the group's fields with their values, first and last event, and how many."""

    rule: str
    group: tuple[tuple[str, str], ...]
    first_us: int
    last_us: int
    count: int


@dataclass(frozen=True)
class Case:
    """One case.

    Attributes:
        rules: the Sigma documents, as text.
        events: in the order in which they arrive; one that is sent twice stands there twice.
        checks: the sentence that it checks. section: where in the specification that stands, or `Choice`.
    """

    name: str
    section: str
    checks: str
    rules: str
    lateness_us: int
    events: tuple[Event, ...]
    alerts: frozenset[Alert]


def read_cases(folder: Path = FOLDER) -> Iterator[Case]:
    """Every case of every file in ``folder``."""
    for path in sorted(folder.glob("*.yml")):
        topic = yaml.safe_load(path.read_text(encoding="utf-8"))
        for case in topic["cases"]:
            yield _case(path.stem, topic, case)


def _case(topic_name: str, topic: Mapping[str, Any], case: Mapping[str, Any]) -> Case:
    events = [_event(place, event) for place, event in enumerate(case["events"], 1)]
    arrival = case.get("arrival", range(1, len(events) + 1))
    return Case(
        name=f"{topic_name}: {case['name']}",
        section=case.get("section", topic["section"]),
        checks=case["checks"],
        rules=topic["rules"],
        lateness_us=round(topic["lateness"] * SECOND_US),
        events=tuple(events[place - 1] for place in arrival),
        alerts=frozenset(_alert(alert) for alert in case["alerts"]),
    )


def _event(place: int, event: Mapping[str, Any]) -> Event:
    fields = {name: str(value) for name, value in event.items() if name != "at"}
    return Event(round(event["at"] * SECOND_US), f"event-{place}", fields)


def _alert(alert: Mapping[str, Any]) -> Alert:
    group = tuple((name, str(value)) for name, value in alert["group"].items())
    return Alert(
        alert["rule"], group, round(alert["first"] * SECOND_US), round(alert["last"] * SECOND_US), alert["count"]
    )


def load_rules(text: str) -> Sequence[Rule]:
    """The rules of a case.

    Raises: ValueError where one of them is not usable.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rules.yml"
        path.write_text(text, encoding="utf-8")
        ruleset = load([path])
    if ruleset.issues:
        raise ValueError("; ".join(str(issue) for issue in ruleset.issues))
    return ruleset.rules
