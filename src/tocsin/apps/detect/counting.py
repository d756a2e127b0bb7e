"""What came in: events, rejected and late records a minute of receipt, and the newest rejected records themselves."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from django.db.models import F

from tocsin.apps.detect.reading import Reading
from tocsin.apps.detect.texts import storable
from tocsin.apps.intake.models import RejectedRecord, SourceMinute
from tocsin.formats import REJECTED
from tocsin.kernel.clock import from_us

MINUTE_US = 60 * 1_000_000
KEPT_REJECTED = 100
"""Rejected records kept a source for the console; all of them stay in the store."""
_SHOWN_CHARACTERS = 2_000


def count_readings(readings: Iterable[Reading], late_before_us: dict[str, int]) -> None:
    """Add ``readings`` to the counts. An event before its source's moment in ``late_before_us`` came late."""
    for reading in readings:
        table = reading.table
        if not table.num_rows:
            continue
        is_rejected = rejected(table)
        _add_minutes(reading, is_rejected, late_before_us.get(reading.source, 0))
        if is_rejected.any():
            _keep_rejected(reading.source, table.filter(pa.array(is_rejected)))


def rejected(table: pa.Table) -> npt.NDArray[np.bool_]:
    """Which rows are records that no field could be read from."""
    is_rejected: npt.NDArray[np.bool_] = (
        pc.starts_with(table["_error"].cast(pa.string()), REJECTED).fill_null(False).to_numpy()
    )
    return is_rejected


def _add_minutes(reading: Reading, is_rejected: npt.NDArray[np.bool_], late_before_us: int) -> None:
    table = reading.table
    minutes = table["_received"].cast(pa.int64()).to_numpy() // MINUTE_US
    sizes = pc.binary_length(table["_raw"]).to_numpy()
    is_late = table["_time"].cast(pa.int64()).to_numpy() < late_before_us
    for minute in np.unique(minutes):
        rows = minutes == minute
        counts = {
            "accepted": int((rows & ~is_rejected).sum()),
            "rejected": int((rows & is_rejected).sum()),
            "late": int((rows & is_late).sum()),
            "size_bytes": int(sizes[rows].sum()),
        }
        row, is_new = SourceMinute.objects.get_or_create(
            source=reading.source, minute=from_us(int(minute) * MINUTE_US), defaults=counts
        )
        if not is_new:
            added = {name: F(name) + count for name, count in counts.items()}
            SourceMinute.objects.filter(pk=row.pk).update(**added)


def _keep_rejected(source: str, table: pa.Table) -> None:
    newest = table.slice(max(0, table.num_rows - KEPT_REJECTED))
    RejectedRecord.objects.bulk_create(
        RejectedRecord(
            source=source,
            event_id=storable(row["_id"], 200),
            received_at=row["_received"],
            reason=storable(row["_error"].removeprefix(REJECTED), _SHOWN_CHARACTERS),
            raw=storable(row["_raw"], _SHOWN_CHARACTERS),
        )
        for row in newest.select(["_id", "_received", "_error", "_raw"]).to_pylist()
    )
    kept = RejectedRecord.objects.filter(source=source).order_by("-pk")[:KEPT_REJECTED]
    oldest = min(kept.values_list("pk", flat=True))
    RejectedRecord.objects.filter(source=source, pk__lt=oldest).delete()
