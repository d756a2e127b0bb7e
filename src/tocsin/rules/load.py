"""Folders of Sigma files → a rule set. Nothing in a file stops the rules beside it.

A file that has not changed since the last load is not parsed again, so that loading thousands of
rules after one edit costs little more than reading them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from tocsin.kernel.issues import Issue
from tocsin.rules.actions import apply_actions
from tocsin.rules.documents import read_documents
from tocsin.rules.drafts import Draft, read_draft
from tocsin.rules.files import RuleFile, find_files, read_content, walk
from tocsin.rules.model import RuleSet
from tocsin.rules.resolve import resolve
from tocsin.rules.site import NO_SITE, Site


@dataclass(frozen=True, slots=True)
class FileDrafts:
    """What one file says by itself."""

    drafts: tuple[Draft, ...]
    issues: tuple[Issue, ...]
    digest: str


_Key = tuple[str, str, str]
_last_load: dict[_Key, FileDrafts] = {}
"""The files of the last load by path, made id and content; replaced as a whole, so bounded by one load."""


def load(paths: Sequence[Path], site: Site = NO_SITE) -> RuleSet:
    """Read every rule in ``paths``: files, or folders of `*.yml` and `*.yaml` at any depth.

    Hidden files and folders are passed over. Order: as given, then by name.
    Raises: ConfigError if a path does not exist.
    """
    global _last_load  # noqa: PLW0603  one cache a process, replaced in one step
    files, found = find_files(paths)
    loaded: dict[_Key, FileDrafts] = {}
    parts: list[FileDrafts] = []
    for file in files:
        content = read_content(file.path)
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


def stamp(paths: Sequence[Path]) -> str:
    """Changes when a rule file is added, removed or written: a digest of names, times and sizes. Reads no file."""
    digest = blake2b(digest_size=16)
    for path in paths:
        for each in walk(path)[0] if path.is_dir() else [path]:
            try:
                status = each.stat()
            except OSError:
                continue
            digest.update(f"{each}\0{status.st_mtime_ns}\0{status.st_size}\0{status.st_ino}\n".encode())
    return digest.hexdigest()


def parse_file(content: bytes, file: RuleFile, site: Site = NO_SITE) -> FileDrafts:
    """Everything that ``content`` says without looking at other files."""
    documents, found = read_documents(content, str(file.path), file.made_id)
    documents, wrong_actions = apply_actions(documents)
    found += wrong_actions
    drafts: list[Draft] = []
    for document in documents:
        draft, more = read_draft(document, site)
        drafts.append(draft)
        found += more
    return FileDrafts(tuple(drafts), tuple(found), blake2b(content, digest_size=16).hexdigest())


def _place_of(issue: Issue) -> tuple[str, int, int]:
    return issue.location.path, issue.location.line, issue.location.column


def _digest(parts: Sequence[FileDrafts]) -> str:
    """Of every document with its rule's id, in any order; a file without documents counts by its content."""
    lines = [
        f"{draft.rule.meta.id if draft.rule else ''} {draft.digest}" for part in parts for draft in part.drafts
    ] + [part.digest for part in parts if not part.drafts]
    return blake2b("\n".join(sorted(lines)).encode(), digest_size=16).hexdigest()
