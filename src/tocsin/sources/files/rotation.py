"""A log and its rotated predecessors: which files they are, in which order, and which comes next.

Understood: `app.log.1` and `app.1.log` (the higher the older), `app.log-20260131` and
`app-2026-01-31.log` (the later the newer). Compressed ones are not read.
"""

import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tocsin.sources.files.place import Place, inode_of

_NUMBER: Final = r"\.(?P<number>\d{1,3})"
_DATE: Final = r"[.-](?P<date>\d{4}-?\d{2}-?\d{2}[\dT_.:-]*)"
_ATTEMPTS: Final = 100


@dataclass(frozen=True, slots=True)
class LogFile:
    """One file of a series as it was when listed; `rank` orders it among its like, oldest first."""

    path: Path
    rank: tuple[str, int, str]
    inode: int
    mtime_ns: int
    size_bytes: int


def open_log(path: Path) -> int:
    """Open a log for reading.

    Raises: OSError; IsADirectoryError and the like with a reason for what is not a regular file.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        kind = "a folder" if stat.S_ISDIR(mode) else "a pipe or a device"
        raise IsADirectoryError(0, f"it is {kind}, not a regular file", str(path))
    return descriptor


def open_holder(path: Path, place: Place) -> int | None:
    """Open the file of the series of ``path`` that holds ``place``; None if there is none.

    The same inode is preferred. Another one holds the place too if the bytes tell it (a copy by
    copytruncate, a log that a copying tool replaces with a longer one), the newest first.
    """
    newest_first = series(path)[::-1]
    candidates = [file for file in newest_first if file.inode == place.inode]
    if place.is_telling:
        candidates += [file for file in newest_first if file.inode != place.inode]
    for file in candidates:
        try:
            descriptor = open_log(file.path)
        except OSError:
            continue  # renamed or removed since it was listed
        if place.is_held_by(descriptor):
            return descriptor
        os.close(descriptor)
    return None


def open_next(path: Path, current: os.stat_result) -> int | None:
    """Open the file that came after ``current`` in the series of ``path`` and has content; None if none has.

    A rotation renames one file after the other. So the series is listed again after the opening,
    and only what stayed the same is believed: else a file that is renamed just now would be missed.
    """
    for _ in range(_ATTEMPTS):
        listed = series(path)
        chosen = _next_after(listed, path, current)
        if chosen is None:
            return None
        try:
            descriptor = open_log(chosen.path)
        except FileNotFoundError:
            continue
        is_steady = _identities(series(path)) == _identities(listed)
        if is_steady and inode_of(os.fstat(descriptor)) == chosen.inode:
            return descriptor
        os.close(descriptor)
    return None


def series(path: Path) -> list[LogFile]:
    """The files of the log at ``path``, oldest first, itself last; those that exist."""
    base, stem, suffix = (re.escape(part) for part in (path.name, path.stem, path.suffix))
    pattern = re.compile(rf"(?:{base}|(?={stem}.*{suffix}\Z){stem})(?:{_NUMBER}|{_DATE})(?:{suffix})?")
    rotated = {each: match for each in path.parent.glob("*") if (match := pattern.fullmatch(each.name))}
    # The log itself is looked at by its name: a folder may let a reader in that it shows nothing.
    found = [_look(path, _rank(None)), *(_look(each, _rank(match)) for each, match in rotated.items())]
    return sorted((file for file in found if file), key=lambda file: file.rank)


def _look(path: Path, rank: tuple[str, int, str]) -> LogFile | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None  # renamed or removed since the folder was read
    if not stat.S_ISREG(status.st_mode):
        return None
    return LogFile(path, rank, inode_of(status), status.st_mtime_ns, status.st_size)


def _rank(match: re.Match[str] | None) -> tuple[str, int, str]:
    if match is None:
        return ("live", 0, "")
    if match["number"]:
        return ("by number", -int(match["number"]), "")
    return ("by date", 0, match["date"])


def _next_after(listed: list[LogFile], path: Path, current: os.stat_result) -> LogFile | None:
    here = next((file for file in listed if file.inode == inode_of(current)), None)
    if here is not None:
        scheme = (here.rank[0], "live")
        later = [file for file in listed if file.rank > here.rank and file.rank[0] in scheme]
    else:
        later = [file for file in listed if file.path == path or file.mtime_ns > current.st_mtime_ns]
    return next((file for file in later if file.size_bytes), None)


def _identities(listed: list[LogFile]) -> list[tuple[Path, int]]:
    return [(file.path, file.inode) for file in listed]
