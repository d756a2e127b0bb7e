"""Folders → the YAML files in them, and the content of each, or an issue why not."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Final

from tocsin.kernel.errors import ConfigError
from tocsin.kernel.issues import Issue
from tocsin.rules import issues
from tocsin.rules.documents import MAX_FILE_BYTES
from tocsin.rules.metadata import MAX_NAME

SUFFIXES: Final = frozenset({".yml", ".yaml"})


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A file to read. ``made_id`` is what the id of a rule that names none is made from."""

    path: Path
    made_id: str


def find_files(paths: Sequence[Path]) -> tuple[list[RuleFile], list[Issue]]:
    """The files to read, each once, and a warning for every folder without one.

    Raises: ConfigError if a path does not exist.
    """
    files: dict[str, RuleFile] = {}
    found: list[Issue] = []
    for path in paths:
        if not os.path.lexists(path):
            raise ConfigError(
                f"the rule folder {path} does not exist; create it or set TOCSIN_RULES to the folders that hold rules"
            )
        inside, unreadable = walk(path) if path.is_dir() else ([path], [])
        found += unreadable
        if not inside and not unreadable:
            found.append(issues.no_rules(str(path)))
        base = path if path.is_dir() else path.parent
        folders: dict[Path, str] = {}
        for each in inside:
            files.setdefault(_real_path(each, folders), RuleFile(each, _make_id(base, each)))
    return list(files.values()), found


def _real_path(path: Path, folders: dict[Path, str]) -> str:
    """Where ``path`` really is; ``folders`` remembers where its folder is, which thousands of others share."""
    if path.is_symlink():
        return os.path.realpath(path)
    parent = path.parent
    if parent not in folders:
        folders[parent] = os.path.realpath(parent)
    return f"{folders[parent]}/{path.name}"


def walk(folder: Path) -> tuple[list[Path], list[Issue]]:
    """The rule files below ``folder`` by name, and the folders that cannot be read."""
    inside: list[Path] = []
    unreadable: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        visible = sorted(name for name in names if not name.startswith("."))
        inside += [Path(parent, name) for name in visible if Path(name).suffix.lower() in SUFFIXES]
    return inside, [issues.unreadable_file(str(error.filename), _reason(error)) for error in unreadable]


def read_content(path: Path) -> bytes | Issue:
    """The bytes of a file, or the issue of one that cannot be read or is too large."""
    try:
        if not path.is_file() and path.exists():
            return issues.unreadable_file(str(path), "not a regular file")
        with path.open("rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        return issues.unreadable_file(str(path), _reason(error))
    return content if len(content) <= MAX_FILE_BYTES else issues.large_file(str(path), MAX_FILE_BYTES)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _make_id(base: Path, path: Path) -> str:
    """``folder/file.yml``, the same wherever the folder stands."""
    made = f"{base.name}/{path.relative_to(base).as_posix()}"
    return made if len(made) <= MAX_NAME - 8 else blake2b(made.encode(), digest_size=16).hexdigest()
