"""The careful way through events that made a pass fail: one commit at a time, every rule for itself.

1. Match the commit; where that fails, match its halves, and theirs, until what fails stands alone.
2. Advance and write every rule in a savepoint of its own; a rule that fails is as if it had not looked.
3. What was not checked becomes an alarm, in the transaction that passes it over: never silently.

Errors of the database's operation (locked, out of reach, full) are not the events' fault and are raised.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa
from django.db import InterfaceError, OperationalError, transaction

from tocsin.apps.detect.alarms import UNCHECKED, Alarm
from tocsin.apps.detect.memory import Memory
from tocsin.apps.detect.ringing import ring
from tocsin.apps.detect.samples import MAX_SAMPLES
from tocsin.engine.arrivals import Batch, Signals, collect
from tocsin.engine.correlate import Step, advance, with_keys
from tocsin.engine.match import Matches
from tocsin.engine.ringers import Ringer
from tocsin.engine.state import RuleState

log = logging.getLogger("tocsin.detect")

DATABASE_DOWN: Final = (OperationalError, InterfaceError)
NOT_THE_EVENTS: Final = (*DATABASE_DOWN, MemoryError)
"""Errors after which the same may work a moment later."""

MAX_ATTEMPTS: Final = 256
"""Pieces that are tried of one commit; what has not been told apart by then is not checked."""

Match = Callable[[str, pa.Table], Matches]


@dataclass(slots=True)
class Checked:
    """What could be matched of one commit, and alarms for the rest."""

    batches: list[Batch] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)


def match_pieces(source: str, table: pa.Table, match: Match) -> Checked:
    """Match ``table`` around the events that cannot be matched."""
    checked = Checked()
    reason, events, attempts = "", 0, 0
    waiting = [table]
    while waiting:
        piece = waiting.pop()
        attempts += 1
        try:
            checked.batches.append(Batch(source, piece, match(source, piece)))
        except NOT_THE_EVENTS:
            raise
        except Exception as error:  # noqa: BLE001 - whatever these events do, the others are checked, and it is told
            half = piece.num_rows // 2
            if half and attempts < MAX_ATTEMPTS:
                waiting += [piece.slice(half), piece.slice(0, half)]
                continue
            reason, events = describe(error), events + piece.num_rows
    if events:
        checked.alarms.append(Alarm(UNCHECKED, source, reason, events=events))
    return checked


def ring_each(
    ringers: Sequence[Ringer],
    batches: Sequence[Batch],
    memory: Memory,
    watermark_us: int,
    formats: Mapping[str, str],
) -> Iterator[tuple[Ringer, Step, RuleState] | Alarm]:
    """Advance and write every ringer; what became of it, or an alarm where it failed. Within a transaction."""
    signals: dict[str, Signals] = {}
    for ringer in ringers:
        try:
            with transaction.atomic():
                arrivals = collect(ringer, batches, signals)
                if arrivals is None and not ringer.waits:
                    continue
                step = advance(ringer, memory.state(ringer), arrivals, watermark_us, MAX_SAMPLES)
                opened = ring(ringer, step, batches, formats)
                memory.save(ringer, step)
        except NOT_THE_EVENTS:
            raise
        except Exception as error:  # one rule must not stop the others, and it is told
            log.exception("the rule '%s' failed", ringer.meta.title)
            events = sum(batch.table.num_rows for batch in batches)
            source = batches[0].source if batches else ""
            yield Alarm(UNCHECKED, source, describe(error), rule=ringer.meta.title, events=events)
        else:
            signals[ringer.meta.id] = step.signals
            yield ringer, step, with_keys(step.state, opened)


def describe(error: Exception) -> str:
    """An error that nobody foresaw, in one line."""
    return f"{type(error).__name__}: {error}"
