"""All public rules over lanes of events, on one core, from text to matches: `python -m benchmarks.lanes`.

The rules and events lie outside of the project, in `../shared/data` or the folder that BENCH_DATA names;
without them nothing is measured, and that is said. A lane is repeated and read as `tocsin scan` does: in
pieces of the same size, with columns only for the fields that rules read, so that an event of a lane of less
than a piece stands there more than once. The line below reads bodies of as many events as the lane has itself,
of which none stands there twice. No value is remembered from one body to the next. Numbers are the medians
of several passes, of processor time.

Stages: *read* is the fields of the JSON text, *columns* all else up to the table (times, ids, the records'
own text), *dictionaries* the distinct values of each field that a rule names, *scan* the automata,
*evaluate* the rules.
"""

import io
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import repeat
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from typing import Final

import orjson
import pyarrow as pa

from tocsin.engine.evaluate import Evaluation
from tocsin.engine.fields import Columns
from tocsin.engine.match import match
from tocsin.engine.plan import Plan, compile_plan
from tocsin.engine.routes import split
from tocsin.formats import load_format
from tocsin.formats.body import read_texts
from tocsin.formats.json import read_fields, split_records
from tocsin.kernel.logsource import LogSource
from tocsin.rules.load import load
from tocsin.rules.model import And, DetectionRule, Expression, Not, Operator, Or, Test
from tocsin.scan.chunks import CHUNK_BYTES
from tocsin.store.table import Store

Row = tuple[str, str, str]

DATA: Final = Path(os.environ.get("BENCH_DATA", Path(__file__).parents[2] / "shared" / "data"))
EVENTS: Final = int(os.environ.get("BENCH_LANE_EVENTS", "500_000"))
PASSES: Final = 3
BODY_BYTES: Final = CHUNK_BYTES
ANY: Final = LogSource()
RECEIVED_AT: Final = datetime(2026, 8, 5, 12, tzinfo=UTC)
_MADE_DISTINCT: Final = ("Image", "CommandLine", "ParentImage", "ParentCommandLine", "User", "OriginalFileName")
_TEXTS: Final = frozenset({Operator.EQUALS, Operator.CONTAINS, Operator.STARTSWITH, Operator.ENDSWITH})


@dataclass(frozen=True, slots=True)
class Lane:
    """Events of one kind: where they are, how they are read, and how many a second are asked for."""

    name: str
    path: str
    asked: int
    format: str = "json"
    logsource: LogSource = ANY


LANES: Final = (
    Lane("structured_windows", "lanes/structured_windows.ndjson.zst", 150_000),
    Lane("sysmon_file_event", "lanes/sysmon_file_event.ndjson.zst", 250_000),
    Lane("raw_windows", "lanes/raw_windows.ndjson.zst", 200_000),
    Lane("cisco_syslog", "lanes/cisco_syslog.ndjson.zst", 350_000),
    Lane("mixed_schema", "lanes/mixed_schema.ndjson.zst", 200_000),
    Lane("evtx_half, real", "evtx_half.ndjson.zst", 60_000, "windows", LogSource("windows")),
)


@dataclass(frozen=True, slots=True)
class Cost:
    """Events and seconds of one pass."""

    events: int
    parse_s: float
    match_s: float


def measure() -> list[Row]:
    """Name, what is asked, what was measured."""
    if not (DATA / "lanes").is_dir():
        return [("lanes", "", f"not measured: there is no {DATA / 'lanes'}; BENCH_DATA names another folder")]
    with _one_core():
        rules = [rule for rule in load([DATA / "sigmahq"]).rules if isinstance(rule, DetectionRule)]
        plan = compile_plan(rules)
        rows: list[Row] = []
        for lane in LANES:
            rows += _measure_lane(lane, _read(lane), plan)
        structured = LANES[0]
        distinct = _make_distinct(_read(structured))
        rows += _measure_lane(
            replace(structured, name="structured_windows, values all distinct", asked=0), distinct, plan
        )
        peak = f"{getrusage(RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB"
        rows.append(("peak memory of all this", "< 500 MB", peak))
        rows.append(_measure_store(_read(structured), plan))
        rows.append(_measure_doubling(_read(structured), rules, plan))
        return rows


@contextmanager
def _one_core() -> Iterator[None]:
    cores, threads = os.sched_getaffinity(0), pa.cpu_count()
    os.sched_setaffinity(0, {max(cores)})
    pa.set_cpu_count(1)
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)
        pa.set_cpu_count(threads)


def _read(lane: Lane) -> bytes:
    with pa.input_stream(str(DATA / lane.path), compression="zstd") as stream:
        return bytes(stream.read())


def _measure_lane(lane: Lane, body: bytes, plan: Plan) -> list[Row]:
    events = EVENTS if lane.format == "json" else EVENTS // 5
    _run(lane, [body], plan)  # programs are compiled at their first event
    cost, speed = _speed(lane, lambda: _repeat(body, events), plan)
    _, once = _speed(lane, lambda: repeat(body, max(1, events // body.count(b"\n"))), plan)
    reading, matching = cost.events / cost.parse_s, cost.events / cost.match_s
    return [
        (lane.name, f"≥ {lane.asked:,} events/s" if lane.asked else "", f"{speed:,.0f} events/s"),
        ("  no event twice in a body", "", f"{once:,.0f} events/s"),
        ("  matching : reading", "≥ 2", f"{matching / reading:.1f} ({matching:,.0f} : {reading:,.0f} events/s)"),
        (
            "  µs an event",
            "",
            ", ".join(f"{name} {cost_us:.2f}" for name, cost_us in _stages(lane, body, plan).items()),
        ),
    ]


def _repeat(body: bytes, events: int) -> Iterator[bytes]:
    """``events`` events in bodies of about `BODY_BYTES`."""
    lines = body.splitlines()
    step = max(1, BODY_BYTES * len(lines) // len(body))
    for first in range(0, events, step):
        yield b"\n".join(lines[place % len(lines)] for place in range(first, min(first + step, events)))


def _speed(lane: Lane, bodies: Callable[[], Iterable[bytes]], plan: Plan) -> tuple[Cost, float]:
    """The median pass over ``bodies``, and its events a second."""
    passes = sorted((_run(lane, bodies(), plan) for _ in range(PASSES)), key=lambda cost: cost.parse_s + cost.match_s)
    cost = passes[PASSES // 2]
    return cost, cost.events / (cost.parse_s + cost.match_s)


def _run(lane: Lane, bodies: Iterable[bytes], plan: Plan) -> Cost:
    """Read and match ``bodies``."""
    parse, events, parse_s, match_s = load_format(lane.format).parse_chosen, 0, 0.0, 0.0
    for body in bodies:
        began = time.process_time()
        table, _ = parse(body, received_at=RECEIVED_AT, choose=plan.asks)
        parsed = time.process_time()
        match(table, plan, lane.logsource)
        events += table.num_rows
        parse_s, match_s = parse_s + parsed - began, match_s + time.process_time() - parsed
    return Cost(events, parse_s, match_s)


def _stages(lane: Lane, body: bytes, plan: Plan) -> dict[str, float]:
    """Microseconds an event of each stage, the median of its runs."""
    parse = load_format(lane.format).parse_chosen
    table = parse(body, received_at=RECEIVED_AT, choose=plan.asks)[0]
    read_us = _time(lambda: _read_fields(body, plan))
    parse_us = _time(lambda: parse(body, received_at=RECEIVED_AT, choose=plan.asks))
    dictionaries_us = _time(lambda: _find_all(table, plan, lane.logsource))
    scanned_us = _time(lambda: _evaluations(table, plan, lane.logsource))
    match_us = _time(lambda: match(table, plan, lane.logsource))
    stages = {
        "read": read_us,
        "columns": parse_us - read_us,
        "dictionaries": dictionaries_us,
        "scan": scanned_us - dictionaries_us,
        "evaluate": match_us - scanned_us,
    }
    return {name: taken_us / table.num_rows for name, taken_us in stages.items()}


def _read_fields(body: bytes, plan: Plan) -> None:
    records = split_records(body)
    read_fields(records, read_texts(records), plan.asks)


def _find_all(table: pa.Table, plan: Plan, logsource: LogSource) -> None:
    for part, told in split(Columns(table), plan.named(logsource)):
        program = plan.program(logsource, told)
        for name in program.fields:
            part.find(name)
        if None in program.scanners:
            list(part.every())


def _evaluations(table: pa.Table, plan: Plan, logsource: LogSource) -> None:
    for part, told in split(Columns(table), plan.named(logsource)):
        Evaluation(part, plan.program(logsource, told)).suspects()


def _time(work: Callable[[], object]) -> float:
    """Microseconds."""
    taken = []
    for _ in range(5):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return statistics.median(taken) * 1e6


def _make_distinct(body: bytes) -> bytes:
    """The same events, no two of which have the same text in a field that rules read."""
    lines = io.BytesIO()
    for number, line in enumerate(body.splitlines()):
        event = orjson.loads(line)
        event |= {name: f"{event[name]} {number}" for name in _MADE_DISTINCT}
        lines.write(orjson.dumps(event) + b"\n")
    return lines.getvalue()


def _measure_store(body: bytes, plan: Plan) -> Row:
    """What was appended in bodies and is read back: dictionaries to matches."""
    table, _ = load_format("json").parse(body, received_at=RECEIVED_AT)
    repeats = max(1, EVENTS // 5 // table.num_rows)
    with tempfile.TemporaryDirectory() as folder:
        stored = Store(folder, is_synced=False).table("lane")
        for _ in range(repeats):
            stored.append(table)
        commits = [commit.table for commit in stored.read(-1, fields=frozenset(plan.fields))]
    taken = [_time(lambda events=events: match(events, plan, LogSource())) for events in commits]  # type: ignore[misc]
    speed = sum(events.num_rows for events in commits) / sum(taken) * 1e6
    return "structured_windows, from the store", "≥ 400,000 events/s", f"{speed:,.0f} events/s"


def _measure_doubling(body: bytes, rules: Sequence[DetectionRule], plan: Plan) -> Row:
    """The whole way with every rule twice, the second time with other values."""
    copies = [replace(rule, condition=_vary(rule.condition)) for rule in rules]
    twice = compile_plan([*rules, *copies])
    costs = []
    for each in (plan, twice):
        _run(LANES[0], [body], each)
        costs.append(_speed(LANES[0], lambda: repeat(body, 10), each)[1])
    return f"{len(twice.rules):,} rules instead of {len(rules):,}", "< 15 % slower", f"{costs[0] / costs[1] - 1:.0%}"


def _vary(expression: Expression) -> Expression:
    """The same condition, its texts reversed: as many tests of the same kinds, for other values."""
    match expression:
        case Test(operator=operator) if operator in _TEXTS:
            return expression._replace(value=expression.value[::-1])
        case Test():
            return expression
        case And(terms):
            return And(tuple(map(_vary, terms)))
        case Or(terms):
            return Or(tuple(map(_vary, terms)))
        case Not(term):
            return Not(_vary(term))


if __name__ == "__main__":
    for name, asked, measured in measure():
        print(f"{name:40} {asked:>20}  {measured}")
