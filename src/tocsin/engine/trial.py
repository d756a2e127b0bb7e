"""Trial: the events under a rule's `tocsin.tests`, run by the engine that detects, and what came of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson
import pyarrow as pa

from tocsin.engine.baseline import Normal
from tocsin.engine.rehearse import Outcome, rehearse
from tocsin.formats import load_format
from tocsin.formats.moments import describe
from tocsin.kernel.errors import ConfigError
from tocsin.rules.cases import Case
from tocsin.rules.model import Rule


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a test does not hold.

    Attributes:
        reason: in one line.
        details: what came instead, a line each: every alert, and what each rule matched. They hold values of events.
    """

    reason: str
    details: tuple[str, ...] = ()


def try_case(case: Case, rule: Rule, by_id: Mapping[str, Rule], received_at: datetime) -> Failure | None:
    """Run ``case`` of ``rule``, whose events come in at ``received_at``; None if all came as it says."""
    table, rejected = _read_events(case, received_at)
    if table is None or rejected:
        return Failure(rejected)
    outcome = rehearse(rule, by_id, table, case.history)
    if len(outcome.episodes) == case.alerts:
        return None
    wanted = f"{case.alerts} alert{'' if case.alerts == 1 else 's'}"
    return Failure(
        f"{wanted} must come and {len(outcome.episodes)} came", tuple(_tell(outcome, len(case.events), rule))
    )


def name_case(case: Case) -> str:
    """Its number, and its name where it has one."""
    return f"{case.number} ({case.name})" if case.name else str(case.number)


def _read_events(case: Case, received_at: datetime) -> tuple[pa.Table | None, str]:
    """The events as the format gives them, and why one of them cannot be read."""
    body = b"\n".join(orjson.dumps(event, option=orjson.OPT_NON_STR_KEYS) for event in case.events)
    try:
        table, wrong = load_format(case.format).parse(body, received_at=received_at)
    except ConfigError as error:
        return None, str(error)
    rejected = [issue for issue in wrong if issue.is_rejected]
    return table, f"event {rejected[0].record} cannot be read: {rejected[0].reason}" if rejected else ""


def _tell(outcome: Outcome, events: int, rule: Rule) -> list[str]:
    """What came instead: each alert, what each rule matched, and what the engine refused."""
    lines = [f"refused: {refusal.reason}" for refusal in outcome.refused]
    for episode in outcome.episodes:
        values = orjson.loads(episode.group)
        group = ", ".join(f"{name}={value}" for name, value in zip(rule.group_by, values, strict=False)) or "all events"
        span = f"{describe(episode.first_us)} to {describe(episode.last_us)}"
        lines.append(f"alert: {group}, {span}, {episode.events} events, {episode.peak} at most")
    lines += [_tell_normal(each) for each in outcome.normals]
    return [*lines, *(f"matched: {title}: {number} of {events} events" for title, number in outcome.matched)]


def _tell_normal(normal: Normal) -> str:
    if normal.high is None:
        return f"normal: not known from {normal.seasons} past seasons, so the written condition decides"
    return f"normal: {normal.low} to {normal.high}, from {normal.seasons} past seasons"
