"""Rehearsals: a draft run over the last days of the store, before it is saved, in a thread of this process.

1. What is asked of the database is read before the thread begins.
2. The store's row groups are read newest first, only the columns that the draft needs, and matched by the engine.
3. Of each, only the matched events are kept; in the end the windows are judged over all of them.
4. A rehearsal ends when it is through, when it is stopped, or when its time or its room is used up; what it has
   found by then is its result, which says how far back it reaches.

They are kept in this process, the newest ones, and gone when it ends.
"""

import logging
import secrets
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from tocsin.apps.intake.carriers import read_logsources
from tocsin.engine.episodes import Episode
from tocsin.engine.rehearse import Rehearsal
from tocsin.kernel.clock import now, to_us
from tocsin.kernel.errors import StoreError, TocsinError
from tocsin.kernel.logsource import LogSource
from tocsin.rules.model import Rule
from tocsin.rules.taxonomy import find_route
from tocsin.search.tree import Between
from tocsin.search.walk import Tables, Walk
from tocsin.store.table import Store

SPAN: Final = timedelta(days=7)
AT_ONCE: Final = 2
MAX_RULES: Final = 10
MAX_SECONDS: Final = 120.0
MAX_MATCHED: Final = 1_000_000
"""Matched events of all rules that are held in memory."""
_REMEMBERED: Final = 20
_SYSTEM: Final = ("_id", "_time", "_received")

log = logging.getLogger("tocsin.web")


class TooManyError(TocsinError):
    """Rehearsals are running already."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What one rule would have rung.

    Attributes:
        matched: (title, events) of each detection rule that it rests on.
        episodes: its alerts, the first ones first.
        fields: what they are grouped by.
    """

    title: str
    matched: tuple[tuple[str, int], ...]
    episodes: tuple[Episode, ...]
    fields: tuple[str, ...]


@dataclass(slots=True)
class Job:
    """A rehearsal, while it runs and after.

    Attributes:
        from_us, until_us: the time that is looked at.
        progress: from 0 to 1.
        reached_us: everything newer was looked at; None: all was.
        why: why it did not go further; empty where it did.
        results: None while it runs, and where it failed, which `error` tells.
    """

    id: str
    user_id: int
    from_us: int
    until_us: int
    progress: float = 0.0
    rows: int = 0
    reached_us: int | None = None
    why: str = ""
    error: str = ""
    results: tuple[Rehearsed, ...] | None = None
    took_s: float = 0.0
    is_stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def is_running(self) -> bool:
        """Whether it goes on."""
        return self.results is None and not self.error


_jobs: dict[str, Job] = {}
_lock = threading.Lock()


def start(rules: Sequence[Rule], by_id: Mapping[str, Rule], store: Store, user_id: int) -> Job:
    """Begin to rehearse ``rules``, at most `MAX_RULES`, over the last `SPAN`.

    Raises: TooManyError; StoreError.
    """
    until_us = to_us(now())
    job = Job(secrets.token_urlsafe(12), user_id, until_us - int(SPAN.total_seconds()) * 1_000_000, until_us)
    rehearsals = [(rule, Rehearsal(rule, by_id)) for rule in rules[:MAX_RULES]]
    wanted = [each for _, rehearsal in rehearsals for each in rehearsal.logsources]
    logsources = {
        name: logsource
        for name, logsource in read_logsources(store).items()
        if any(find_route(each, logsource).is_open for each in wanted)
    }
    tables = {name: store.table(name) for name in logsources}
    with _lock:
        if sum(each.is_running for each in _jobs.values()) >= AT_ONCE:
            raise TooManyError(f"{AT_ONCE} rehearsals are running already; wait for one to end, or stop it")
        while len(_jobs) >= _REMEMBERED:
            _jobs.pop(next(name for name, each in _jobs.items() if not each.is_running))
        _jobs[job.id] = job
    threading.Thread(
        target=_run, args=(job, rehearsals, tables, logsources), name=f"rehearsal-{job.id}", daemon=True
    ).start()
    return job


def find(job_id: str, user_id: int) -> Job | None:
    """The rehearsal that this person began; None where there is none (any more)."""
    job = _jobs.get(job_id)
    return job if job is not None and job.user_id == user_id else None


def _run(
    job: Job, rehearsals: list[tuple[Rule, Rehearsal]], tables: Tables, logsources: Mapping[str, LogSource]
) -> None:
    began = time.monotonic()
    try:
        _walk(job, [each for _, each in rehearsals], tables, logsources)
        results = []
        for rule, rehearsal in rehearsals:
            outcome = rehearsal.finish()
            episodes = tuple(sorted(outcome.episodes, key=lambda episode: episode.opened_us))
            results.append(Rehearsed(rule.meta.title, outcome.matched, episodes, rule.group_by))
        job.took_s = time.monotonic() - began
        job.results = tuple(results)
    except StoreError as error:
        job.error = str(error)
    except Exception as error:  # the thread's outermost edge: whoever waits is told
        log.exception("a rehearsal failed")
        job.error = f"the rehearsal failed: {type(error).__name__}"


def _walk(job: Job, rehearsals: list[Rehearsal], tables: Tables, logsources: Mapping[str, LogSource]) -> None:
    newest_us = job.until_us

    def is_needed(moment_us: int) -> bool:
        nonlocal newest_us
        newest_us = min(newest_us, moment_us)
        job.progress = min(1.0, max(0.0, (job.until_us - newest_us) / (job.until_us - job.from_us)))
        kept = sum(each.kept for each in rehearsals)
        job.why = "it was stopped" if job.is_stopped.is_set() else ""
        job.why = job.why or (f"over {MAX_MATCHED:,} events matched" if kept > MAX_MATCHED else "")
        return not job.why

    walk = Walk(
        tables,
        Between("_time", job.from_us, None),
        fields=_fields(rehearsals),
        system=_SYSTEM,
        seconds=MAX_SECONDS,
        is_needed=is_needed,
    )
    for piece in walk:
        for rehearsal in rehearsals:
            rehearsal.add(piece.source, piece.rows, logsources[piece.source])
        job.rows += piece.rows.num_rows
    job.reached_us = newest_us if job.why else walk.reached_us
    if walk.reached_us is not None:
        job.why = f"it took longer than {MAX_SECONDS:.0f} seconds"


def _fields(rehearsals: list[Rehearsal]) -> frozenset[str] | None:
    """What all of them read; None: all fields."""
    named: set[str] = set()
    for each in rehearsals:
        if each.fields is None:
            return None
        named |= each.fields
    return frozenset(named)
