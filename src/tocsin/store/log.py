"""The Delta log, entry by entry: what a reader follows and upkeep clears.

Entry v is `_delta_log/<v, 20 digits>.json`, one JSON action a line; entries below the newest
checkpoint may be gone. Source: Delta transaction protocol, "Delta Log Entries", "Actions".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

import orjson

from tocsin.kernel.errors import StoreError
from tocsin.store.place import Place

FOLDER: Final = "_delta_log"
COMMIT_ID: Final = "tocsin.commit"
"""Names the commit in its entry, so that a writer whose answer got lost can look for it."""

_ENTRY: Final = re.compile(r"/(\d{20})\.json\Z")
_CHECKPOINT: Final = re.compile(r"/(\d{20})\.checkpoint\.parquet\Z")
_UNFINISHED: Final = re.compile(r"\.json#\d+\Z")
"""How delta-rs's object store names a local file until it is whole."""


class LogGapError(StoreError):
    """A reader wants versions whose log entries have been cleared.

    Attributes:
        resume_after: reading after this version works; what came before can be searched, not followed.
    """

    def __init__(self, message: str, *, resume_after: int) -> None:
        super().__init__(message)
        self.resume_after = resume_after


@dataclass(frozen=True, slots=True)
class Entry:
    """One version.

    Attributes:
        added: paths of files with rows that no earlier version had.
        rearranged: paths of files with rows that earlier versions had (compaction, rewriting).
        removed: paths of files that are no longer part of the table.
        commit_id: what its writer called it; None for other writers.
    """

    version: int
    added: tuple[str, ...]
    rearranged: tuple[str, ...]
    removed: tuple[str, ...]
    commit_id: str | None


def entry_path(version: int) -> str:
    """Where the entry of ``version`` is."""
    return f"{FOLDER}/{version:020d}.json"


def read_entry(place: Place, version: int) -> Entry | None:
    """The entry of ``version``; None where there is none (yet, or any more).

    An empty entry, which a power cut may leave of one that nobody acknowledged, has no actions.
    A commit that also removes rows rewrites old files (DELETE, UPDATE): its rows are not new.
    """
    content = place.read(entry_path(version))
    if content is None:
        return None
    actions = [orjson.loads(line) for line in content.splitlines() if line.strip()]
    adds = [action["add"] for action in actions if "add" in action]
    removes = [action["remove"] for action in actions if "remove" in action]
    commit_ids = (action["commitInfo"].get(COMMIT_ID) for action in actions if "commitInfo" in action)
    is_rewrite = any(remove["dataChange"] for remove in removes)
    is_new = [add["dataChange"] and not is_rewrite for add in adds]
    return Entry(
        version,
        tuple(unquote(add["path"]) for add, new in zip(adds, is_new, strict=True) if new),
        tuple(unquote(add["path"]) for add, new in zip(adds, is_new, strict=True) if not new),
        tuple(unquote(remove["path"]) for remove in removes),
        next(commit_ids, None),
    )


def entries(place: Place, after_version: int) -> Iterator[Entry]:
    """The entries after ``after_version``, in order, to the newest.

    Raises: LogGapError if the next one has been cleared.
    """
    version = after_version + 1
    while entry := read_entry(place, version) or _read_late(place, version):
        yield entry
        version += 1


def _read_late(place: Place, version: int) -> Entry | None:
    """The entry of ``version`` if it came just now. A checkpoint from there on tells a gap from the end."""
    checkpoint = checkpoint_version(place)
    if checkpoint < version:
        return None
    entry = read_entry(place, version)
    if entry is None:
        oldest = min(versions_modified(place), default=checkpoint)
        raise LogGapError(
            f"{place.uri} cannot be followed from version {version}: its log begins at version {oldest}; "
            f"go on after version {oldest - 1}, and search what came before",
            resume_after=oldest - 1,
        )
    return entry


def checkpoint_version(place: Place) -> int:
    """The version of the newest checkpoint; -1 where there is none."""
    hint = place.read(f"{FOLDER}/_last_checkpoint")
    return int(orjson.loads(hint)["version"]) if hint else -1


def versions_modified(place: Place) -> dict[int, float]:
    """The versions whose entries are there → when those were written (seconds since 1970), in no order."""
    found = ((_ENTRY.search(file.path), file.modified_s) for file in place.files(FOLDER))
    return {int(version[1]): modified_s for version, modified_s in found if version}


def leftovers(place: Place, before_s: float) -> list[str]:
    """Files written before ``before_s`` that the log no longer needs: older checkpoints, entries never finished."""
    newest = checkpoint_version(place)
    old = [file.path for file in place.files(FOLDER) if file.modified_s < before_s]
    checkpoints = ((path, _CHECKPOINT.search(path)) for path in old)
    return [
        *(path for path, version in checkpoints if version and int(version[1]) < newest),
        *(path for path in old if _UNFINISHED.search(path)),
    ]
