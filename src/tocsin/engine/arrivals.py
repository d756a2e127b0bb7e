"""Arrivals: what of a batch, and of other correlations, feeds a ringing rule."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.engine.compare import Texts
from tocsin.engine.fields import Columns
from tocsin.engine.match import Matches
from tocsin.engine.measures import Bools, Kept
from tocsin.engine.ringers import Feed, Ringer
from tocsin.engine.windows import ODD, Hashes, Ints
from tocsin.rules.model import Similar

MAX_GROUP_VALUE = 500
"""Characters of a group's value; a longer one is cut and told apart by its hash."""
NOWHERE = -1
"""The batch of an arrival that is no event but a correlation's match."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one source, in one table, and what they matched."""

    source: str
    table: pa.Table
    matches: Matches


@dataclass(frozen=True, slots=True)
class Signal:
    """Matches of a correlation: parallel arrays of groups, by their place in ``texts``, and times.

    Attributes:
        fields: names of the group's fields.
    """

    fields: tuple[str, ...]
    texts: list[str]
    group: Ints
    time: Ints


@dataclass(frozen=True, slots=True)
class Signals:
    """What a correlation tells those that name it: its satisfied windows, and the beginnings of its episodes."""

    windows: Signal | None = None
    episodes: Signal | None = None


@dataclass(frozen=True, slots=True)
class Arrivals:
    """A batch's matched events for one ringer: group texts, and parallel arrays over events.

    Attributes:
        batch, row: where the event stands, for samples; `NOWHERE` for a correlation's match.
        said: columns `text` and `actor`, parallel to the rest, of a rule about what is nearly the same.
        is_timeless: whether the event happened when it was received; None where each has a time of its own.
    """

    texts: list[str]
    group: Ints
    time: Ints
    event: Hashes
    value: Hashes
    batch: Ints
    row: Ints
    said: pa.Table | None = None
    is_timeless: Bools | None = None


def collect(ringer: Ringer, batches: Sequence[Batch], signals: Mapping[str, Signals] | None = None) -> Arrivals | None:
    """The events of ``batches`` and the ``signals`` of correlations that feed ``ringer``; None where there are none.

    An event without a value for a group's field belongs to no group and is not counted by a
    correlation; a detection rule by itself counts it under an empty value. An event without a value
    to count, or without a number where a number is taken, is not counted.
    """
    parts = [
        part
        for place, batch in enumerate(batches)
        for feed in ringer.feeds
        if not feed.correlation and (part := _collect_feed(ringer, feed, place, batch)) is not None
    ]
    parts += [
        part
        for feed in ringer.feeds
        if feed.correlation in (signals or {})
        and (part := _collect_signals(ringer, feed, (signals or {})[feed.correlation])) is not None
    ]
    return _join(parts) if parts else None


def _join(parts: Sequence[Arrivals]) -> Arrivals:
    if len(parts) == 1:
        return parts[0]
    texts: list[str] = []
    groups = []
    for part in parts:
        groups.append(part.group + len(texts))
        texts.extend(part.texts)
    names = ("time", "event", "value", "batch", "row")
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    said = [part.said for part in parts if part.said is not None]
    timeless = [np.zeros(len(part.time), bool) if part.is_timeless is None else part.is_timeless for part in parts]
    return Arrivals(
        texts,
        np.concatenate(groups),
        **arrays,
        said=pa.concat_tables(said) if said else None,
        is_timeless=np.concatenate(timeless),
    )


def _collect_feed(ringer: Ringer, feed: Feed, place: int, batch: Batch) -> Arrivals | None:
    rows = batch.matches.rows_of(feed.rule)
    if not len(rows):
        return None
    codes, texts = _groups(batch.table, rows, feed.group_by)
    values, keep = _values(ringer, feed, batch.table, rows)
    if not ringer.keeps_groupless:
        keep &= codes >= 0
    said = _said(ringer.similar, feed, batch.table, rows) if ringer.similar else None
    if said is not None:
        keep &= pc.is_valid(said["text"]).to_numpy()
    if not keep.any():
        return None
    taken = batch.table.select(["_id", "_time", "_received"]).take(pa.array(rows))
    times = taken["_time"].cast(pa.int64()).to_numpy()
    is_timeless = times == taken["_received"].cast(pa.int64()).to_numpy()
    events, _ = _hashed(taken["_id"], salt=batch.source.encode())
    return Arrivals(
        texts,
        codes[keep],
        times[keep] + feed.delay_us,
        events[keep],
        values[keep],
        np.full(len(rows), place)[keep],
        rows[keep],
        None if said is None else said.filter(pa.array(keep)),
        is_timeless[keep],
    )


def _said(similar: Similar, feed: Feed, table: pa.Table, rows: Ints) -> pa.Table:
    """What each event says, and who says it, for people: of several counted fields, the first."""
    columns = {"text": similar.field, "actor": feed.counted[0]}
    return pa.table({name: _column(table, field, rows).cast(pa.string()) for name, field in columns.items()})


def _values(ringer: Ringer, feed: Feed, table: pa.Table, rows: Ints) -> tuple[Hashes, npt.NDArray[np.bool_]]:
    """What the measure takes of each row, and which rows have it."""
    kept = ringer.measure.kept
    if kept is Kept.NUMBER:
        return _numbers(_column(table, feed.counted[0], rows))
    if kept is Kept.HASH:
        values, has_value = _hashed(_column(table, feed.counted[0], rows))
        for field in feed.counted[1:]:
            more, has_more = _hashed(_column(table, field, rows))
            values, has_value = values * ODD ^ more, has_value & has_more
        return values, has_value
    bit = 1 << feed.place if kept is Kept.RULES else 0
    return np.full(len(rows), bit, np.uint64), np.ones(len(rows), bool)


def _collect_signals(ringer: Ringer, feed: Feed, signals: Signals) -> Arrivals | None:
    """A correlation's matches as events that have the fields of its group and no others."""
    signal = signals.episodes if feed.is_by_episode else signals.windows
    if signal is None or not len(signal.time):
        return None
    table = _as_table(signal)
    rows = np.arange(len(signal.texts))
    codes, texts = _groups(table, rows, feed.group_by)
    values, keep = _values(ringer, feed, table, rows)
    keep = (keep & (codes >= 0))[signal.group]
    if not keep.any():
        return None
    group, time = signal.group[keep], signal.time[keep] + feed.delay_us
    identities, _ = _hashed(table["_id"], salt=feed.correlation.encode())
    events = identities[group] ^ (time.view(np.uint64) * ODD)
    nowhere = np.full(len(group), NOWHERE)
    return Arrivals(texts, codes[group], time, events, values[group], nowhere, nowhere)


def _as_table(signal: Signal) -> pa.Table:
    groups = [orjson.loads(text) for text in signal.texts]
    columns = {field: pa.array([group[place] for group in groups]) for place, field in enumerate(signal.fields)}
    return pa.table({"_id": pa.array(signal.texts), **columns})


def _groups(table: pa.Table, rows: Ints, fields: tuple[str, ...]) -> tuple[Ints, list[str]]:
    """Per row the place of its group in the texts beside; -1 where a field has no value."""
    if not fields:
        return np.zeros(len(rows), np.int64), ["[]"]
    coded = [_column(table, field, rows).combine_chunks().dictionary_encode() for field in fields]
    indices = np.stack([column.indices.fill_null(-1).to_numpy(zero_copy_only=False) for column in coded])
    distinct, places = np.unique(indices, axis=1, return_inverse=True)
    dictionaries = [column.dictionary.to_pylist() for column in coded]
    texts = [
        orjson.dumps(
            [_bounded(values[code]) if code >= 0 else "" for values, code in zip(dictionaries, codes, strict=True)]
        ).decode()
        for codes in distinct.T.tolist()
    ]
    places = places.reshape(-1).astype(np.int64)
    return np.where((indices >= 0).all(axis=0), places, -1), texts


def _bounded(value: str) -> str:
    """A group's value as it is kept and shown: without NUL, which databases refuse; a huge one by its hash."""
    value = value.replace("\x00", "\ufffd")
    if len(value) <= MAX_GROUP_VALUE:
        return value
    return f"{value[:MAX_GROUP_VALUE]}…{hashlib.blake2b(value.encode(), digest_size=8).hexdigest()}"


def _column(table: pa.Table, field: str, rows: Ints) -> pa.ChunkedArray:
    """A field's text at ``rows``, nulls where no column holds it."""
    column = Columns(table).column(field)
    if column is None:
        return pa.chunked_array([pa.nulls(len(rows), pa.string())])
    taken = column.take(pa.array(rows))
    return taken.cast(pa.string()) if pa.types.is_dictionary(taken.type) else taken


def _numbers(texts: pa.ChunkedArray) -> tuple[Hashes, npt.NDArray[np.bool_]]:
    """The bits of each text's number, and whether it is one. Each distinct text is read once."""
    coded = texts.combine_chunks().dictionary_encode()
    numbers = np.append(Texts(coded.dictionary.cast(pa.string())).numbers + 0.0, np.nan)
    found = numbers[coded.indices.fill_null(len(numbers) - 1).to_numpy(zero_copy_only=False)]
    return found.view(np.uint64), ~np.isnan(found)


def _hashed(texts: pa.ChunkedArray, salt: bytes = b"") -> tuple[Hashes, npt.NDArray[np.bool_]]:
    """A 64-bit hash of each text, and whether there is one. Each distinct text is hashed once."""
    coded = texts.combine_chunks().dictionary_encode()
    salt = hashlib.blake2b(salt, digest_size=16).digest()
    digests = b"".join(
        hashlib.blake2b(text.encode(), digest_size=8, salt=salt).digest() for text in coded.dictionary.to_pylist()
    )
    hashes = np.frombuffer(digests, np.uint64)
    is_valid = pc.is_valid(coded).to_numpy(zero_copy_only=False)
    codes = coded.indices.fill_null(0).to_numpy(zero_copy_only=False)
    return (hashes[codes] if len(hashes) else np.zeros(len(texts), np.uint64)), is_valid
