"""Columns of text → the table that a format gives: the system columns, then the fields by name."""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.formats import OTHERS, REJECTED, SYSTEM_SCHEMA
from tocsin.formats.body import Texts
from tocsin.formats.columns import Columns, Record, encode
from tocsin.formats.moments import OUT_OF_RANGE, TIME, TIME_FIELDS, describe, read_moments
from tocsin.formats.rowids import new_ids
from tocsin.kernel.clock import to_us
from tocsin.kernel.issues import RecordIssue
from tocsin.kernel.limits import MAX_CLOCK_AHEAD_S


@dataclass(slots=True)
class Parsed:
    """What a format has read of a body.

    Attributes:
        fields: field → text column, plain or a dictionary, of one value a record; `_id` and `_time` are
            read and taken out.
        rejected: row → why no field could be read.
        notes: row → what was mended or left, for records that are kept.
        moments: event times in µs since 1970 as `moments.read_moments` gives them, where the format
            itself knows them; else they are sought in the fields.
        extra: row → the fields that found no column.
        others: a list of texts a record, the values of fields that were not chosen; None if all were.
    """

    fields: Columns
    rejected: dict[int, str] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    moments: pa.Array | None = None
    extra: dict[int, Record] = field(default_factory=dict)
    others: pa.Array | None = None


def build_table(texts: Texts, parsed: Parsed, received_at: datetime) -> tuple[pa.Table, list[RecordIssue]]:
    """The table of a body and the issues of its records, by row.

    Shape: `SYSTEM_SCHEMA`, then one string column a field in order of name; a column that repeats
    itself is dictionary-encoded.
    """
    count = len(texts.raw)
    received_us = to_us(received_at)
    rejected = parsed.rejected | texts.rejected
    _blank(parsed, texts.rejected, count)
    notes = _join(texts.notes, parsed.notes)
    time = _event_times(parsed, received_us, notes, count)
    notes = {row: note for row, note in notes.items() if row not in rejected}
    system = [
        _ids(parsed.fields.pop("_id", None), count),
        time,
        pa.repeat(pa.scalar(received_us, type=pa.int64()), count).cast(TIME),
        texts.raw,
        _sparse(notes | {row: REJECTED + reason for row, reason in rejected.items()}, count),
        _sparse({row: orjson.dumps(fields).decode() for row, fields in parsed.extra.items()}, count),
    ]
    parsed.fields.pop("_time", None)
    columns = {name: encode(parsed.fields[name]) for name in sorted(parsed.fields)}
    schema = [*SYSTEM_SCHEMA, *(pa.field(name, column.type) for name, column in columns.items())]
    table = pa.Table.from_arrays([*system, *columns.values()], schema=pa.schema(schema))
    if parsed.others is not None:
        table = table.append_column(OTHERS, parsed.others)
    return table, _issues(rejected, notes)


def _blank(parsed: Parsed, rejected: dict[int, str], count: int) -> None:
    """What was read of the beginning of a record that is too long is not the record."""
    if not rejected:
        return
    is_kept = np.ones(count, dtype=bool)
    is_kept[list(rejected)] = False
    mask = pa.array(is_kept)
    parsed.fields = {name: pc.if_else(mask, column.cast(pa.string()), None) for name, column in parsed.fields.items()}
    parsed.moments = None if parsed.moments is None else pc.if_else(mask, parsed.moments, None)
    parsed.extra = {row: fields for row, fields in parsed.extra.items() if row not in rejected}
    parsed.others = None if parsed.others is None else pc.if_else(mask, parsed.others, None)


def _ids(own: pa.Array | None, count: int) -> pa.Array:
    made = new_ids(count)
    return made if own is None else pc.coalesce(own.cast(pa.string()), made)


def _event_times(parsed: Parsed, received_us: int, notes: dict[int, str], count: int) -> pa.Array:
    """The moments that can be kept; a record without one happened when it was received."""
    found = parsed.moments if parsed.moments is not None else _seek_moments(parsed.fields)
    if found is None:
        return pa.repeat(pa.scalar(received_us, type=pa.int64()), count).cast(TIME)
    latest_us = received_us + MAX_CLOCK_AHEAD_S * 1_000_000
    is_odd = pc.fill_null(pc.or_(pc.equal(found, OUT_OF_RANGE), pc.greater(found, latest_us)), False)
    for row in np.flatnonzero(is_odd.to_numpy(zero_copy_only=False)).tolist():
        notes.update(_join({row: notes[row]} if row in notes else {}, {row: _odd_time(found[row].as_py())}))
    return pc.fill_null(pc.if_else(is_odd, None, found), received_us).cast(TIME)


def _odd_time(us: int) -> str:
    if us == OUT_OF_RANGE:
        return "the event's time is not between 1970 and 2261; the time of receipt stands for it"
    ahead_h = MAX_CLOCK_AHEAD_S // 3600
    return f"the event's time {describe(us)} is over {ahead_h} h after its receipt; the time of receipt stands for it"


def _seek_moments(fields: Columns) -> pa.Array | None:
    """The first of `TIME_FIELDS` that can be read, for each record."""
    found: pa.Array | None = None
    for name in TIME_FIELDS:
        if name not in fields:
            continue
        moments = read_moments(fields[name].cast(pa.string()))
        found = moments if found is None else pc.coalesce(found, moments)
        if not found.null_count:
            break
    return found


def _sparse(values: dict[int, str], count: int) -> pa.Array:
    """A string column that is null but for ``values``."""
    if not values:
        return pa.nulls(count, pa.string())
    places = np.full(count, -1, dtype=np.int64)
    places[list(values)] = np.arange(len(values))
    return pa.array(list(values.values()), type=pa.string()).take(pa.array(places, mask=places < 0))


def _join(*many: dict[int, str]) -> dict[int, str]:
    joined: dict[int, str] = {}
    for notes in many:
        for row, note in notes.items():
            joined[row] = f"{joined[row]}; {note}" if row in joined else note
    return joined


def _issues(rejected: dict[int, str], notes: dict[int, str]) -> list[RecordIssue]:
    found = [RecordIssue(row + 1, reason, is_rejected=True) for row, reason in rejected.items()]
    found += [RecordIssue(row + 1, note, is_rejected=False) for row, note in notes.items()]
    return sorted(found, key=lambda issue: issue.record)
