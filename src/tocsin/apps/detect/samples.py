"""Sample events of an alert: read again from their raw records, so that every field can be shown."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from tocsin.apps.detect.texts import storable
from tocsin.engine.arrivals import Batch
from tocsin.engine.correlate import Sample
from tocsin.formats import load_format
from tocsin.kernel.errors import ConfigError

MAX_SAMPLES = 10
_SHOWN_FIELDS = 200


def read_samples(
    samples: Sequence[Sample], batches: Sequence[Batch], formats: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Each sample as {id, time, source, raw, fields}; a record that can no longer be read keeps its raw text."""
    shown = []
    for sample in samples:
        batch = batches[sample.batch]
        row = batch.table.select(["_id", "_time", "_received", "_raw"]).slice(sample.row, 1).to_pylist()[0]
        shown.append(
            {
                "id": storable(row["_id"]),
                "time": row["_time"].isoformat(),
                "source": batch.source,
                "raw": storable(row["_raw"]),
                "fields": _fields(row["_raw"], row["_received"], formats.get(batch.source, "json")),
            }
        )
    return shown


def choose_samples(
    known: Sequence[dict[str, Any]], samples: Sequence[Sample], batches: Sequence[Batch]
) -> Sequence[Sample]:
    """Those of ``samples`` (in order of time) that `merge_samples` would keep beside ``known``: reading one costs."""
    if len(known) < MAX_SAMPLES:
        return samples
    half = MAX_SAMPLES // 2
    early, late = known[half - 1]["time"], known[half]["time"]
    timed = [(batches[sample.batch].table["_time"][sample.row].as_py().isoformat(), sample) for sample in samples]
    earlier = [sample for time, sample in timed if time < early]
    later = [sample for time, sample in timed if time > late]
    return [*earlier[:half], *later[-half:]]


def merge_samples(old: Sequence[dict[str, Any]], new: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first and the last of both by time, `MAX_SAMPLES` in all."""
    by_id = {(sample["source"], sample["id"]): sample for sample in (*old, *new)}
    ordered = sorted(by_id.values(), key=lambda sample: (sample["time"], sample["id"]))
    if len(ordered) <= MAX_SAMPLES:
        return ordered
    half = MAX_SAMPLES // 2
    return [*ordered[:half], *ordered[-half:]]


def _fields(raw: str, received_at: datetime, name: str) -> dict[str, str]:
    try:
        table, _ = load_format(name).parse(raw.encode(), received_at=received_at)
    except ConfigError:
        return {}  # a format of another version of Tocsin
    fields = [column for column in table.column_names if not column.startswith("_")][:_SHOWN_FIELDS]
    if not table.num_rows:
        return {}
    row = table.select(fields).slice(0, 1)
    values = {field: row[field].cast(pa.string())[0].as_py() for field in fields}
    return {storable(field): storable(value) for field, value in values.items() if value is not None}
