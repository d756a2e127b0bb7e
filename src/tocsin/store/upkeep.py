"""Keeping tables small and quick: compaction, retention, and clearing what nobody needs any more.

Compaction and retention only change what the log says: the files they replace stay, so that readers
behind them lose nothing. `sweep` alone removes files and log entries, of versions that every reader
has passed and that are an hour old. All of it may be stopped anywhere and begun again.

Why not delta-rs's own `optimize.compact`, `delete` and `vacuum`: two compactions at once double the
table's rows (tried: 50 rows became 100); it wrote 900 empty columns into each file of a wide table,
with 1.1 GB of memory; and vacuum knows the age of a file, but not who still has to read it. Here each
commit carries the transaction identifier `UPKEEP`, so that of two at once the later one fails.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Final

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from tocsin.store import log
from tocsin.store.columns import DAY
from tocsin.store.delta import Delta
from tocsin.store.faults import STORAGE_ERRORS, explained
from tocsin.store.parquet import ROWS_A_GROUP, Sketcher, concat, conform, file_schema, open_file, trim, write_file
from tocsin.store.place import Place
from tocsin.store.table import EventTable

TARGET_BYTES: Final = 128 * 1024 * 1024
"""Files of half this size and more are left alone."""

MIN_FILES: Final = 16
"""So many files of about one size are made into one: a record is rewritten once each time its file grows so."""

GRACE: Final = timedelta(hours=1)
"""How long what is no longer part of a table stays: an append may be about to commit it, a search be reading it."""

UPKEEP: Final = "tocsin.upkeep"
_GROUP_CELLS: Final = 4_000_000
_SMALLEST_TIER_BYTES: Final = 256 * 1024
_SKETCHED_BYTES: Final = 1024 * 1024
"""Smaller files are read faster than summarised, and will soon be merged again."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep removed: files of events, entries of the log."""

    files: int
    entries: int


@dataclass(frozen=True, slots=True)
class _File:
    """A file that is part of the table."""

    path: str
    size_bytes: int
    modified_ms: int
    day: str


def compact(
    table: EventTable,
    now: datetime,
    *,
    min_files: int = MIN_FILES,
    target_bytes: int = TARGET_BYTES,
    sketcher: Sketcher | None = None,
) -> int:
    """Make small files into larger ones, each of one day of receipt. Readers notice nothing.

    On the day of ``now``, ``min_files`` of one size are merged; of earlier days, all that are small.
    ``sketcher`` gives the row groups of files of 1 MiB and more what a search can pass them over by.
    Memory: one row group (4 million cells at most) and the writer's buffers.
    Returns: how many files were replaced; fewer than could be, if another process changed the table.
    Raises: StoreError.
    """
    with explained(table.place.uri):
        handle = _load(table)
        groups = _merges(_files(handle), now.date(), min_files, target_bytes) if handle else ()
        return sum(_merge(table, group, sketcher) for group in groups)


def retain(table: EventTable, days: int, now: datetime) -> int:
    """Take the events that were received more than ``days`` days ago out of the table.

    Returns: how many files went; `sweep` removes them from the disk when every reader has passed them.
    Raises: StoreError.
    """
    first_kept = str((now - timedelta(days=days)).date())
    with explained(table.place.uri):
        handle = _load(table)
        old = [file for file in _files(handle) if file.day < first_kept] if handle else []
        if not handle or not old:
            return 0
        removals = [_removal(file, has_changed=True) for file in old]
        return len(old) if _commit(table.place, handle, removals) else 0


def sweep(table: EventTable, readers_at: int, now: datetime, *, grace: timedelta = GRACE) -> Swept:
    """Remove files and log entries that nobody needs any more, and what interrupted appends left behind.

    Args:
        readers_at: the lowest version that any reader has handled; -1 where one has not begun.
    Raises: StoreError.
    """
    before_s = (now - grace).timestamp()
    with explained(table.place.uri):
        replaced, entries = _clear_log(table.place, readers_at, before_s)
        return Swept(replaced + _remove_strays(table, before_s), entries)


def _load(table: EventTable) -> DeltaTable | None:
    try:
        return table.snapshot()
    except TableNotFoundError:
        return None


def _files(handle: DeltaTable) -> list[_File]:
    """The table's files, oldest first."""
    rows: list[dict[str, Any]] = pa.table(handle.get_add_actions(flatten=True)).to_pylist()
    files = [
        _File(row["path"], row["size_bytes"], row["modification_time"], str(row[f"partition.{DAY}"])) for row in rows
    ]
    return sorted(files, key=lambda file: (file.day, file.modified_ms, file.path))


def _tier(file: _File) -> int:
    """Which files ``file`` is of one size with: below 256 KiB, 4 MiB, 64 MiB and so on."""
    return max(0, (file.size_bytes // _SMALLEST_TIER_BYTES).bit_length() + 3) // 4


def _merges(files: list[_File], today: date, min_files: int, target_bytes: int) -> Iterator[list[_File]]:
    """Groups of files to be made one, each of at most about ``target_bytes``."""
    small = [file for file in files if file.size_bytes < target_bytes // 2]
    for day, of_day in groupby(small, key=lambda file: file.day):
        if day < str(today):
            yield from _chunks(list(of_day), 2, target_bytes)
            continue
        for _, alike in groupby(sorted(of_day, key=_tier), key=_tier):
            yield from _chunks(list(alike), min_files, target_bytes)


def _chunks(files: list[_File], min_files: int, target_bytes: int) -> Iterator[list[_File]]:
    """``files`` in runs of at most ``target_bytes``, where there are ``min_files`` in all."""
    if len(files) < min_files:
        return
    run: list[_File] = []
    for file in files:
        if sum(each.size_bytes for each in run) + file.size_bytes > target_bytes:
            yield from [run] if len(run) > 1 else []
            run = []
        run.append(file)
    yield from [run] if len(run) > 1 else []


def _merge(table: EventTable, files: list[_File], sketcher: Sketcher | None) -> int:
    """Replace ``files`` by one with the same rows; 0 if another process replaced one of them meanwhile."""
    place, handle = table.place, table.snapshot()
    if not {file.path for file in files} <= {file.path for file in _files(handle)}:
        return 0
    schema = _common_schema(place, files)
    rows = min(ROWS_A_GROUP, max(1024, _GROUP_CELLS // len(schema)))
    is_small = sum(file.size_bytes for file in files) < _SKETCHED_BYTES
    merged = write_file(
        place,
        files[0].day,
        schema,
        _row_groups(place, files, schema, rows),
        is_new=False,
        sketcher=None if is_small else sketcher,
    )
    is_done = _commit(place, handle, [*(_removal(file, has_changed=False) for file in files), merged])
    return len(files) if is_done else 0


def _common_schema(place: Place, files: list[_File]) -> pa.Schema:
    names: dict[str, None] = {}
    for file in files:
        with open_file(place, file.path) as opened:
            names.update(dict.fromkeys(opened.schema_arrow.names))
    return file_schema(names)


def _row_groups(place: Place, files: list[_File], schema: pa.Schema, rows: int) -> Iterator[pa.Table]:
    """All rows of ``files``, in order, in tables of ``rows`` rows (the last: fewer)."""
    waiting: list[pa.Table] = []
    for file in files:
        with open_file(place, file.path) as opened:
            for batch in opened.iter_batches(rows):
                waiting.append(conform(pa.table(batch), schema))
                if sum(each.num_rows for each in waiting) >= rows:
                    whole = concat(waiting)
                    yield trim(conform(whole.slice(0, rows), schema))
                    waiting = [trim(whole.slice(rows))] if whole.num_rows > rows else []
    if waiting:
        yield trim(conform(concat(waiting), schema))


def _removal(file: _File, *, has_changed: bool) -> RemoveAction:
    removed_ms = time.time_ns() // 1_000_000
    return RemoveAction(file.path, has_changed, removed_ms, file.size_bytes, {DAY: file.day})


def _commit(place: Place, handle: DeltaTable, actions: Sequence[AddAction | RemoveAction]) -> bool:
    """Commit ``actions``, planned on ``handle``; False, and their new file removed, if the plan is out of date."""
    try:
        Delta(place).commit_once(actions, {UPKEEP: time.time_ns() // 1000}, handle)
    except STORAGE_ERRORS as error:
        for action in actions:
            if isinstance(action, AddAction):
                place.remove(action.path)
        if isinstance(error, CommitFailedError):
            return False
        raise
    return True


def _clear_log(place: Place, readers_at: int, before_s: float) -> tuple[int, int]:
    """Remove the files that old entries replaced, and the old entries that are not needed any more, oldest first.

    A file may go when every version with new rows before its replacement has been read. An entry may go
    when it has been read itself, and a checkpoint says what it said.
    Returns: how many files and entries went.
    """
    last_needless = min(readers_at, log.checkpoint_version(place) - 1)
    files = entries = 0
    for version, modified_s in sorted(log.versions_modified(place).items()):
        entry = log.read_entry(place, version)
        if modified_s > before_s or entry is None:
            break
        files += sum(place.remove(path) for path in entry.removed)
        if version <= last_needless:
            entries += place.remove(log.entry_path(version))
        if version > readers_at and entry.added:
            break
    return files, entries


def _remove_strays(table: EventTable, before_s: float) -> int:
    """Remove what was written before ``before_s`` and is no version's: of appends that were killed, old checkpoints.

    The listing comes first: what is committed after it is younger than the listing, or in the snapshot.
    """
    place = table.place
    old = [
        file.path
        for folder in place.folders()
        if folder.startswith(f"{DAY}=")
        for file in place.files(folder)
        if file.modified_s < before_s
    ]
    stale = log.leftovers(place, before_s)
    handle = _load(table)
    if handle is None:
        return 0
    known = {file.path for file in _files(handle)}
    for version in log.versions_modified(place):
        if entry := log.read_entry(place, version):
            known.update(entry.added, entry.rearranged, entry.removed)
    return sum(place.remove(path) for path in [*stale, *(path for path in old if path not in known)])
