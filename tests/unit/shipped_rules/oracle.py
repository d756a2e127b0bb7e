"""Sigma by the letter, in plain Python: the few words that the shipped rules use, one event and one window at a time.

It shares nothing with the engine, so that the two can disagree.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

Event = dict[str, str]
Predicate = Callable[[Event], bool]
UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@dataclass(frozen=True)
class Ring:
    """An alert: one episode of a rule and group. ``opened_at`` is when its condition first held."""

    title: str
    level: str
    group: tuple[str, ...]
    first_at: datetime
    opened_at: datetime
    last_at: datetime
    count: int


@dataclass(frozen=True)
class Rule:
    """A rule that rings: what counts for it, how many within what time, by which group."""

    title: str
    level: str
    logsource: dict[str, str]
    matches: Predicate
    group_by: tuple[str, ...]
    counted: str | None
    threshold: int
    timespan: timedelta
    tests: list[dict[str, Any]]


def read_rules(path: Path) -> list[Rule]:
    """The rules of one file that ring; those that only feed a correlation are inside it.

    What is nearly the same is not read by the letter: rules with `similar` have `tests/oracle/similar.py`.
    """
    documents = list(yaml.safe_load_all(path.read_text()))
    feeds = {each["name"]: each for each in documents if "name" in each}
    return [
        _correlation(each, feeds) if "correlation" in each else _single(each)
        for each in documents
        if "name" not in each and "similar" not in each.get("tocsin", {})
    ]


def flatten(record: dict[str, Any], prefix: str = "") -> Event:
    """A record with dotted names and its values as text."""
    flat: Event = {}
    for key, value in record.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = str(value).lower() if isinstance(value, bool) else str(value)
    return flat


def rings(rule: Rule, events: Iterable[Event]) -> Iterator[Ring]:
    """Every alert that ``rule`` owes for ``events``, each with a `time`."""
    groups: dict[tuple[str, ...], list[tuple[datetime, str]]] = defaultdict(list)
    for event in events:
        needed = (*rule.group_by, rule.counted) if rule.counted else rule.group_by
        if all(field in event for field in needed) and rule.matches(event):
            group = tuple(event[field] for field in rule.group_by)
            value = event[rule.counted] if rule.counted else ""
            groups[group].append((moment(event["time"]), value))
    for group, timed in groups.items():
        yield from _episodes(rule, group, sorted(timed))


def moment(text: str) -> datetime:
    """An ISO 8601 moment, UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _episodes(rule: Rule, group: tuple[str, ...], timed: list[tuple[datetime, str]]) -> Iterator[Ring]:
    """Windows end at every event and are closed at both ends; satisfied ones that overlap are one episode."""
    opened = first = last = None
    peak = left = 0
    for at, _ in timed:
        while timed[left][0] < at - rule.timespan:
            left += 1
        window = [pair for pair in timed[left:] if pair[0] <= at] if rule.threshold <= len(timed) else []
        count = len({value for _, value in window}) if rule.counted else len(window)
        if count < rule.threshold:
            continue
        if last is not None and at - rule.timespan > last:
            yield Ring(rule.title, rule.level, group, first, opened, last, peak)
            last = None
        if last is None:
            opened, first, peak = at, window[0][0], 0
        last, peak = at, max(peak, count)
    if last is not None:
        yield Ring(rule.title, rule.level, group, first, opened, last, peak)


def _correlation(document: dict[str, Any], feeds: dict[str, dict[str, Any]]) -> Rule:
    correlation = document["correlation"]
    condition = dict(correlation["condition"])
    counted = condition.pop("field", None)
    assert set(condition) == {"gte"}, condition
    assert (correlation["type"] == "value_count") == (counted is not None)
    fed = [feeds[name] for name in correlation["rules"]]
    predicates = [_condition(each["detection"]) for each in fed]
    return Rule(
        title=document["title"],
        level=document["level"],
        logsource=fed[0]["logsource"],
        matches=lambda event: any(predicate(event) for predicate in predicates),
        group_by=tuple(correlation.get("group-by", ())),
        counted=counted,
        threshold=condition["gte"],
        timespan=_timespan(correlation["timespan"]),
        tests=document["tocsin"]["tests"],
    )


def _single(document: dict[str, Any]) -> Rule:
    ours = document["tocsin"]
    return Rule(
        title=document["title"],
        level=document["level"],
        logsource=document["logsource"],
        matches=_condition(document["detection"]),
        group_by=tuple(ours["group-by"]),
        counted=None,
        threshold=1,
        timespan=_timespan(ours["timespan"]),
        tests=ours["tests"],
    )


def _timespan(text: str) -> timedelta:
    return timedelta(seconds=int(text[:-1]) * UNITS[text[-1]])


def _condition(detection: dict[str, Any]) -> Predicate:
    """`a and not b and 1 of c_*`: the only shape of condition that the shipped rules have."""
    terms = [_term(term, detection) for term in detection["condition"].split(" and ")]
    return lambda event: all(term(event) for term in terms)


def _term(term: str, detection: dict[str, Any]) -> Predicate:
    name = term.removeprefix("not ").removeprefix("1 of ")
    chosen = [_selection(fields) for key, fields in detection.items() if key != "condition" and fnmatchcase(key, name)]
    assert chosen, f"no selection is called {name}"
    is_negated = term.startswith("not ")
    return lambda event: is_negated != any(selection(event) for selection in chosen)


def _selection(fields: dict[str, Any]) -> Predicate:
    tests = [_test(name, value) for name, value in fields.items()]
    return lambda event: all(test(event) for test in tests)


def _test(name: str, value: object) -> Predicate:
    field, *modifiers = name.split("|")
    values = [
        str(each).lower() if isinstance(each, bool) else str(each)
        for each in (value if isinstance(value, list) else [value])
    ]
    compare = [_comparison(modifiers, each) for each in values]
    combine = all if "all" in modifiers else any
    return lambda event: field in event and combine(each(event[field]) for each in compare)


def _comparison(modifiers: list[str], wanted: str) -> Callable[[str], bool]:
    if "re" in modifiers:
        pattern = re.compile(wanted, re.IGNORECASE if "i" in modifiers else 0)
        return lambda text: pattern.search(text) is not None
    assert not set("*?") & set(wanted), f"the oracle knows no wildcards: {wanted}"
    folded = wanted.replace("\\\\", "\\").casefold()
    if "contains" in modifiers:
        return lambda text: folded in text.casefold()
    return lambda text: folded == text.casefold()
