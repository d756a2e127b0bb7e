"""One piece of a file: read, matched, and told in a form that costs little to bring to another process."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from tocsin.engine.match import Matches, match
from tocsin.engine.plan import Plan
from tocsin.formats import SYSTEM_SCHEMA, evtx, load_format
from tocsin.formats.body import split_lines
from tocsin.kernel.clock import to_us
from tocsin.kernel.issues import RecordIssue
from tocsin.rules.model import Meta
from tocsin.scan.chunks import Chunk

_NEWLINE: Final = 10


@dataclass(frozen=True, slots=True)
class Task:
    """What is the same for all pieces.

    Attributes:
        with_events: each match is told by itself, with its event; else matches are only counted.
    """

    plan: Plan
    received_at: datetime
    with_events: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """One match: the rule's place in the plan, the event's line, and the whole as one JSON object."""

    rule: int
    line: int
    time: str | None
    text: bytes


@dataclass(slots=True)
class Scanned:
    """What came of one piece.

    Attributes:
        counts: rule → matches.
        first: rule → the line of its first match.
        rejected: reason → records of which no field could be read, and the line of the first.
    """

    chunk: Chunk
    records: int = 0
    counts: Counter[int] = field(default_factory=Counter)
    first: dict[int, int] = field(default_factory=dict)
    rejected: dict[str, tuple[int, int]] = field(default_factory=dict)
    hits: list[Hit] = field(default_factory=list)


def scan_chunk(chunk: Chunk, task: Task) -> Scanned:
    """Read ``chunk`` and match it; hits in order of line, then rule. The chunk's data is let go."""
    table, issues = _parse(chunk, task)
    lines = _numbers(chunk, table.num_rows)
    found = match(table, task.plan, load_format(chunk.format).logsource)
    bare = Chunk(chunk.name, chunk.format, b"", chunk.first, chunk.is_lines, chunk.place)
    rejected = {issue.record: issue for issue in issues if issue.is_rejected}
    scanned = Scanned(bare, table.num_rows - len(rejected), Counter(found.rule.tolist()))
    for rule in scanned.counts:
        scanned.first[rule] = int(lines[found.rows_of(rule)[0]])
    _count_rejected(rejected.values(), lines, scanned)
    if task.with_events:
        scanned.hits = list(_tell(table, found, lines, bare, task))
    return scanned


def _parse(chunk: Chunk, task: Task) -> tuple[pa.Table, list[RecordIssue]]:
    asks, received_at = task.plan.asks, task.received_at
    if chunk.format == "evtx":
        return evtx.parse(chunk.data, received_at=received_at, first_chunk=chunk.place, choose=asks)
    return load_format(chunk.format).parse_chosen(chunk.data, received_at=received_at, choose=asks)


def _numbers(chunk: Chunk, rows: int) -> npt.NDArray[np.int64]:
    """Per row of the table the number of its line, or of its record."""
    if chunk.is_lines:
        body = split_lines(chunk.data)
        if len(body) == rows:
            breaks = np.flatnonzero(np.frombuffer(body.data, np.uint8) == _NEWLINE)
            numbers: npt.NDArray[np.int64] = np.searchsorted(breaks, body.starts) + chunk.first
            return numbers
    return np.arange(rows) + chunk.first


def _count_rejected(issues: Iterable[RecordIssue], lines: npt.NDArray[np.int64], scanned: Scanned) -> None:
    for issue in issues:
        line = int(lines[issue.record - 1])
        count, first = scanned.rejected.get(issue.reason, (0, line))
        scanned.rejected[issue.reason] = count + 1, first


def _tell(table: pa.Table, found: Matches, lines: npt.NDArray[np.int64], chunk: Chunk, task: Task) -> Iterator[Hit]:
    order = np.lexsort((found.rule, found.row))
    rows = np.unique(found.row)
    events = _Events(table.take(pa.array(rows)), to_us(task.received_at))
    places = np.searchsorted(rows, found.row)
    for place in order.tolist():
        rule, row = int(found.rule[place]), int(places[place])
        line, time = int(lines[found.row[place]]), events.time(row)
        told = {
            "rule": orjson.Fragment(describe_rule(task.plan.rules[rule].meta)),
            "file": chunk.name,
            "line": line,
            "time": time,
            "event": orjson.Fragment(events.text(row)),
        }
        yield Hit(rule, line, time, orjson.dumps(told))


@cache
def describe_rule(meta: Meta) -> bytes:
    """What a match says of its rule, as JSON."""
    return orjson.dumps({"id": meta.id, "title": meta.title, "level": meta.level, "tags": list(meta.tags)})


class _Events:
    """The matched events of a table, as they are told."""

    def __init__(self, table: pa.Table, received_us: int) -> None:
        self._received_us = received_us
        self._times: list[datetime] = table.column("_time").to_pylist()
        self._raws: list[str] = table.column("_raw").to_pylist()
        self._fields = table.select(range(len(SYSTEM_SCHEMA), table.num_columns))
        self._extra: list[str | None] = table.column("_extra").to_pylist()
        self._texts: dict[int, bytes] = {}

    def time(self, row: int) -> str | None:
        """ISO 8601 in UTC; None if the event does not say."""
        moment = self._times[row]
        return None if to_us(moment) == self._received_us else moment.isoformat().replace("+00:00", "Z")

    def text(self, row: int) -> bytes:
        """The event as it came, if that is a JSON object; else its fields."""
        if row not in self._texts:
            self._texts[row] = _object(self._raws[row]) or self._read_fields(row)
        return self._texts[row]

    def _read_fields(self, row: int) -> bytes:
        fields = self._fields.slice(row, 1).to_pylist()[0]
        there = {name: value for name, value in fields.items() if value is not None}
        return orjson.dumps(there | orjson.loads(self._extra[row] or "{}"))


def _object(raw: str) -> bytes | None:
    if not raw.startswith("{"):
        return None
    if "\n" not in raw and "\r" not in raw:
        return raw.encode()
    return orjson.dumps(orjson.loads(raw))
