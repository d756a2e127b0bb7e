"""Matching alone, on one core: how many events a second, by the number of rules, and stage by stage.

Events are process starts of the usual kind: two thirds of the command lines are distinct, as an argument varies;
everything else repeats. Rules look for substrings, endings and patterns in four fields and make exceptions.
"""

import random
import time
from collections.abc import Callable, Sequence
from resource import RUSAGE_SELF, getrusage
from typing import Final

import pyarrow as pa

from tocsin.engine.evaluate import Evaluation
from tocsin.engine.fields import Columns
from tocsin.engine.match import match
from tocsin.engine.plan import compile_plan
from tocsin.engine.scan import Scanner
from tocsin.kernel.issues import Location
from tocsin.kernel.logsource import LogSource
from tocsin.rules.model import And, DetectionRule, Level, Meta, Not, Operator, Or, Test

EVENTS: Final = 100_000
SOURCE: Final = LogSource("windows", "process_creation")
REPEATS: Final = 3
_TOOLS: Final = ("cmd", "powershell", "rundll32", "certutil", "chrome", "svchost", "msiexec", "python", "git", "node")
_FLAGS: Final = ("-nop", "-enc", "/c", "--type=renderer", "-k netsvcs", "-urlcache", "/quiet", "-m pip", "--help", "-x")


def make_events(rows: int = EVENTS, seed: int = 1) -> pa.Table:
    """``rows`` process starts, as a store gives them: dictionary-encoded text."""
    rng = random.Random(seed)
    columns: dict[str, list[str]] = {"Image": [], "CommandLine": [], "ParentImage": [], "User": []}
    for _ in range(rows):
        tool, parent = rng.choice(_TOOLS), rng.choice(_TOOLS)
        target = (
            f"C:\\Users\\u{rng.randrange(200)}\\{rng.randrange(10**9):x}.dat" if rng.random() < 2 / 3 else "out.txt"
        )
        columns["Image"].append(f"C:\\Windows\\System32\\{tool}.exe")
        columns["CommandLine"].append(f"{tool}.exe {rng.choice(_FLAGS)} {rng.choice(_FLAGS)} {target}")
        columns["ParentImage"].append(f"C:\\Program Files\\{parent}\\{parent}.exe")
        columns["User"].append(f"CORP\\u{rng.randrange(200)}")
    return pa.table({name: pa.array(values).dictionary_encode() for name, values in columns.items()})


def make_rules(count: int, seed: int = 2) -> list[DetectionRule]:
    """``count`` rules of the shape that most public ones have; one in fifty matches often."""
    rng = random.Random(seed)
    return [_make_rule(rng, place) for place in range(count)]


def _make_rule(rng: random.Random, place: int) -> DetectionRule:
    words = ["".join(rng.choices("abcdefghiklmnoprstuvwxyz", k=rng.randint(4, 12))) for _ in range(8)]
    lines = Or(tuple(Test("CommandLine", Operator.CONTAINS, f" {word}") for word in words[:4]))
    usual = Test("CommandLine", Operator.CONTAINS, f"{rng.choice(_TOOLS)}.exe {rng.choice(_FLAGS)}")
    tool = rng.choice(_TOOLS) if place % 2 == 0 else words[4]
    image = Or(
        (Test("Image", Operator.ENDSWITH, f"\\{tool}.exe"), Test("CommandLine", Operator.LIKE, f"{words[5]}*-x?"))
    )
    parent = Test("ParentImage", Operator.STARTSWITH, f"C:\\Program Files\\{rng.choice(_TOOLS)}")
    exception = Not(And((parent, Test("User", Operator.EQUALS, f"CORP\\u{rng.randrange(400)}"))))
    condition = And((image, usual, exception)) if place % 50 == 0 else And((image, usual, lines, exception))
    meta = Meta(f"rule-{place}", f"Rule {place}", Level.LOW, Location("benchmark"))
    return DetectionRule(meta, LogSource("windows"), condition)


def measure() -> list[tuple[str, str, str]]:
    """Name, what is asked, what was measured."""
    events = make_events()
    before = getrusage(RUSAGE_SELF).ru_maxrss
    speeds = {count: EVENTS / _time_matching(events, make_rules(count)) for count in (100, 200, 3_000)}
    grown_mb = (getrusage(RUSAGE_SELF).ru_maxrss - before) / 1024
    asked = {100: "≥ 400,000 events/s", 200: "little less", 3_000: "≥ 150,000 events/s"}
    rows = [(f"matching, {count:,} rules", asked[count], f"{speed:,.0f} events/s") for count, speed in speeds.items()]
    rows += [(f"  {stage}, 100 rules", "", f"{time_s * 1e3:.0f} ms") for stage, time_s in _time_stages(events)]
    rows.append(("matching, memory for 100,000 events", "bounded", f"{grown_mb:.0f} MB"))
    return rows


def _best(work: Callable[[], object]) -> float:
    """The shortest of a few runs, in seconds."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def _time_matching(events: pa.Table, rules: Sequence[DetectionRule]) -> float:
    plan = compile_plan(rules)
    plan.program(SOURCE)
    return _best(lambda: match(events, plan, SOURCE))


def _time_stages(events: pa.Table) -> list[tuple[str, float]]:
    program = compile_plan(make_rules(100)).program(SOURCE)
    columns = Columns(events)
    dictionaries_s = _best(lambda: [columns.find(name) for name in program.fields])
    scanning_s = _best(lambda: [_scan(columns, name, scanner) for name, scanner in program.scanners.items()])
    evaluation = Evaluation(columns, program)
    start = time.perf_counter()
    for rule in evaluation.suspects():
        evaluation.mask(program.roots[rule])
    masks_s = time.perf_counter() - start
    return [("dictionaries", dictionaries_s), ("scan", scanning_s - dictionaries_s), ("masks", masks_s)]


def _scan(columns: Columns, name: str | None, scanner: Scanner) -> None:
    values = columns.find(name) if name else None
    if values:
        scanner.scan(values.texts)


if __name__ == "__main__":
    for name, wanted, measured in measure():
        print(f"{name:40} {wanted:22} {measured}")
