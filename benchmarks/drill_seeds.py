"""What the shipped rules do with the drill of many seeds: `python -m benchmarks.drill_seeds [SEEDS]` prints a table.

Judged by the engine that serves: the events are sent as JSON bodies to the format, the matcher and the
windows. That the engine agrees with a plain reading of the rules is held by `tests/unit/shipped_rules`.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import orjson

from tocsin.drill.expected import EXPECTED
from tocsin.drill.story import EVE, Story, tell
from tocsin.drill.truth import truth
from tocsin.engine.arrivals import Batch, collect
from tocsin.engine.correlate import advance
from tocsin.engine.match import match
from tocsin.engine.plan import Plan, compile_plan
from tocsin.engine.ringers import Ringer, make_ringers
from tocsin.engine.state import END_US, RuleState
from tocsin.formats.json import parse
from tocsin.kernel.clock import from_us
from tocsin.kernel.logsource import LogSource
from tocsin.rules.load import load
from tocsin.rules.model import DetectionRule, Level

RULES = Path(__file__).parents[1] / "rules"
START = datetime(2025, 12, 31, 22, 30, tzinfo=UTC)
SEEDS = 100
ALLOWED_S = 60
HEADER = (
    "seed",
    "events",
    "first critical ring, s after 5th account",
    "false in the New Year's Eve hour",
    "false in other hours",
    "alerts at medium or above",
    "just as expected",
    "low",
)
WAKES = Level.MEDIUM.rank


@dataclass(frozen=True, slots=True)
class Ring:
    """An alert of a drill: ``opened_at`` is when its condition first held."""

    title: str
    level: Level
    group: tuple[str, ...]
    first_at: datetime
    opened_at: datetime
    last_at: datetime
    count: int


Detect = Callable[[Story], list[Ring]]


@dataclass(frozen=True, slots=True)
class Result:
    """One seed.

    Attributes:
        after_fifth_s: from the fifth account to the first critical ring; negative is before it.
        false_eve, false_other: alerts at medium or above on the same night without the incident.
    """

    seed: int
    events: int
    after_fifth_s: float
    false_eve: int
    false_other: int
    woken: int
    is_as_expected: bool
    low: int

    @property
    def is_good(self) -> bool:
        """In time, with nothing false and nothing missing."""
        is_quiet = not self.false_eve and not self.false_other
        return self.after_fifth_s <= ALLOWED_S and is_quiet and self.is_as_expected


def make_detector(rules: Path = RULES) -> Detect:
    """The engine with the rules in ``rules``."""
    loaded = load([rules]).rules
    plan = compile_plan([rule for rule in loaded if isinstance(rule, DetectionRule)])
    return partial(_detect, plan, make_ringers(loaded))


def _detect(plan: Plan, ringers: Sequence[Ringer], story: Story) -> list[Ring]:
    body = b"\n".join(orjson.dumps(record) for record in story.records())
    table, _ = parse(body, received_at=story.start + timedelta(hours=4))
    batch = Batch("drill", table, match(table, plan, LogSource(product="app")))
    return [ring for ringer in ringers for ring in _rings(ringer, batch)]


def _rings(ringer: Ringer, batch: Batch) -> Iterator[Ring]:
    arrivals = collect(ringer, [batch])
    if arrivals is None:
        return
    for change in advance(ringer, RuleState(), arrivals, END_US, samples=1).changes:
        episode = change.episode
        yield Ring(
            title=ringer.meta.title,
            level=ringer.meta.level,
            group=tuple(orjson.loads(episode.group)),
            first_at=from_us(episode.first_us),
            opened_at=from_us(episode.opened_us),
            last_at=from_us(episode.last_us),
            count=episode.peak,
        )


def without_incident(story: Story) -> Story:
    """The same night, on which nobody was phished: whatever wakes anybody then is a false alarm."""
    return replace(story, happenings=tuple(each for each in story.happenings if not each.is_incident))


def judge(story: Story, rings: Sequence[Ring], quiet_rings: Sequence[Ring]) -> Result:
    """Hold what rang against what happened; ``quiet_rings`` are those of the night without the incident."""
    woken = [ring for ring in rings if ring.level.rank >= WAKES]
    false = [ring for ring in quiet_rings if ring.level.rank >= WAKES]
    eve_from, eve_until = (story.start + moment for moment in EVE)
    eve = [ring for ring in false if ring.last_at >= eve_from and ring.first_at <= eve_until]
    critical = [ring.opened_at for ring in rings if ring.level is Level.CRITICAL]
    fifth = datetime.fromisoformat(truth(story)["fifth_account_at"])
    expected = {(each.title, each.level): each.alerts for each in EXPECTED}
    return Result(
        seed=story.seed,
        events=len(story.happenings),
        after_fifth_s=(min(critical) - fifth).total_seconds() if critical else float("inf"),
        false_eve=len(eve),
        false_other=len(false) - len(eve),
        woken=len(woken),
        is_as_expected=Counter((ring.title, ring.level.value) for ring in woken) == expected,
        low=len(rings) - len(woken),
    )


def run(seeds: int, detect: Detect) -> Iterator[Result]:
    """Play seeds 1 … ``seeds``."""
    for seed in range(1, seeds + 1):
        story = tell(seed, START)
        yield judge(story, detect(story), detect(without_incident(story)))


def measure() -> list[tuple[str, str, str]]:
    """Name, asked and measured, a row a number."""
    results = list(run(SEEDS, make_detector()))
    slowest = max(each.after_fifth_s for each in results)
    false = sum(each.false_eve + each.false_other for each in results)
    exact = sum(each.is_as_expected for each in results)
    return [
        (f"{SEEDS} seeds: first critical ring after the 5th account, latest", f"<= {ALLOWED_S} s", f"{slowest:.0f} s"),
        (f"{SEEDS} seeds: alerts at medium or above without an incident", "0", str(false)),
        (f"{SEEDS} seeds: exactly the expected alerts", f"{SEEDS}", str(exact)),
    ]


def main() -> None:
    """Print the table in Markdown; exit status 1 if a seed is not good."""
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else SEEDS
    print("| " + " | ".join(HEADER) + " |")
    print("|" + "---:|" * len(HEADER))
    results = []
    for each in run(seeds, make_detector()):
        results.append(each)
        print(_row(each))
    bad = [each.seed for each in results if not each.is_good]
    print(f"\n{len(results) - len(bad)} of {len(results)} seeds are good" + (f"; not: {bad}" if bad else ""))
    sys.exit(1 if bad else 0)


def _row(each: Result) -> str:
    cells = (
        each.seed,
        f"{each.events:,}",
        f"{each.after_fifth_s:.0f}",
        each.false_eve,
        each.false_other,
        each.woken,
        "yes" if each.is_as_expected else "no",
        each.low,
    )
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


if __name__ == "__main__":
    main()
