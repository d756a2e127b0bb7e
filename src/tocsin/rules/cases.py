"""`tocsin.tests`: events, and how many alerts must come of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from tocsin.kernel.issues import Issue, Location
from tocsin.rules import issues
from tocsin.rules.documents import Document
from tocsin.rules.files import find_files
from tocsin.rules.outline import read_file

_KEYS: Final = ("events", "alerts", "name", "format", "history")


@dataclass(frozen=True, slots=True)
class Case:
    """One test of one rule.

    Attributes:
        rule: where the rule stands.
        location: where the case stands; number: its place among the rule's, from 1.
        alerts: how many alerts must come.
        format: how the events are written.
        history: of a rule with a baseline, what each past season had at the hour of the events, oldest first.
    """

    rule: Location
    location: Location
    number: int
    events: tuple[dict[str, Any], ...]
    alerts: int
    name: str = ""
    format: str = "json"
    history: tuple[int, ...] | None = None


def find_cases(paths: Sequence[Path]) -> tuple[list[Case], list[Issue]]:
    """The cases of all rules in ``paths``.

    Raises: ConfigError if a path does not exist.
    """
    files, _ = find_files(paths)
    cases: list[Case] = []
    found: list[Issue] = []
    for file in files:
        for document in read_file(file.path):
            read, more = read_cases(document)
            cases += read
            found += more
    return cases, found


def read_cases(document: Document) -> tuple[list[Case], list[Issue]]:
    """The cases of one rule; one that is wrong is left out."""
    written = document.get("tocsin", "tests")
    cases: list[Case] = []
    found: list[Issue] = []
    for place, each in enumerate(written if isinstance(written, list) else ()):
        wrong = list(_check(document, place, each))
        found += wrong
        if not wrong:
            cases.append(_read_case(document, place, each))
    return cases, found


def _read_case(document: Document, place: int, case: dict[str, Any]) -> Case:
    return Case(
        rule=document.at(),
        location=document.at("tocsin", "tests", place),
        number=place + 1,
        events=tuple(case["events"]),
        alerts=case["alerts"],
        name=str(case.get("name", "")),
        format=str(case.get("format", "json")),
        history=None if case.get("history") is None else tuple(case["history"]),
    )


def _check(document: Document, place: int, case: object) -> list[Issue]:
    keys = ("tocsin", "tests", place)
    if not isinstance(case, dict):
        return [issues.wrong_type(document.at(*keys), "tests", case, "a mapping of events and alerts")]
    wrong = [
        issues.unknown_key(document.at_key(*keys, str(key)), str(key), "tests", _KEYS)
        for key in case
        if key not in _KEYS
    ]
    events, alerts = case.get("events"), case.get("alerts")
    if not isinstance(events, list) or not events or not all(isinstance(event, dict) for event in events):
        wrong.append(issues.wrong_type(document.at(*keys, "events"), "events", events, "a list of events"))
    if isinstance(alerts, bool) or not isinstance(alerts, int) or alerts < 0:
        wrong.append(issues.wrong_type(document.at(*keys, "alerts"), "alerts", alerts, "how many must ring"))
    if "history" in case:
        wrong += _check_history(document, keys, case["history"])
    return wrong


def _check_history(document: Document, keys: tuple[str | int, ...], history: object) -> list[Issue]:
    location = document.at(*keys, "history")
    if document.get("tocsin", "baseline") is None:
        message = "'history' is for rules with a baseline, and this one has none"
        return [Issue("bad-history", message, location, "add 'baseline' to the rule, or take 'history' out")]
    counts = history if isinstance(history, list) else [None]
    if all(isinstance(each, int) and not isinstance(each, bool) and each >= 0 for each in counts):
        return []
    wanted = "a list of counts, one a past season, such as [3, 0, 2, 5]"
    return [issues.wrong_type(location, "history", history, wanted)]
