"""Rules that have been read, kept on disk, so that a start does not read thousands of files again.

One file of JSON a set of folders, on a shelf of ours alone: what is read back is data, never code. A file's
drafts are found by its content, its path and what the site adds; all of them are dropped with any change of
this program. Nothing depends on what is kept: where it is missing, foreign or damaged, the rules are read anew.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from enum import Enum
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson

from tocsin import __version__, kernel
from tocsin.kernel.issues import Issue, Location, Severity
from tocsin.kernel.logsource import LogSource
from tocsin.kernel.shelf import Shelf, digest_code
from tocsin.rules import model
from tocsin.rules.drafts import Draft
from tocsin.rules.filters import Filter
from tocsin.rules.model import Test
from tocsin.rules.packed import pack_tests, unpack_tests


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


_IN_MODEL: Final = [each for each in vars(model).values() if isinstance(each, type)]
_TUPLE, _TEST, _AND, _OR = range(4)
_CLASSES: Final[list[Any]] = [
    tuple,
    Test,
    model.And,
    model.Or,
    *(
        each
        for each in (*_IN_MODEL, Draft, FileDrafts, Filter, Issue, Location, LogSource, Severity)
        if each not in (model.And, model.Or) and (dataclasses.is_dataclass(each) or issubclass(each, Enum))
    ),
]
"""Their places are their names on disk; a change of them changes the program's digest as well."""
_PLACES: Final = {each: place for place, each in enumerate(_CLASSES)}
_FIELDS: Final = {
    each: tuple(field.name for field in dataclasses.fields(each)) for each in _CLASSES if dataclasses.is_dataclass(each)
}
_BROKEN: Final = (AttributeError, IndexError, KeyError, TypeError, ValueError)
"""What comes of decoding what this program has not written."""


class DraftCache:
    """What was kept of the files when it was opened."""

    def __init__(self, entries: Mapping[str, Any], tests: Sequence[Test] = ()) -> None:
        self._entries = entries
        self._tests = tests

    def get(self, key: FileKey) -> FileDrafts | None:
        """What was kept for ``key``; None where there is nothing, or nothing that can be read."""
        entry = self._entries.get("\0".join(key))
        if entry is None:
            return None
        try:
            drafts = _decode(entry, self._tests)
        except _BROKEN:
            return None
        return drafts if isinstance(drafts, FileDrafts) else None


def open_cache(shelf: Shelf, name: str) -> DraftCache:
    """What is kept as ``name``; nothing where it is missing, another's, damaged or of another version."""
    body = shelf.read(name)
    if body is None:
        return DraftCache({})
    try:
        data = orjson.loads(body)
        if data["program"] != _program():
            return DraftCache({})
        return DraftCache(data["files"], unpack_tests(data["tests"]))
    except _BROKEN:
        return DraftCache({})


def write_cache(shelf: Shelf, name: str, files: Mapping[FileKey, FileDrafts]) -> None:
    """Keep ``files`` as ``name``, in place of what was kept before."""
    tests: dict[Test, int] = {}
    entries = {"\0".join(key): _encode(drafts, tests) for key, drafts in files.items()}
    shelf.write(name, orjson.dumps({"program": _program(), "files": entries, "tests": pack_tests(list(tests))}))


def cache_name(paths: Sequence[Path]) -> str:
    """Under which the files of ``paths`` are kept: each choice of folders has its own."""
    chosen = "\0".join(f"{path}\0{path.absolute()}" for path in paths)
    return f"rules-{blake2b(chosen.encode(errors='surrogateescape'), digest_size=12).hexdigest()}.json"


@cache
def _program() -> str:
    """What reads rules: this room's code and the kernel's, and pySigma's version."""
    return digest_code([Path(__file__).parent, Path(kernel.__path__[0])], __version__, version("pySigma"))


def _encode(value: Any, tests: dict[Test, int]) -> Any:  # noqa: ANN401  any value that a draft holds
    """``value`` in JSON: what has parts becomes a list, its class's place before them; a test becomes its place."""
    kind = type(value)
    if value is None or kind in (str, int, float, bool):
        return value
    if kind is Test:
        return [_TEST, tests.setdefault(value, len(tests))]
    if kind is tuple:
        return [_TUPLE, *(_encode(each, tests) for each in value)]
    if kind in (model.And, model.Or):
        return [_PLACES[kind], *(_encode_term(term, tests) for term in value.terms)]
    if isinstance(value, Enum):
        return [_PLACES[kind], value.value]
    return [_PLACES[kind], *(_encode(getattr(value, name), tests) for name in _FIELDS[kind])]


def _encode_term(term: model.Expression, tests: dict[Test, int]) -> Any:  # noqa: ANN401  as above
    """As `_encode`, but a test is its mere place: by far the most are terms."""
    return tests.setdefault(term, len(tests)) if isinstance(term, Test) else _encode(term, tests)


def _decode(value: Any, tests: Sequence[Test]) -> Any:  # noqa: ANN401  as above
    if type(value) is not list:
        return value
    place = value[0]
    if place in (_AND, _OR):
        terms = [tests[term] if type(term) is int else _decode(term, tests) for term in value[1:]]
        return _CLASSES[place](tuple(terms))
    if place == _TEST:
        return tests[value[1]]
    parts = [_decode(each, tests) if type(each) is list else each for each in value[1:]]
    return tuple(parts) if place == _TUPLE else _CLASSES[place](*parts)
