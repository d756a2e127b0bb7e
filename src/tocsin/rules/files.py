"""Folders → the YAML files in them, and the content of each, or an issue why not."""

import os
import stat
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

SUFFIXES: Final = (".yml", ".yaml")


@dataclass(frozen=True, slots=True)
class RuleFile:
    """A file to read. ``made_id`` is what the id of a rule that names none is made from."""

    path: str
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
                f"the rule folder {path} does not exist; create it, or name another by --rules or in TOCSIN_RULES"
            )
        inside, wrong = walk(path) if path.is_dir() else ([str(path)], [])
        found += wrong
        if not inside and not wrong:
            found.append(issues.no_rules(str(path)))
        base = path if path.is_dir() else path.parent
        above = str(base / "_")[:-1]
        folders: dict[str, str] = {}
        for each in inside:
            made_id = _make_id(base.name, each.removeprefix(above))
            files.setdefault(_real_path(each, folders), RuleFile(each, made_id))
    return list(files.values()), found


def _real_path(path: str, folders: dict[str, str]) -> str:
    """Where ``path`` really is; ``folders`` remembers where its folder is, which thousands of others share."""
    if os.path.islink(path):  # noqa: PTH114  texts: thousands of Paths cost as much as reading the files
        return os.path.realpath(path)
    parent, name = os.path.split(path)
    if parent not in folders:
        folders[parent] = os.path.realpath(parent)
    return f"{folders[parent]}/{name}"


def walk(folder: Path) -> tuple[list[str], list[Issue]]:
    """The rule files below ``folder`` by name, and the files and folders that cannot be read."""
    inside: list[str] = []
    unreadable: list[OSError] = []
    for parent, folders, names in os.walk(str(folder), onerror=unreadable.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        visible = sorted(name for name in names if not name.startswith("."))
        here = os.path.join(parent, "").removeprefix("./")  # noqa: PTH118
        inside += [here + name for name in visible if name.lower().endswith(SUFFIXES)]
    named = [path for path in inside if _is_text(path)]
    wrong = [issues.unreadable_file(str(error.filename), _reason(error)) for error in unreadable]
    wrong += [issues.unnamed_file(path) for path in inside if not _is_text(path)]
    return named, wrong


def _is_text(path: str) -> bool:
    """Whether ``path`` can be shown, stored and sent: a name on the disk is bytes."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def read_content(path: str) -> bytes | Issue:
    """The bytes of a file, or the issue of one that cannot be read or is too large."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe without a writer must not keep us waiting
        with open(descriptor, "rb", buffering=0) as file:  # noqa: PTH123  a descriptor is no path
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                return issues.unreadable_file(path, "not a regular file")
            content = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        return issues.unreadable_file(path, _reason(error))
    return content if len(content) <= MAX_FILE_BYTES else issues.large_file(path, MAX_FILE_BYTES)


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


def _make_id(folder: str, path: str) -> str:
    """``folder/file.yml``, the same wherever the folder stands."""
    made = f"{folder}/{path}"
    return made if len(made) <= MAX_NAME - 8 else blake2b(made.encode(), digest_size=16).hexdigest()
