"""All pieces of all files through all cores, in order, holding only a few pieces at a time."""

import gc
import multiprocessing
import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import chain, islice

import pyarrow as pa

from tocsin.kernel.errors import InputError, TocsinError
from tocsin.scan.chunks import Chunk, cut
from tocsin.scan.inputs import Tick, open_input
from tocsin.scan.work import Scanned, Task, scan_chunk

_task: Task | None = None
"""What this process works on; set once, when it begins."""


def read_chunks(names: Iterable[str], format: str, tick: Tick, fail: Callable[[str], None]) -> Iterator[Chunk]:
    """The pieces of all files in order; what cannot be read is told to ``fail``, and the next file follows."""
    for name in names:
        try:
            with open_input(name, tick) as stream:
                yield from cut(name, stream, format)
        except InputError as error:
            fail(str(error))
        except OSError as error:
            fail(f"{name}: {error.strerror or error}")


def scan(chunks: Iterator[Chunk], task: Task, processes: int) -> Iterator[Scanned]:
    """What comes of each piece, in order.

    The first is scanned here: what is compiled on the way is then there for every process, once in memory.
    One piece alone, or one core, needs no other process.
    Raises: TocsinError if a process ends without an answer.
    """
    # It gives back at once what a piece took: measured, 110 MB less over three processes.
    pa.set_memory_pool(pa.system_memory_pool())
    yield from (scan_chunk(chunk, task) for chunk in islice(chunks, None if processes == 1 else 1))
    following = next(chunks, None)
    if following is None:
        return
    gc.freeze()
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    with ProcessPoolExecutor(processes, context, _begin, (task,)) as pool:
        try:
            yield from _in_order(pool, chain([following], chunks), processes + 1)
        except BrokenProcessPool as error:
            raise TocsinError("a scanning process ended without an answer; is memory short?") from error


def usable_cores() -> int:
    """How many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _in_order(pool: ProcessPoolExecutor, chunks: Iterator[Chunk], ahead: int) -> Iterator[Scanned]:
    waiting: deque[Future[Scanned]] = deque()
    for chunk in chunks:
        waiting.append(pool.submit(_work, chunk))
        if len(waiting) > ahead:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _begin(task: Task) -> None:
    global _task  # noqa: PLW0603  set once a process
    _task = task
    pa.set_cpu_count(1)


def _work(chunk: Chunk) -> Scanned:
    if _task is None:
        raise TocsinError("this process was not told what to scan for")
    return scan_chunk(chunk, _task)
