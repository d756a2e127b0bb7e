"""Folders of Sigma files → a rule set. Nothing in a file stops the rules beside it.

A file that has not changed since the last load is not parsed again, so that loading thousands of
rules after one edit costs little more than reading them.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

from tocsin.kernel.collector import paused_collector
from tocsin.kernel.issues import Issue
from tocsin.kernel.shelf import Shelf
from tocsin.rules.actions import apply_actions
from tocsin.rules.cache import DraftCache, FileDrafts, FileKey, cache_name, open_cache, write_cache
from tocsin.rules.documents import read_documents
from tocsin.rules.drafts import Draft, read_draft
from tocsin.rules.files import RuleFile, find_files, read_content, walk
from tocsin.rules.model import RuleSet
from tocsin.rules.resolve import resolve
from tocsin.rules.site import NO_SITE, Site

_last_load: dict[FileKey, FileDrafts] = {}
"""The files of the last load; replaced as a whole, so bounded by one load."""


def load(paths: Sequence[Path], site: Site = NO_SITE, shelf: Shelf | None = None) -> RuleSet:
    """Read every rule in ``paths``: files, or folders of `*.yml` and `*.yaml` at any depth.

    Hidden files and folders are passed over. Order: as given, then by name.
    Args:
        shelf: where what was read is kept for the next start.
    Raises: ConfigError if a path does not exist.
    """
    with paused_collector():
        return _load(paths, site, shelf)


def _load(paths: Sequence[Path], site: Site, shelf: Shelf | None) -> RuleSet:
    global _last_load  # noqa: PLW0603  one cache a process, replaced in one step
    files, found = find_files(paths)
    parts: list[FileDrafts] = []
    loaded: dict[FileKey, FileDrafts] = {}
    reader = _Reader(site, _last_load, shelf, cache_name(paths))
    for file in files:
        content = read_content(file.path)
        if isinstance(content, Issue):
            parts.append(FileDrafts((), (content,), str(content)))
            continue
        key = FileKey(file.path, file.made_id, _hash(content), site.digest)
        loaded[key] = reader.read(key, content, file)
        parts.append(loaded[key])
    reader.keep(loaded)
    _last_load = loaded
    rules, more = resolve([draft for part in parts for draft in part.drafts])
    found += [issue for part in parts for issue in part.issues] + more
    return RuleSet(tuple(rules), tuple(sorted(found, key=_place_of)), _digest(parts, site), _content(loaded))


class _Reader:
    """Takes a file's drafts from the load before, else from the disk, else from its content."""

    def __init__(self, site: Site, known: Mapping[FileKey, FileDrafts], shelf: Shelf | None, name: str) -> None:
        self._has_parsed = False
        self._site, self._known, self._shelf, self._name = site, known, shelf, name

    @cached_property
    def _kept(self) -> DraftCache:
        return open_cache(self._shelf, self._name) if self._shelf else DraftCache({})

    def read(self, key: FileKey, content: bytes, file: RuleFile) -> FileDrafts:
        drafts = self._known.get(key) or self._kept.get(key)
        if drafts is None:
            self._has_parsed = True
            drafts = parse_file(content, file, self._site)
        return drafts

    def keep(self, loaded: Mapping[FileKey, FileDrafts]) -> None:
        """For the next start, if that would otherwise have to parse what was parsed now."""
        if self._shelf and self._has_parsed:
            write_cache(self._shelf, self._name, loaded)


def stamp(paths: Sequence[Path]) -> str:
    """Changes when a rule file is added, removed or written: a digest of names, times and sizes. Reads no file."""
    digest = blake2b(digest_size=16)
    for path in paths:
        for each in walk(path)[0] if path.is_dir() else [str(path)]:
            try:
                status = os.stat(each)  # noqa: PTH116  texts, as in `files`
            except OSError:
                continue
            digest.update(f"{each}\0{status.st_mtime_ns}\0{status.st_size}\0{status.st_ino}\n".encode())
    return digest.hexdigest()


def parse_file(content: bytes, file: RuleFile, site: Site = NO_SITE) -> FileDrafts:
    """Everything that ``content`` says without looking at other files."""
    documents, found = read_documents(content, file.path, file.made_id)
    documents, wrong_actions = apply_actions(documents)
    found += wrong_actions
    drafts: list[Draft] = []
    for document in documents:
        draft, more = read_draft(document, site)
        drafts.append(draft)
        found += more
    return FileDrafts(tuple(drafts), tuple(found), _hash(content))


def _content(loaded: Iterable[FileKey]) -> str:
    return _hash("\n".join(map(repr, loaded)).encode())


def _hash(content: bytes) -> str:
    return blake2b(content, digest_size=16).hexdigest()


def _place_of(issue: Issue) -> tuple[str, int, int]:
    return issue.location.path, issue.location.line, issue.location.column


def _digest(parts: Sequence[FileDrafts], site: Site) -> str:
    """Of the site and every document with its rule's id, in any order; a file without any counts by its content."""
    lines = [
        f"{draft.rule.meta.id if draft.rule else ''} {draft.digest}" for part in parts for draft in part.drafts
    ] + [site.digest, *(part.digest for part in parts if not part.drafts)]
    return blake2b("\n".join(sorted(lines)).encode(), digest_size=16).hexdigest()
