"""All public rules over real Windows events: the engine finds what the oracle finds, however the events are cut.

The rules and events lie outside of the project; where they are missing, these tests are skipped.
"""

import os
import random
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from tests.oracle.evaluate import matches

from tocsin.engine.match import match
from tocsin.engine.plan import Plan, compile_plan
from tocsin.formats import load_format
from tocsin.rules.load import load
from tocsin.rules.model import DetectionRule

DATA = Path(os.environ.get("BENCH_DATA", Path(__file__).parents[4] / "shared" / "data"))
RECEIVED_AT = datetime(2026, 8, 5, tzinfo=UTC)
WINDOWS = load_format("windows")
SAMPLE = 20
SHARD = 1_000

pytestmark = pytest.mark.skipif(not (DATA / "sigmahq").is_dir(), reason=f"there is no {DATA / 'sigmahq'}")


@pytest.fixture(scope="module")
def plan() -> Plan:
    """All detection rules."""
    return compile_plan([rule for rule in load([DATA / "sigmahq"]).rules if isinstance(rule, DetectionRule)])


@pytest.fixture(scope="module")
def events() -> pa.Table:
    """All events, by Sigma's names."""
    with pa.input_stream(str(DATA / "evtx_half.ndjson.zst"), compression="zstd") as stream:
        table, _ = WINDOWS.parse(bytes(stream.read()), received_at=RECEIVED_AT)
    return table


def found(events: pa.Table, plan: Plan, size: int) -> set[tuple[int, int]]:
    """The (rule, row) pairs that the engine finds in batches of ``size``."""
    pairs = set()
    for first in range(0, events.num_rows, size):
        matched = match(events.slice(first, size), plan, WINDOWS.logsource)
        pairs |= set(zip(matched.rule.tolist(), (matched.row + first).tolist(), strict=True))
    return pairs


def expected(events: pa.Table, plan: Plan) -> set[tuple[int, int]]:
    """The pairs that the oracle finds."""
    refused = {refusal.rule for refusal in plan.refused}
    rules = [(place, rule) for place, rule in enumerate(plan.rules) if place not in refused]
    rows = [{name: text for name, text in row.items() if text is not None} for row in _as_texts(events).to_pylist()]
    return {
        (place, row)
        for row, event in enumerate(rows)
        for place, rule in rules
        if matches(rule, event, WINDOWS.logsource)
    }


def _as_texts(events: pa.Table) -> pa.Table:
    names = [name for name in events.column_names if name not in ("_time", "_received")]
    return events.select(names)


def test_engine_equals_oracle_on_some_events(plan: Plan, events: pa.Table) -> None:
    """Every rule, on a sample that is another one at each run."""
    rows = sorted(random.sample(range(events.num_rows), SAMPLE))
    sample = events.take(rows)
    assert found(sample, plan, SAMPLE) == expected(sample, plan)


def test_cuts_change_nothing(plan: Plan, events: pa.Table) -> None:
    """Batches of 1, of 7, of 4,096 and of all events find the same."""
    part = events.slice(random.randrange(events.num_rows - 50), 50)
    whole = found(part, plan, 100_000)
    assert found(part, plan, 7) == whole
    assert found(part, plan, 1) == whole
    assert found(events, plan, 4_096) == found(events, plan, 100_000)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("first", range(0, 13 * SHARD, SHARD))
def test_engine_equals_oracle_on_all_events(plan: Plan, events: pa.Table, first: int) -> None:
    """Every rule, on every event."""
    part = events.slice(first, SHARD)
    assert found(part, plan, SHARD) == expected(part, plan)
