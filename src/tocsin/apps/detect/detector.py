"""The detector: one pass after the other over what the store has that it has not.

Every pass, for ever:

1. Hold the lease; without it, stand by.
2. Load the rules again if a file changed.
3. Read, per source, the commits after its checkpoint.
4. Settle what the quiet before them has settled: windows that wait for the watermark, which goes on with the
   clock while nothing comes.
5. Match them against all rules, as columns.
6. Advance each ringing rule's windows by its matches.
7. In one transaction: renew the lease (the fence), write alerts and their outbox rows, the rows that
   windows still need, the counts, and the checkpoints.
8. Only then take the new states for true. A pass that fails anywhere has changed nothing; it is done
   again from the checkpoint, and a process that is killed anywhere starts there too.

Events that make a pass fail are gone through one commit at a time (`careful`); what cannot be checked
then becomes an alarm and is passed over, so that no record can stop detection.
"""

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
from django.db import close_old_connections, connection, transaction

from tocsin.apps.detect.alarms import REPLACED, UNCHECKED, Alarm, sound
from tocsin.apps.detect.calendar import Calendars
from tocsin.apps.detect.careful import DATABASE_DOWN, NOT_THE_EVENTS, describe, match_pieces, ring_each
from tocsin.apps.detect.counting import count_readings
from tocsin.apps.detect.health import Health
from tocsin.apps.detect.lease import DetectorLease, Fenced
from tocsin.apps.detect.lookup import Lookup
from tocsin.apps.detect.memory import Memory
from tocsin.apps.detect.progress import Progress
from tocsin.apps.detect.reading import MAX_ROWS, Reader, Reading
from tocsin.apps.detect.ringing import ring
from tocsin.apps.detect.rulebook import Rulebook, read_rulebook, reread_rulebook
from tocsin.apps.detect.samples import MAX_SAMPLES
from tocsin.apps.intake.models import Source
from tocsin.engine.arrivals import Batch, Signals, collect
from tocsin.engine.correlate import Step, advance, with_keys
from tocsin.engine.match import Matches, match
from tocsin.engine.ringers import Ringer
from tocsin.engine.state import RuleState
from tocsin.formats import load_format
from tocsin.kernel.clock import now, to_us
from tocsin.kernel.errors import ConfigError, StoreError
from tocsin.kernel.logsource import LogSource
from tocsin.rules.folders import RuleFolders
from tocsin.store.table import Store

log = logging.getLogger("tocsin.detect")

IDLE_S = 0.1
CHECK_EVERY_S = 1.0
RETRY_S = 2.0
SETTLE_EVERY_US = 1_000_000


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What the database says of a source."""

    format: str
    logsource: LogSource
    lateness_us: int


class Detector:
    """Passes over the store, with the state between them."""

    def __init__(self, store: Store, folders: RuleFolders, lateness_s: int, calendars: Calendars | None = None) -> None:
        self._store = store
        self._reader = Reader(store)
        self._health = Health(self._reader)
        self._folders = folders
        self._lateness_us = lateness_s * 1_000_000
        self._calendars = calendars or Calendars()
        self._calendar = self._calendars.read()
        self._lease = DetectorLease()
        self._rulebook: Rulebook = read_rulebook(folders)
        self._sources: dict[str, SourceFacts] = {}
        self._checked_at = float("-inf")
        self._is_active = False
        self._progress = Progress()
        self._settled_us = 0
        self._memory: Memory
        self._suspects: dict[str, int] = {}

    def run(self, stop: threading.Event) -> None:
        """Pass after pass until ``stop``; what fails is logged, waited for and done again."""
        while not stop.is_set():
            wait_s = self._try_pass()
            stop.wait(wait_s)
        if self._is_active:
            self._lease.release()

    def run_pass(self) -> int:
        """One pass; returns the number of events handled, 0 also while another detector is active.

        Raises: StoreError, DatabaseError, Fenced; whatever events raise that nobody foresaw, which the next
            passes go through carefully. Nothing has changed then.
        """
        if not self._is_active and not self._activate():
            return 0
        self._check()
        is_careful = bool(self._suspects)
        readings = self._reader.read(
            self._progress.versions, self._rulebook.fields, self._progress.received_us, 1 if is_careful else MAX_ROWS
        )
        if not is_careful:
            self._settle(readings)
        if not readings:
            self._suspects.clear()
            return 0
        if is_careful:
            self._handle_carefully(readings[0])
        else:
            self._handle(readings)
        return sum(reading.table.num_rows for reading in readings)

    def _try_pass(self) -> float:
        """A pass, and how long to wait after it."""
        wait_s = RETRY_S
        try:
            return 0.0 if self.run_pass() else IDLE_S
        except Fenced:
            log.warning("another detector has taken over; standing by")
        except StoreError as error:
            log.error("reading the store failed, trying again: %s", error)
        except DATABASE_DOWN as error:
            log.error("the database failed, trying again from the checkpoint: %s", error)
            close_old_connections()
        except Exception:  # the outermost edge: whatever comes in, detection goes on, and the log tells
            log.exception("a pass failed, trying again from the checkpoint")
            wait_s = RETRY_S if not self._suspects else IDLE_S
        self._is_active = False
        return wait_s

    def _activate(self) -> bool:
        """Become the active detector and take up the committed state, where no other one is active."""
        if not self._lease.acquire(now()):
            return False
        self._progress = Progress.load()
        self._checked_at = float("-inf")
        self._check()
        self._reader.find_behind(self._progress.versions)
        self._memory = Memory(self._rulebook.ringers, self._watermark_us(), self._calendar)
        self._is_active = True
        log.info("detecting")
        return True

    def _check(self) -> None:
        """Once a second: tables, sources and rules that are new; the lease of an idle detector."""
        if time.monotonic() - self._checked_at < CHECK_EVERY_S:
            return
        self._checked_at = time.monotonic()
        self._sources = {source.name: self._facts(source) for source in Source.objects.all()}
        self._check_calendar()
        self._check_rules()
        self._lease.renew(now())
        self._check_tables()

    def _check_calendar(self) -> None:
        calendar = self._calendars.read()
        if calendar is not self._calendar:
            self._calendar = calendar
            if self._is_active:
                self._memory.use(calendar)

    def _check_rules(self) -> None:
        rulebook = reread_rulebook(self._rulebook, self._folders)
        for logsource in {facts.logsource for facts in self._sources.values()}:
            rulebook.plan.program(logsource)  # compiled before its first event, and kept
        if rulebook is not self._rulebook:
            self._rulebook = rulebook
            self._memory = Memory(rulebook.ringers, self._watermark_us(), self._calendar)

    def _check_tables(self) -> None:
        """Tables that are new, in the place of another, or cannot be read."""
        self._reader.find_tables()
        self._suspects = {source: version for source, version in self._suspects.items() if self._reader.has(source)}
        for alarm in list(self._health.alarms(self._progress.versions)):
            self._sound(alarm)

    def _sound(self, alarm: Alarm) -> None:
        log.error("source %s: %s", alarm.source, alarm.reason)
        with transaction.atomic():
            self._lease.renew(now())
            if alarm.kind == REPLACED:
                self._progress.begin_again(alarm.source)
            sound(alarm, now())

    def _facts(self, source: Source) -> SourceFacts:
        lateness_us = self._lateness_us if source.lateness_s is None else source.lateness_s * 1_000_000
        try:
            implied = load_format(source.format).logsource
        except ConfigError:
            implied = LogSource()  # a format of another version of Tocsin: its sender is told, its events are checked
        return SourceFacts(source.format, source.logsource(implied), lateness_us)

    def _watermark_us(self, readings: Sequence[Reading] = ()) -> int:
        """The watermark, as it is once ``readings`` are read."""
        lateness = {name: facts.lateness_us for name, facts in self._sources.items()}
        return self._progress.after(readings).watermark_us(lateness, self._lateness_us, self._reader.behind)

    def _settle(self, readings: Sequence[Reading]) -> None:
        """Judge the windows that are settled since nothing came: until the next receipt, else until now.

        So the alerts are the same whether or not a detector ran during the quiet. Not while there is, or may be,
        more to read than ``readings``.
        """
        if self._reader.behind or self._reader.unreadable or not any(each.waits for each in self._rulebook.ringers):
            return
        at_us = min((reading.first_received_us for reading in readings), default=to_us(now()))
        quiet_us = self._progress.quiet_us(at_us)
        watermark_us = self._watermark_us() + quiet_us
        if not quiet_us or watermark_us < self._settled_us + SETTLE_EVERY_US:
            return
        self._settled_us = watermark_us
        steps = [each for each in self._advance([], watermark_us) if each[1].is_kept or each[1].changes]
        if steps:
            for ringer, step, state in self._commit([], [], steps):
                self._memory.remember(ringer, state, is_saved=step.is_kept)

    def _handle(self, readings: Sequence[Reading]) -> None:
        try:
            batches = []
            for reading in readings:
                batches.append(Batch(reading.source, reading.table, self._match(reading.source, reading.table)))
                self._lease.hold(now())
            states = self._commit(readings, batches, self._advance(batches, self._watermark_us(readings)))
        except (Fenced, StoreError, *DATABASE_DOWN):
            raise
        except Exception:
            self._suspects = {reading.source: reading.version for reading in readings}
            raise
        self._take(states, readings)

    def _handle_carefully(self, reading: Reading) -> None:
        """One commit, around whatever of it makes checking fail."""
        checked = match_pieces(reading.source, reading.table, self._match)
        states: list[tuple[Ringer, Step, RuleState]] = []
        watermark_us = self._watermark_us([reading])
        with transaction.atomic():
            self._lease.renew(now())
            outcomes = ring_each(self._rulebook.ringers, checked.batches, self._memory, watermark_us, self._formats())
            for outcome in outcomes:
                checked.alarms.append(outcome) if isinstance(outcome, Alarm) else states.append(outcome)
            checked.alarms += self._count_carefully(reading)
            for alarm in checked.alarms:
                sound(alarm, now())
            self._progress.save([reading])
        for alarm in checked.alarms:
            log.error("source %s: %d events were not checked: %s", alarm.source, alarm.events, alarm.reason)
        self._take(states, [reading])
        if self._suspects.get(reading.source, -1) <= reading.version:
            self._suspects.pop(reading.source, None)

    def _count_carefully(self, reading: Reading) -> list[Alarm]:
        try:
            with transaction.atomic():
                count_readings([reading], self._late_before_us([reading]))
        except NOT_THE_EVENTS:
            raise
        except Exception as error:  # counts are worth less than detection; that they are wrong is told
            log.exception("counting the events of source %s failed", reading.source)
            return [Alarm(UNCHECKED, reading.source, describe(error), rule="counts")]
        return []

    def _take(self, states: Sequence[tuple[Ringer, Step, RuleState]], readings: Sequence[Reading]) -> None:
        """What a pass has committed is true now."""
        for ringer, step, state in states:
            self._memory.remember(ringer, state, is_saved=step.is_kept)
        self._progress.advance(readings)
        self._memory.forget(self._watermark_us())

    def _match(self, source: str, table: pa.Table) -> Matches:
        facts = self._sources.get(source)
        return match(table, self._rulebook.plan, facts.logsource if facts else LogSource())

    def _advance(self, batches: Sequence[Batch], watermark_us: int) -> list[tuple[Ringer, Step]]:
        """The steps of the rules that have news, and of those that wait for the watermark: each after its feeders."""
        steps = []
        signals: dict[str, Signals] = {}
        for ringer in self._rulebook.ringers:
            arrivals = collect(ringer, batches, signals)
            if arrivals is not None or ringer.waits:
                step = advance(ringer, self._memory.state(ringer), arrivals, watermark_us, MAX_SAMPLES)
                signals[ringer.meta.id] = step.signals
                steps.append((ringer, step))
        return steps

    def _commit(
        self, readings: Sequence[Reading], batches: Sequence[Batch], steps: Sequence[tuple[Ringer, Step]]
    ) -> list[tuple[Ringer, Step, RuleState]]:
        states = []
        batches, steps = self._with_samples(batches, steps)
        with transaction.atomic():
            self._lease.renew(now())
            for ringer, step in steps:
                opened = ring(ringer, step, batches, self._formats())
                self._memory.save(ringer, step)
                states.append((ringer, step, with_keys(step.state, opened)))
            count_readings(readings, self._late_before_us(readings))
            self._progress.save(readings)
        return states

    def _with_samples(
        self, batches: Sequence[Batch], steps: Sequence[tuple[Ringer, Step]]
    ) -> tuple[list[Batch], list[tuple[Ringer, Step]]]:
        """``steps`` with sample events also where the events came in earlier passes."""
        known = {name: facts.logsource for name, facts in self._sources.items() if self._reader.has(name)}
        lookup = Lookup(self._store, self._rulebook.plan.rules, known)
        read = list(batches)
        return read, [(ringer, lookup.complete(ringer, step, read, MAX_SAMPLES)) for ringer, step in steps]

    def _formats(self) -> dict[str, str]:
        return {name: facts.format for name, facts in self._sources.items()}

    def _late_before_us(self, readings: Sequence[Reading]) -> dict[str, int]:
        """Per source, the moment before which an event comes later than allowed."""
        newest = self._progress.newest_us
        quiet_us = self._progress.quiet_us(min((each.first_received_us for each in readings), default=0))
        return {
            reading.source: newest.get(reading.source, 0)
            + quiet_us
            - (facts.lateness_us if (facts := self._sources.get(reading.source)) else self._lateness_us)
            for reading in readings
        }


def run(
    store: Store, folders: RuleFolders, lateness_s: int, stop: threading.Event, calendars: Calendars | None = None
) -> None:
    """Detect until ``stop``. Raises: ConfigError where a rule folder does not exist."""
    detector = Detector(store, folders, lateness_s, calendars)
    try:
        detector.run(stop)
    finally:
        connection.close()
