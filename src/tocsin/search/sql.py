"""SQL over the event tables, by DuckDB in a process of its own that is stopped when its time is over."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from tocsin.kernel.errors import TocsinError

MAX_LENGTH: Final = 20_000
AT_ONCE: Final = 2
"""Statements that run at a time in one server; whoever comes later is asked to try again."""
_KEPT: Final = ("AWS_", "AZURE_", "GOOGLE_", "LANG", "LC_", "LD_LIBRARY_PATH", "PATH", "PYTHONPATH", "TMPDIR")
"""What a bucket's credentials and Python need of the environment; the rest stays here."""
_running = threading.BoundedSemaphore(AT_ONCE)


class SqlError(TocsinError):
    """A statement that was refused, failed or was stopped."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one statement may use.

    Attributes:
        seconds: of the clock, the start of the process included.
        memory_bytes: DuckDB's own; Arrow's readers come on top.
        rows: of the result.
    """

    seconds: int = 20
    memory_bytes: int = 512 * 1024 * 1024
    threads: int = 1
    rows: int = 1_000


@dataclass(frozen=True, slots=True)
class Result:
    """A statement's rows; ``is_cut``: there are more."""

    table: pa.Table
    is_cut: bool


def run(
    uri: str,
    sources: Sequence[str],
    sql: str,
    *,
    options: Mapping[str, str] | None = None,
    limits: Limits = Limits(),
) -> Result:
    """Run the SELECT ``sql`` over the tables of ``sources`` in the store ``uri``.

    Each source is a view of its name, and `_all` is all of them; columns have the fields' own names.
    Raises: SqlError with DuckDB's own words, or what limit was met.
    """
    if len(sql) > MAX_LENGTH:
        raise SqlError(f"the statement has {len(sql):,} characters; at most {MAX_LENGTH:,} are read")
    if not _running.acquire(blocking=False):
        raise SqlError(f"{AT_ONCE} statements are running; try again when one of them is done")
    asked = {
        "uri": uri,
        "options": dict(options or {}),
        "sources": list(sources),
        "sql": sql,
        "rows": limits.rows,
        "memory_bytes": limits.memory_bytes,
        "threads": limits.threads,
        "seconds": limits.seconds,
    }
    try:
        return _read(_ask(json.dumps(asked).encode(), limits))
    finally:
        _running.release()


def _ask(request: bytes, limits: Limits) -> bytes:
    """What the process answers, which is killed when it takes too long."""
    environment = {name: value for name, value in os.environ.items() if name.startswith(_KEPT)}
    process = subprocess.Popen(
        [sys.executable, "-m", "tocsin.search.sandbox"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,
    )
    with process:
        try:
            answer, said = process.communicate(request, limits.seconds)
        except subprocess.TimeoutExpired as error:
            process.kill()
            raise SqlError(
                f"the statement was stopped after {limits.seconds} s; narrow it down, by _time first of all"
            ) from error
        finally:
            process.kill()
    if process.returncode != 0:
        raise SqlError(f"the statement was stopped, as it needed too much memory or time{_last_line(said)}")
    return answer


def _read(answer: bytes) -> Result:
    head, _, stream = answer.partition(b"\n")
    told: dict[str, Any] = json.loads(head)
    if "error" in told:
        raise SqlError(told["error"])
    return Result(pa.ipc.open_stream(stream).read_all(), told["is_cut"])


def _last_line(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return f": {lines[-1][:300]}" if lines else ""
