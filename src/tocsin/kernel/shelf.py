"""A folder of ours alone, where what can be computed again is kept for the next start.

Nobody else may have written what is read here, so it is looked at only where the folder is this user's and nobody
else may write into it; a link in its place is not followed. Every file begins with a digest of the rest: what
is cut short or damaged counts as missing. Nothing depends on a shelf: what it cannot keep is computed again.
"""

import contextlib
import logging
import os
import secrets
import stat
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Final

MAX_FILE_BYTES: Final = 256 * 1024 * 1024
MAX_FILES: Final = 256
MAX_BYTES: Final = 512 * 1024 * 1024
"""Of all files together; beyond either, those that were not used for longest are removed."""
_DIGEST_BYTES: Final = 32
_OTHERS_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH

log = logging.getLogger("tocsin.shelf")


class Shelf:
    """Texts by name in the folder at ``path``, which is made with the first that is kept."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, name: str) -> bytes | None:
        """What was kept as ``name``; None where that is nothing, damaged, or in a folder that others may write."""
        try:
            with self._open() as folder:
                content = _read(folder, name)
        except OSError:
            return None
        if content is None:
            return None
        digest, body = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
        if _digest(body) != digest:
            log.warning("what was kept in %s is damaged and will be written anew", self._path / name)
            return None
        return body

    def write(self, name: str, body: bytes) -> None:
        """Keep ``body`` in place of what was kept before. What cannot be written is not kept, and that is all."""
        if len(body) > MAX_FILE_BYTES - _DIGEST_BYTES:
            return
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._open() as folder:
                _replace(folder, name, _digest(body) + body)
                _prune(folder)
        except OSError as error:
            log.info("nothing is kept in %s: %s", self._path, error.strerror or error)

    @contextlib.contextmanager
    def _open(self) -> Iterator[int]:
        """The folder's descriptor, so that what was checked is what is used. Raises: OSError where it is not ours."""
        folder = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            status = os.fstat(folder)
            if status.st_uid != os.geteuid():
                raise PermissionError("the folder is another user's")
            if status.st_mode & _OTHERS_WRITE:
                log.warning("nothing is kept in %s: others may write there; make it yours with chmod 700", self._path)
                raise PermissionError("others may write there")
            yield folder
        finally:
            os.close(folder)


def digest_code(folders: Iterable[Path], *more: str) -> str:
    """Of the Python files in ``folders`` and of ``more``: changes with the code that made what is kept."""
    digest = blake2b("\0".join(more).encode(), digest_size=16)
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _read(folder: int, name: str) -> bytes | None:
    descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    with open(descriptor, "rb") as file:  # noqa: PTH123  a descriptor is no path
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_FILE_BYTES:
            return None
        with contextlib.suppress(OSError):
            os.utime(descriptor)  # it was used now
        return file.read()


def _replace(folder: int, name: str, content: bytes) -> None:
    """Whole or not at all, whoever writes the same at the same time."""
    part = f".{secrets.token_hex(8)}"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600, dir_fd=folder)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123  as above
            file.write(content)
        os.replace(part, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(part, dir_fd=folder)
        raise


def _prune(folder: int) -> None:
    """Remove what was not used for longest, as far as there is too much."""
    size_bytes = 0
    with os.scandir(folder) as entries:
        states = [(entry.stat(follow_symlinks=False), entry.name) for entry in entries]
    for place, (state, name) in enumerate(sorted(states, key=lambda each: -each[0].st_mtime_ns)):
        size_bytes += state.st_size
        if place >= MAX_FILES or size_bytes > MAX_BYTES:
            os.unlink(name, dir_fd=folder)


def _digest(body: bytes) -> bytes:
    return blake2b(body, digest_size=_DIGEST_BYTES).digest()
