"""Rules that have been read, kept on disk, so that a start does not read thousands of files again.

One file of JSON, in a folder that only its owner can enter: what is read back is data, never code. A file's
drafts are found by its content, its path and what the site adds; all of them are dropped with any change of
this program. Nothing depends on the cache: where it is missing, foreign or damaged, the rules are read anew.
"""

import dataclasses
import logging
import os
import stat
import tempfile
from collections.abc import Mapping
from enum import Enum
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from tocsin import __version__
from tocsin.kernel.issues import Issue, Location, Severity
from tocsin.kernel.logsource import LogSource
from tocsin.rules import model
from tocsin.rules.drafts import Draft
from tocsin.rules.filters import Filter

NAME: Final = "rules.json"
MAX_BYTES: Final = 256 * 1024 * 1024
_DIGEST_BYTES: Final = 32
_ROOM: Final = Path(__file__).parent

log = logging.getLogger("tocsin.rules")


class FileKey(NamedTuple):
    """What the drafts of a file depend on."""

    path: str
    made_id: str
    content: str
    site: str


@dataclasses.dataclass(frozen=True, slots=True)
class FileDrafts:
    """What one file says by itself."""

    drafts: tuple[Draft, ...]
    issues: tuple[Issue, ...]
    digest: str


_IN_MODEL: Final = [each for each in vars(model).values() if isinstance(each, type) and each is not model.Test]
_TUPLE: Final = 0
_TEST: Final = 1
_CLASSES: Final[list[Any]] = [
    tuple,
    model.Test,
    *(
        each
        for each in (*_IN_MODEL, Draft, FileDrafts, Filter, Issue, Location, LogSource, Severity)
        if dataclasses.is_dataclass(each) or issubclass(each, Enum)
    ),
]
"""Their places are their names on disk; a change of them changes the program's digest as well."""
_PLACES: Final = {each: place for place, each in enumerate(_CLASSES)}
_FIELDS: Final = {
    each: tuple(field.name for field in dataclasses.fields(each)) for each in _CLASSES if dataclasses.is_dataclass(each)
}
_OPERATORS: Final = list(model.Operator)
_OPERATOR_PLACES: Final = {each: place for place, each in enumerate(_OPERATORS)}


class DraftCache:
    """What a cache file held when it was opened."""

    def __init__(self, entries: Mapping[str, Any]) -> None:
        self._entries = entries

    def get(self, key: FileKey) -> FileDrafts | None:
        """What was kept for ``key``; None where there is nothing, or nothing that can be read."""
        entry = self._entries.get("\0".join(key))
        if entry is None:
            return None
        try:
            drafts = _decode(entry)
        except (IndexError, KeyError, TypeError, ValueError):
            return None
        return drafts if isinstance(drafts, FileDrafts) else None


def open_cache(folder: Path) -> DraftCache:
    """Read the cache in ``folder``; an empty one where it is missing, another's, damaged or of another version."""
    content = _read(folder)
    if content is None:
        return DraftCache({})
    digest, body = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    if blake2b(body, digest_size=_DIGEST_BYTES).digest() != digest:
        log.warning("the rule cache in %s is damaged and will be written anew", folder)
        return DraftCache({})
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError:
        return DraftCache({})
    is_ours = isinstance(data, dict) and data.get("program") == _program()
    return DraftCache(data["files"] if is_ours else {})


def write_cache(folder: Path, files: Mapping[FileKey, FileDrafts]) -> None:
    """Keep ``files`` in place of what was kept before. What cannot be written is not kept, and that is all."""
    entries = {"\0".join(key): _encode(drafts) for key, drafts in files.items()}
    try:
        body = orjson.dumps({"program": _program(), "files": entries})
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_private(folder):
            log.warning("the rules are not cached: others may write into %s; make it yours with chmod 700", folder)
            return
        with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{NAME}", delete=False) as file:  # made with mode 0600
            file.write(blake2b(body, digest_size=_DIGEST_BYTES).digest() + body)
        Path(file.name).replace(folder / NAME)
    except OSError as error:
        log.warning("the rules are not cached: %s", error)


def _read(folder: Path) -> bytes | None:
    path = folder / NAME
    try:
        if not _is_private(folder) or path.stat().st_size > MAX_BYTES:
            return None
        content = path.read_bytes()
    except OSError:
        return None
    return content if len(content) >= _DIGEST_BYTES else None


def _is_private(folder: Path) -> bool:
    """Whether ``folder`` is ours, and nobody else may write into it."""
    status = folder.lstat()
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not status.st_mode & 0o022


@cache
def _program() -> str:
    """What reads rules: this room's code and pySigma's version."""
    digest = blake2b(f"{__version__} {version('pySigma')}".encode(), digest_size=16)
    for path in sorted(_ROOM.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _encode(value: Any) -> Any:  # noqa: ANN401  any value that a draft holds
    """``value`` in JSON: what has parts becomes a list, its class's place before them."""
    kind = type(value)
    if value is None or kind in (str, int, float, bool):
        return value
    if kind is model.Test:
        return [_TEST, value.field, _OPERATOR_PLACES[value.operator], value.value, value.is_cased]
    if kind is tuple:
        return [_TUPLE, *map(_encode, value)]
    if isinstance(value, Enum):
        return [_PLACES[kind], value.value]
    return [_PLACES[kind], *(_encode(getattr(value, name)) for name in _FIELDS[kind])]


def _decode(value: Any) -> Any:  # noqa: ANN401  as above
    if type(value) is not list:
        return value
    place = value[0]
    if place == _TEST:  # by far the most frequent
        return model.Test(value[1], _OPERATORS[value[2]], value[3], value[4])
    parts = [_decode(each) for each in value[1:]]
    return tuple(parts) if place == _TUPLE else _CLASSES[place](*parts)
