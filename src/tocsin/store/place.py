"""Where one table's files are: a local folder or a prefix of a bucket.

Both are a `pyarrow.fs.FileSystem`. A bucket's goes through delta-rs's own object store, so that the
events and the Delta log are reached with the same address, options and credentials.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.fs as pafs
from deltalake.fs import DeltaStorageHandler

BUCKET_DEFAULTS: Final = {"timeout": "20s", "connect_timeout": "5s", "max_retries": "3", "retry_timeout": "20s"}
"""A request to a bucket gives up in time for a sender to be answered; the store's options win over these."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A file that is there: its path in the place, and when it was last written (seconds since 1970)."""

    path: str
    modified_s: float


class Place:
    """A folder or prefix. Paths are relative to it, with slashes.

    Attributes:
        uri: a folder's absolute path, or a bucket URL.
        options: what delta-rs is given to reach it.
        folder: the local folder; None for a bucket.
    """

    def __init__(self, uri: str, options: Mapping[str, str] | None = None, *, is_synced: bool = True) -> None:
        is_bucket = "://" in uri and not uri.startswith("file://")
        self.folder = None if is_bucket else Path(uri.removeprefix("file://")).absolute()
        self.uri = uri if is_bucket else str(self.folder)
        self.options = {**BUCKET_DEFAULTS, **(options or {})} if is_bucket else dict(options or {})
        self._is_synced = is_synced and not is_bucket
        self._remote: pafs.FileSystem | None = None

    def __truediv__(self, name: str) -> "Place":
        """The place ``name`` inside this one."""
        inner = Place(f"{self.uri.rstrip('/')}/{name}", self.options)
        inner._is_synced = self._is_synced
        return inner

    @property
    def fs(self) -> pafs.FileSystem:
        """The file system, rooted here. Opened on first use: a bucket may be out of reach."""
        if self.folder is not None:
            return pafs.SubTreeFileSystem(str(self.folder), pafs.LocalFileSystem())
        if self._remote is None:
            self._remote = pafs.PyFileSystem(DeltaStorageHandler(self.uri, self.options))
        return self._remote

    def read(self, path: str) -> bytes | None:
        """All of a file; None where there is none. A local miss costs one system call."""
        try:
            if self.folder is not None:
                return (self.folder / path).read_bytes()
            with self.fs.open_input_stream(path) as stream:
                return bytes(stream.read())
        except FileNotFoundError:
            return None

    def open(self, path: str) -> pa.NativeFile:
        """A file, for reading at any offset."""
        return self.fs.open_input_file(path)

    def map(self, path: str) -> pa.NativeFile:
        """A file whose bytes are read when they are looked at; a bucket's when they are asked for."""
        return pa.memory_map(str(self.folder / path)) if self.folder is not None else self.open(path)

    def create(self, path: str) -> pa.NativeFile:
        """A new file, to be written from its beginning to its end."""
        return self.fs.open_output_stream(path)

    def make_folder(self, name: str) -> None:
        """Make a folder, durably. A bucket has none."""
        if self.folder is None or (self.folder / name).is_dir():
            return
        (self.folder / name).mkdir(parents=True, exist_ok=True)
        self._sync_path(self.folder)

    def size(self, path: str) -> int:
        """A file's size in bytes."""
        return int(self.fs.get_file_info(path).size)

    def sync(self, *paths: str) -> None:
        """Make files and their names in their folders survive a power cut. A bucket's do when they are written."""
        if self.folder is None or not self._is_synced:
            return
        whole = [self.folder / path for path in paths]
        for path in (*whole, *{path.parent for path in whole}):
            self._sync_path(path)

    def sync_above(self) -> None:
        """Make the place's own name, and that of the folder above it, survive a power cut."""
        if self.folder is not None:
            for folder in (self.folder, *self.folder.parents[:2]):
                self._sync_path(folder)

    def remove(self, path: str) -> bool:
        """Remove a file; False where there was none."""
        try:
            self.fs.delete_file(path)
        except FileNotFoundError:
            return False
        return True

    def folders(self) -> list[str]:
        """Names of the folders in this place."""
        found = self.fs.get_file_info(pafs.FileSelector("", allow_not_found=True))
        return sorted(each.base_name for each in found if each.type == pafs.FileType.Directory)

    def files(self, folder: str) -> Iterator[Listed]:
        """The files right in ``folder``."""
        for each in self.fs.get_file_info(pafs.FileSelector(folder, allow_not_found=True)):
            if each.type == pafs.FileType.File:
                yield Listed(each.path, (each.mtime_ns or 0) / 1e9)

    def _sync_path(self, path: Path) -> None:
        if not self._is_synced:
            return
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
