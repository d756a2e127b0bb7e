"""How fast events become durable and come back, on one core: `python -m benchmarks.store`.

Times are of the clock (an append waits for the disk), each the median of its runs.
"""

import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import pyarrow as pa

from benchmarks.data import process_events
from tocsin.formats import load_format
from tocsin.store import search, upkeep
from tocsin.store.table import EventTable, Store

Row = tuple[str, str, str]

_BATCH: Final = 7_000
_BATCHES: Final = 30
_FIELDS: Final = frozenset(("Image", "ParentImage", "User", "IntegrityLevel", "Computer"))


def measure() -> list[Row]:
    """Name, asked and measured, a row a number."""
    with tempfile.TemporaryDirectory() as folder:
        synced = Store(folder).table("synced")
        unsynced = Store(folder, is_synced=False).table("unsynced")
        rows = [
            _append(synced, "append 7,000 events of 700 bytes, 18 fields, flushed to disk"),
            _append(unsynced, "the same, not flushed"),
            _size(synced),
            _read(synced),
            _poll(synced),
        ]
        return rows + _keep(synced) + _find(synced) + [_memory()]


def _batch(number: int) -> pa.Table:
    body = b"\n".join(process_events(_BATCH, seed=number, first=number * _BATCH))
    return load_format("json").parse(body, received_at=datetime.now(UTC))[0]


def _append(table: EventTable, name: str) -> Row:
    times = []
    for number in range(_BATCHES):
        batch = _batch(number)
        times.append(_timed(lambda batch=batch: table.append(batch)))
    return name, "", f"{_ms(statistics.median(times))} (slowest {_ms(max(times))})"


def _size(table: EventTable) -> Row:
    files = pa.table(table.snapshot().get_add_actions(flatten=True)).to_pydict()
    stored = sum(files["size_bytes"]) / sum(files["num_records"])
    raw = _batch(0)["_raw"].to_pylist()
    return f"on disk, an event of {sum(map(len, raw)) / len(raw):.0f} bytes (raw and fields)", "", f"{stored:.0f} bytes"


def _read(table: EventTable) -> Row:
    rows = 0
    began = time.perf_counter()
    for commit in table.read(-1, fields=_FIELDS):
        rows += commit.table.num_rows
        if rows >= 100_000:
            break
    took = (time.perf_counter() - began) * 100_000 / rows
    return "follow 100,000 events: system columns and 5 fields as dictionaries", "", _ms(took)


def _poll(table: EventTable) -> Row:
    version = table.version()
    return "notice that nothing is new", "", _ms(statistics.median(_times(lambda: list(table.read(version)), 200)))


def _keep(table: EventTable) -> list[Row]:
    now = datetime.now(UTC)
    files = 0

    def compact() -> None:
        nonlocal files
        files = upkeep.compact(table, now)

    took = _timed(compact)
    swept = _timed(lambda: upkeep.sweep(table, table.version(), now + timedelta(hours=2)))
    return [
        (f"compact {files} files of 7,000 events", "", _ms(took)),
        ("sweep what compaction left", "", _ms(swept)),
    ]


def _find(table: EventTable) -> list[Row]:
    newest = search.recent(table, 50)
    one = [newest["_id"][7].as_py()]
    return [
        ("the newest 50 events", "", _ms(statistics.median(_times(lambda: search.recent(table, 50), 3)))),
        ("one event by its id", "", _ms(statistics.median(_times(lambda: search.by_ids(table, one), 3)))),
    ]


def _memory() -> Row:
    return "resident memory, peak", "", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB"


def _times(act: Callable[[], object], runs: int) -> list[float]:
    return [_timed(act) for _ in range(runs)]


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:,.2f} ms" if seconds < 0.01 else f"{seconds * 1e3:,.0f} ms"


if __name__ == "__main__":
    for measured in measure():
        print(" · ".join(part for part in measured if part))
