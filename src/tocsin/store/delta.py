"""One Delta table as delta-rs keeps it: made, widened and committed to, beside other processes that do the same.

Whoever loses a race (for the table's making, for a new column, for a version) reads the log again and
repeats only that step. Every commit carries an id, and one that failed is looked for in the log before
it is repeated or reported: an answer that got lost neither doubles nor loses a record.
"""

import random
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from deltalake import CommitProperties, DeltaTable, Field, PostCommitHookProperties, Schema, Transaction
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError
from deltalake.schema import PrimitiveType
from deltalake.transaction import AddAction, RemoveAction

from tocsin.kernel.errors import StoreError
from tocsin.store import log
from tocsin.store.columns import DAY, Fit, fit
from tocsin.store.faults import STORAGE_ERRORS, explain
from tocsin.store.parquet import STATS_COLUMNS
from tocsin.store.place import Place

COMMITS_A_CHECKPOINT: Final = 100
"""delta-rs reads every entry since the checkpoint at each commit: some 25 ms more a hundred, measured."""

_ATTEMPTS: Final = 30
_TEXT: Final = PrimitiveType("string")
_MOMENT: Final = PrimitiveType("timestamp")
_SCHEMA: Final = Schema(
    [
        Field("_id", _TEXT, nullable=False),
        Field("_time", _MOMENT, nullable=False),
        Field("_received", _MOMENT, nullable=False),
        Field("_raw", _TEXT, nullable=False),
        Field("_error", _TEXT),
        Field("_extra", _TEXT),
        Field(DAY, PrimitiveType("date")),
    ]
)
_CONFIGURATION: Final = {
    "delta.dataSkippingStatsColumns": ",".join(STATS_COLUMNS),
    "delta.checkpointInterval": str(COMMITS_A_CHECKPOINT),
    # `upkeep.sweep` clears the log and the files: it alone knows how far the readers are.
    "delta.enableExpiredLogCleanup": "false",
    "delta.deletedFileRetentionDuration": "interval 1 hours",
}
_AFTER_COMMIT: Final = PostCommitHookProperties(create_checkpoint=True, cleanup_expired_logs=False)


class UncertainCommitError(StoreError):
    """A commit may have been made, but its log entry cannot be read or flushed: it is not acknowledged, nor undone."""


class Delta:
    """A table's newest state, read again before each change. Not for several threads at once."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._handle: DeltaTable | None = None

    def load(self) -> DeltaTable:
        """The table as it is now.

        Raises: TableNotFoundError where there is none; whatever the storage raises.
        """
        if self._handle is not None:
            try:
                self._handle.update_incremental()
            except DeltaError:  # too far behind to be brought up to date: read it anew
                self._handle = None
        if self._handle is None:
            self._handle = DeltaTable(self._place.uri, storage_options=self._place.options)
        return self._handle

    def column_names(self) -> list[str]:
        """The columns, the day of receipt included; none where there is no table."""
        try:
            return [field.name for field in self.load().schema().fields]
        except TableNotFoundError:
            return []

    def widen(self, fields: Iterable[str]) -> Fit:
        """Give each of ``fields`` a column, making the table and new columns where needed."""
        wanted = list(fields)
        for attempt in range(_ATTEMPTS):
            existing = self.column_names() or self._make()
            found = fit(wanted, existing)
            if not found.new:
                return found
            try:
                self.load().alter.add_columns([Field(name, _TEXT) for name in found.new])
            except CommitFailedError:
                self._lose(attempt)
        raise StoreError(f"{self._place.uri} is changed by others without pause; {len(found.new)} columns wait")

    def commit(self, actions: Sequence[AddAction | RemoveAction], offsets: Mapping[str, int]) -> int:
        """Make ``actions`` and the transaction identifiers ``offsets`` one new version, again after a lost race.

        Raises: UncertainCommitError; any other error means that nothing was committed.
        """
        for attempt in range(_ATTEMPTS):
            try:
                return self.commit_once(actions, offsets)
            except CommitFailedError:
                self._lose(attempt)
        raise StoreError(f"{self._place.uri} is changed by others without pause; a commit lost {_ATTEMPTS} races")

    def commit_once(
        self, actions: Sequence[AddAction | RemoveAction], offsets: Mapping[str, int], base: DeltaTable | None = None
    ) -> int:
        """As `commit`, but a race lost since ``base`` (None: now), for one of ``offsets`` or the schema, is an error.

        Raises: CommitFailedError; UncertainCommitError.
        """
        handle = base or self.load()
        before, commit_id = handle.version(), uuid.uuid4().hex
        try:
            handle.create_write_transaction(
                list(actions),
                "append",
                handle.schema(),
                [DAY],
                commit_properties=CommitProperties(
                    custom_metadata={log.COMMIT_ID: commit_id},
                    app_transactions=[Transaction(reader, offset) for reader, offset in offsets.items()],
                ),
                post_commithook_properties=_AFTER_COMMIT,
            )
        except STORAGE_ERRORS as error:
            self._handle = None
            version = self._settle(before, commit_id, error)
            if version is None:
                raise
            return version
        return self._settle(before, commit_id) or 0

    def _settle(self, before: int, commit_id: str, error: Exception | None = None) -> int | None:
        """The version after ``before`` that has ``commit_id``, made durable with those before it; None: it has none.

        It may be there although delta-rs gave an ``error``: the answer got lost, or what it does after
        a commit (a checkpoint) failed.
        """
        try:
            for entry in log.entries(self._place, before):
                self._place.sync(log.entry_path(entry.version))
                if entry.commit_id == commit_id:
                    return entry.version
        except (*STORAGE_ERRORS, StoreError) as second:
            cause = explain(error or second, self._place.uri)
            raise UncertainCommitError(f"{cause}; whether the last records were kept is not known") from second
        return None

    def _make(self) -> list[str]:
        """Make the table, unless another process just did; returns its columns."""
        try:
            DeltaTable.create(
                self._place.uri,
                _SCHEMA,
                partition_by=[DAY],
                configuration=_CONFIGURATION,
                storage_options=self._place.options,
            )
        except DeltaError:
            if log.read_entry(self._place, 0) is None:
                raise
        self._place.sync(log.entry_path(0))
        self._place.sync_above()
        return [field.name for field in _SCHEMA.fields]

    def _lose(self, attempt: int) -> None:
        """After a lost race: forget what was known, and wait a little, the longer the more races were lost."""
        self._handle = None
        time.sleep(random.uniform(0, 0.01 * min(attempt + 1, 20)))
