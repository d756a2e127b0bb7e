"""How long a search takes over 10 million events of 30 days: `python -m benchmarks.search`.

The store is made once, through the product's own append and compaction, and searched by the product's own functions.
`BENCH_SEARCH_EVENTS` makes it smaller, `BENCH_SEARCH_STORE` names a folder to keep it in and use again.
"""

import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.data import FOLDERS, OPTIONS, PROGRAMS
from tocsin.formats import SYSTEM_SCHEMA
from tocsin.kernel.clock import to_us
from tocsin.search.find import find
from tocsin.search.histogram import histogram
from tocsin.search.parse import parse
from tocsin.search.sketch import sketch
from tocsin.search.toplist import list_fields, top_values
from tocsin.search.tree import All
from tocsin.store import upkeep
from tocsin.store.table import EventTable, Store

Row = tuple[str, str, str]
Texts = pa.Array | pa.ChunkedArray

_EVENTS: Final = int(os.environ.get("BENCH_SEARCH_EVENTS", "10_000_000"))
_DAYS: Final = 30
_BATCH: Final = 20_000
_RUNS: Final = 9
_NEEDLES: Final = 12
_PAGE: Final = 50
_NOW: Final = datetime(2026, 8, 27, tzinfo=UTC)
_MICROSECONDS: Final = 1_000_000


def measure() -> list[Row]:
    """Name, asked and measured, a row a number."""
    kept = os.environ.get("BENCH_SEARCH_STORE")
    if kept:
        return _measure(Path(kept))
    with tempfile.TemporaryDirectory() as folder:
        return _measure(Path(folder))


def _measure(folder: Path) -> list[Row]:
    table = Store(str(folder), is_synced=False).table("windows")
    rows = [_make(table)] if table.version() < 0 else []
    files = pa.table(table.snapshot().get_add_actions(flatten=True))
    events, size = pc.sum(files["num_records"]).as_py(), pc.sum(files["size_bytes"]).as_py()
    rows.append((f"{events:,} events in {files.num_rows} files", "", f"{size / 1e9:.2f} GB"))
    before = _peak_mb()
    rows += [*_pages(table), *_counts(table)]
    return [*rows, ("memory that searching added at its peak", "", f"{_peak_mb() - before:,.0f} MB")]


def _make(table: EventTable) -> Row:
    """Append day by day, and compact each day as the server does when it is over."""
    began = time.process_time()
    a_day = _EVENTS // _DAYS
    for day in range(_DAYS):
        start = _NOW - timedelta(days=_DAYS - day)
        for first in range(0, a_day, _BATCH):
            table.append(_events(day * a_day + first, min(_BATCH, a_day - first), start, first / a_day))
        upkeep.compact(table, start + timedelta(days=1), sketcher=sketch)
        upkeep.sweep(table, table.version(), datetime.now(UTC) + timedelta(hours=2))
    took = time.process_time() - began
    return f"append and compact, {_EVENTS:,} events", "", f"{_EVENTS / took / 1000:,.0f},000 events/s of processor"


def _events(first: int, count: int, day: datetime, share: float) -> pa.Table:
    """Process creations of about 700 bytes, as `benchmarks.data` makes them one by one."""
    chance = np.random.default_rng(first)
    start = to_us(day) + round(share * 86_400 * _MICROSECONDS)
    step = 86_400 * _MICROSECONDS * _DAYS // _EVENTS
    moments = pa.array(start + np.arange(count) * step).cast(SYSTEM_SCHEMA.field("_time").type)
    fields = _fields(chance, count, first)
    # What JSON would escape in values is escaped by none of them but the backslash.
    members = [_joined(f'"{name}":"', pc.replace_substring(texts, "\\", "\\\\"), '"') for name, texts in fields.items()]
    raw = _joined("{", pc.binary_join_element_wise(*members, ","), "}")
    ids = _joined(f"{_hex(np.array([start // 1000]))[0].as_py()}-", _hex(first + np.arange(count)), "")
    system = [ids, moments, moments, raw, pa.nulls(count, pa.string()), pa.nulls(count, pa.string())]
    return pa.table(
        [*system, *(pc.dictionary_encode(texts) for texts in fields.values())], names=[*SYSTEM_SCHEMA.names, *fields]
    )


def _fields(chance: np.random.Generator, count: int, first: int) -> dict[str, Texts]:
    def pick(values: tuple[str, ...]) -> Texts:
        return pa.array(values).take(pa.array(chance.integers(0, len(values), count)))

    def number(most: int) -> Texts:
        return pa.array(chance.integers(0, most, count)).cast(pa.string())

    program, folder = pick(PROGRAMS), _joined("C:\\", pick(FOLDERS), "\\")
    image = pc.binary_join_element_wise(folder, program, ".exe", "")
    parent = _joined("C:\\Windows\\", pick(PROGRAMS), ".exe")
    options = pc.binary_join_element_wise(pick(OPTIONS), pick(OPTIONS), pick(OPTIONS), " ")
    serial = _joined("--id=", pa.array(first + np.arange(count)).cast(pa.string()), "")
    return {
        "EventID": pa.array(["1"] * count),
        "Image": image,
        "CommandLine": pc.binary_join_element_wise(_joined("", image, ""), options, serial, " "),
        "ParentImage": parent,
        "ParentCommandLine": pc.binary_join_element_wise(parent, pick(OPTIONS), " "),
        "User": _joined("CORP\\user", number(500), ""),
        "IntegrityLevel": pick(("Low", "Medium", "High", "System")),
        "CurrentDirectory": folder,
        "LogonId": _joined("0x", number(1 << 20), ""),
        "ProcessId": number(1 << 16),
        "ParentProcessId": number(1 << 16),
        "ProcessGuid": _wide_hex(chance, count, 2),
        "Hashes": _joined("SHA256=", _wide_hex(chance, count, 4), ""),
        "OriginalFileName": _joined("", program, ".exe"),
        "Computer": _joined("ws-", number(2000), ""),
        "product": pa.array(["windows"] * count),
        "category": pa.array(["process_creation"] * count),
    }


def _joined(before: str, texts: Texts, after: str) -> Texts:
    return pc.binary_join_element_wise(before, texts, after, "")


def _hex(numbers: np.ndarray) -> Texts:
    """64-bit numbers as 16 hexadecimal digits each."""
    data = numbers.astype(">u8").view(np.uint8).reshape(len(numbers), 8)
    digits = np.empty((len(numbers), 16), np.uint8)
    digits[:, ::2], digits[:, 1::2] = data >> 4, data & 15
    letters = np.frombuffer(b"0123456789abcdef", np.uint8)[digits]
    return pa.array(letters.view("S16").ravel().astype(str), pa.string())


def _wide_hex(chance: np.random.Generator, count: int, words: int) -> Texts:
    parts = [_hex(chance.integers(0, 1 << 63, count)) for _ in range(words)]
    return pc.binary_join_element_wise(*parts, "")


def _pages(table: EventTable) -> Iterator[Row]:
    needles = _needles(table)
    yield _row(
        "first page: a value in one of 30 days (ProcessGuid:…)",
        "< 1 s",
        [_page(table, f"ProcessGuid:{guid}", 1) for guid, _ in needles],
    )
    yield _row("first page: a word in any field", "< 1 s", [_page(table, guid, 1) for guid, _ in needles])
    yield _row("first page: a phrase in any field", "< 1 s", [_page(table, f'"{serial}"', 1) for _, serial in needles])
    yield _row(
        "first page: a word that is nowhere",
        "< 1 s",
        [_page(table, f"nowhere{number}", 0) for number in range(_NEEDLES)],
    )
    yield _row("first page: everything", "", [_page(table, "", _PAGE) for _ in range(_RUNS)])
    broad = r"User:corp\\user1* IntegrityLevel:(High OR System) NOT Image:*notepad.exe"
    yield _row("first page: a broad query of three fields", "", [_page(table, broad, _PAGE) for _ in range(_RUNS)])
    yield _row(
        "first page: a part of a value, sought without index for up to 5 s",
        "",
        [_page(table, f"CommandLine:*{serial[3:]}*", None) for _, serial in needles[:3]],
    )


def _needles(table: EventTable) -> list[tuple[str, str]]:
    """A ProcessGuid and the serial option of events all over the 30 days."""
    found = []
    for number in range(_NEEDLES):
        moment = (_NOW - timedelta(days=_DAYS * (number + 0.5) / _NEEDLES)).isoformat(timespec="seconds")
        page = find({"windows": table}, parse(f"_time:<={moment}", now=_NOW), 1)
        row = page.rows.select(["ProcessGuid", "CommandLine"]).to_pylist()[0]
        found.append((row["ProcessGuid"], row["CommandLine"].rpartition(" ")[2]))
    return found


def _page(table: EventTable, query: str, rows: int | None) -> float:
    began = time.perf_counter()
    page = find({"windows": table}, parse(query, now=_NOW), _PAGE)
    took = time.perf_counter() - began
    if rows is not None and page.rows.num_rows != rows:
        raise RuntimeError(f"{query!r} found {page.rows.num_rows} rows, and {rows} were expected")
    return took


def _counts(table: EventTable) -> Iterator[Row]:
    tables, everything = {"windows": table}, All()
    low, high = to_us(_NOW - timedelta(days=_DAYS)), to_us(_NOW)
    broad = parse("IntegrityLevel:High", now=_NOW)

    def times(act: Callable[[], object], runs: int = 5) -> list[float]:
        return [_timed(act) for _ in range(runs)]

    yield _row("histogram of everything", "", times(lambda: histogram(tables, everything, low, high)))
    yield _row("histogram of a quarter (IntegrityLevel:High)", "", times(lambda: histogram(tables, broad, low, high)))
    yield _row("field list with top values (of 10,000)", "", times(lambda: list_fields(tables, broad)))
    yield _row("one field's top values, of all found", "", times(lambda: top_values(tables, broad, "Computer")))


def _timed(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _row(name: str, asked: str, times: list[float]) -> Row:
    p95 = sorted(times)[min(len(times) - 1, round(0.95 * (len(times) - 1)))]
    return name, asked, f"{statistics.median(times) * 1e3:,.0f} ms (p95 {p95 * 1e3:,.0f} ms)"


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    for measured in measure():
        print(" · ".join(part for part in measured if part))
