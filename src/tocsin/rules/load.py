"""Folders of Sigma files → a rule set. Nothing in a file stops the rules beside it.

A file that has not changed since the last load is not parsed again, so that loading thousands of
rules after one edit costs little more than reading them.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from tocsin.kernel.errors import ConfigError
from tocsin.kernel.issues import Issue
from tocsin.rules import issues
from tocsin.rules.documents import MAX_FILE_BYTES, read_documents
from tocsin.rules.drafts import Draft, read_draft
from tocsin.rules.metadata import MAX_NAME
from tocsin.rules.model import RuleSet
from tocsin.rules.resolve import resolve

SUFFIXES: Final = frozenset({".yml", ".yaml"})


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A file to read. ``made_id`` is what the id of a rule that names none is made from."""

    path: Path
    made_id: str


@dataclass(frozen=True, slots=True)
class FileDrafts:
    """What one file says by itself."""

    drafts: tuple[Draft, ...]
    issues: tuple[Issue, ...]
    digest: str


_Key = tuple[str, str, str]
_last_load: dict[_Key, FileDrafts] = {}
"""The files of the last load by path, made id and content; replaced as a whole, so bounded by one load."""


def load(paths: Sequence[Path]) -> RuleSet:
    """Read every rule in ``paths``: files, or folders of `*.yml` and `*.yaml` at any depth.

    Hidden files and folders are passed over. Order: as given, then by name.
    Raises: ConfigError if a path does not exist.
    """
    global _last_load  # noqa: PLW0603  one cache a process, replaced in one step
    files, found = find_files(paths)
    loaded: dict[_Key, FileDrafts] = {}
    parts: list[FileDrafts] = []
    for file in files:
        content = _read(file.path)
        if isinstance(content, Issue):
            parts.append(FileDrafts((), (content,), str(content)))
            continue
        key = (str(file.path), file.made_id, blake2b(content, digest_size=16).hexdigest())
        known = _last_load.get(key)
        loaded[key] = known or parse_file(content, file)
        parts.append(loaded[key])
    _last_load = loaded
    rules, more = resolve([draft for part in parts for draft in part.drafts])
    found += [issue for part in parts for issue in part.issues] + more
    return RuleSet(tuple(rules), tuple(sorted(found, key=_place_of)), _digest(parts))


def find_files(paths: Sequence[Path]) -> tuple[list[RuleFile], list[Issue]]:
    """The files to read, each once, and a warning for every folder without one.

    Raises: ConfigError if a path does not exist.
    """
    files: dict[Path, RuleFile] = {}
    found: list[Issue] = []
    for path in paths:
        if not os.path.lexists(path):
            raise ConfigError(
                f"the rule folder {path} does not exist; create it or set TOCSIN_RULES to the folders that hold rules"
            )
        inside, unreadable = _walk(path) if path.is_dir() else ([path], [])
        found += unreadable
        if not inside and not unreadable:
            found.append(issues.no_rules(str(path)))
        base = path if path.is_dir() else path.parent
        for each in inside:
            files.setdefault(each.resolve(), RuleFile(each, _make_id(base, each)))
    return list(files.values()), found


def stamp(paths: Sequence[Path]) -> str:
    """Changes when a rule file is added, removed or written: a digest of names, times and sizes. Reads no file."""
    digest = blake2b(digest_size=16)
    for path in paths:
        for each in _walk(path)[0] if path.is_dir() else [path]:
            try:
                status = each.stat()
            except OSError:
                continue
            digest.update(f"{each}\0{status.st_mtime_ns}\0{status.st_size}\0{status.st_ino}\n".encode())
    return digest.hexdigest()


def parse_file(content: bytes, file: RuleFile) -> FileDrafts:
    """Everything that ``content`` says without looking at other files."""
    documents, found = read_documents(content, str(file.path), file.made_id)
    drafts: list[Draft] = []
    for document in documents:
        draft, more = read_draft(document)
        drafts.append(draft)
        found += more
    return FileDrafts(tuple(drafts), tuple(found), blake2b(content, digest_size=16).hexdigest())


def _walk(folder: Path) -> tuple[list[Path], list[Issue]]:
    """The rule files below ``folder`` by name, and the folders that cannot be read."""
    inside: list[Path] = []
    unreadable: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        visible = sorted(name for name in names if not name.startswith("."))
        inside += [Path(parent, name) for name in visible if Path(name).suffix.lower() in SUFFIXES]
    return inside, [issues.unreadable_file(str(error.filename), _reason(error)) for error in unreadable]


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _make_id(base: Path, path: Path) -> str:
    """``folder/file.yml``, the same wherever the folder stands."""
    made = f"{base.name}/{path.relative_to(base).as_posix()}"
    return made if len(made) <= MAX_NAME - 8 else blake2b(made.encode(), digest_size=16).hexdigest()


def _read(path: Path) -> bytes | Issue:
    try:
        if not path.is_file() and path.exists():
            return issues.unreadable_file(str(path), "not a regular file")
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        return issues.unreadable_file(str(path), _reason(error))
    return content if len(content) <= MAX_FILE_BYTES else issues.large_file(str(path), MAX_FILE_BYTES)


def _place_of(issue: Issue) -> tuple[str, int, int]:
    return issue.location.path, issue.location.line, issue.location.column


def _digest(parts: Sequence[FileDrafts]) -> str:
    """Of every document with its rule's id, in any order; a file without documents counts by its content."""
    lines = [
        f"{draft.rule.meta.id if draft.rule else ''} {draft.digest}" for part in parts for draft in part.drafts
    ] + [part.digest for part in parts if not part.drafts]
    return blake2b("\n".join(sorted(lines)).encode(), digest_size=16).hexdigest()
