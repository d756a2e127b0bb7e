"""Following a log into the store: the records and the place after them are one commit."""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import pyarrow as pa

from tocsin.formats import Parse
from tocsin.kernel.clock import now
from tocsin.kernel.errors import ConfigError, StoreError
from tocsin.kernel.issues import RecordIssue
from tocsin.sources.files.place import Place, reader_of
from tocsin.sources.files.tail import GRACE_S, Chunk, Tail, ensure_readable
from tocsin.store.table import Progress

CHUNK_BYTES: Final = 8 * 1024 * 1024
POLL_S: Final = 0.25
COMMIT_INTERVAL_S: Final = 0.5
MAX_BACKOFF_S: Final = 60.0
MAX_REASONS: Final = 5


class Table(Protocol):
    """Where the records go; `store.EventTable` is one."""

    def append(self, table: pa.Table, *, progress: Sequence[Progress] = ()) -> int:
        """Commit ``table`` and ``progress`` together."""
        ...

    def progress(self, reader: str) -> int | None:
        """What was committed last for ``reader``."""
        ...


@dataclass(slots=True)
class Summary:
    """What a follower has stored since it started.

    Attributes:
        offset: how far the file that is read now is durable, in bytes.
        reasons: why the first rejected records were.
    """

    accepted: int = 0
    rejected: int = 0
    offset: int = 0
    reasons: list[str] = field(default_factory=list)

    def add(self, records: int, issues: Sequence[RecordIssue], offset: int) -> None:
        """Count the records of one commit."""
        rejected = {issue.record: issue.reason for issue in issues if issue.is_rejected}
        before = self.accepted + self.rejected
        for record, reason in sorted(rejected.items())[: MAX_REASONS - len(self.reasons)]:
            self.reasons.append(f"record {before + record}: {reason}")
        self.accepted += records - len(rejected)
        self.rejected += len(rejected)
        self.offset = offset


class Follower:
    """Follows one log until it is told to stop.

    1. Ask the store how far it has come; go there.
    2. Read whole lines, at most `CHUNK_BYTES`, and parse them.
    3. Append them with the place after them, in one commit. While the store refuses, wait and try
       again; first ask it how far it has come, for a commit may have succeeded unheard.
    4. Wait for more.
    """

    def __init__(
        self,
        path: Path,
        table: Table,
        parse: Parse,
        *,
        say: Callable[[str], None],
        stop: threading.Event,
        on_commit: Callable[[Summary], None] = lambda _: None,
        is_from_start: bool = True,
        grace_s: float = GRACE_S,
    ) -> None:
        self._path = path.absolute()
        self._table = table
        self._parse = parse
        self._say_once = _Once(say)
        self._stop = stop
        self._on_commit = on_commit
        self._is_from_start = is_from_start
        self._grace_s = grace_s
        self._summary = Summary()

    def run(self, *, once: bool = False) -> Summary:
        """Follow the log until ``stop`` is set, or with ``once`` to its end.

        Raises: ConfigError if the log cannot be read when this begins, or with ``once`` is not there;
            with ``once`` also StoreError. What was committed stays; another run goes on from there.
        """
        ensure_readable(self._path)
        if once and not self._path.exists():
            raise ConfigError(f"{self._path} does not exist; name a log file")
        place = Place.recall(reader_of(self._path), self._table.progress)
        tail = Tail(self._path, place, say=self._say_once, is_from_start=self._is_from_start, grace_s=self._grace_s)
        try:
            while not self._stop.is_set():
                chunk = self._next(tail, once)
                if chunk is None and once:
                    break
                pause_s = self._keep(chunk, once) if chunk else POLL_S
                if not once:
                    self._stop.wait(pause_s)
        finally:
            tail.close()
        return self._summary

    def _next(self, tail: Tail, once: bool) -> Chunk | None:
        try:
            return tail.read(CHUNK_BYTES, time.monotonic(), is_to_end=once)
        except OSError as error:
            if once:
                raise ConfigError(f"{self._path} cannot be read: {error.strerror}") from error
            self._say_once(f"{self._path} cannot be read now ({error.strerror}); trying again")
            return None

    def _keep(self, chunk: Chunk, once: bool) -> float:
        """Store one chunk; returns the wait before the next, which makes commits few and large."""
        table, issues = self._parse(chunk.data, received_at=now())
        if table.num_rows and not self._append(table, chunk.place, once):
            return 0
        self._summary.add(table.num_rows, issues, chunk.place.offset)
        self._on_commit(self._summary)
        self._say_once.forget()
        return 0 if len(chunk.data) > CHUNK_BYTES // 2 else COMMIT_INTERVAL_S

    def _append(self, table: pa.Table, place: Place, once: bool) -> bool:
        """Append until the store takes it; False if told to stop before."""
        reader = reader_of(self._path)
        backoff_s = 1.0
        is_first = True
        while True:
            try:
                if is_first or Place.recall(reader, self._table.progress) != place:
                    self._table.append(table, progress=place.as_progress(reader))
                return True
            except StoreError as error:
                if once:
                    raise
                self._say_once(f"the store does not take records now ({error}); nothing is lost, trying again")
            is_first = False
            if self._stop.wait(backoff_s * random.uniform(0.5, 1)):
                return False
            backoff_s = min(backoff_s * 2, MAX_BACKOFF_S)


class _Once:
    """Says each thing once, until something was stored again."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._said: set[str] = set()

    def __call__(self, message: str) -> None:
        if message not in self._said:
            self._said.add(message)
            self._say(message)

    def forget(self) -> None:
        self._said.clear()
