"""Text → event times: ISO 8601 in its usual spellings, and epochs in s, ms, µs or ns."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from tocsin.kernel.clock import to_us

TIME: Final = pa.timestamp("us", tz="UTC")

TIME_FIELDS: Final = (
    "_time",
    "@timestamp",
    "timestamp",
    "Timestamp",
    "time",
    "eventTime",
    "EventTime",
    "event_time",
    "ts",
    "datetime",
    "date",
    "UtcTime",
    "TimeCreated",
    "CreationTime",
    "created_at",
    "published",
    "event.created",
    "Event.System.TimeCreated.#attributes.SystemTime",
    "Event.System.TimeCreated_attributes.SystemTime",
    "requestReceivedTimestamp",
    "stageTimestamp",
)
"""Where an event says when it happened; the first that can be read wins."""

_EPOCH: Final = re.compile(r"[+-]?\d+(\.\d*)?([eE][+-]?\d{1,2})?", re.ASCII)
_DAY: Final = re.compile(r"(?:19|20)\d{6}", re.ASCII)
_UNITS: Final = ((10**11, 1_000_000.0), (10**14, 1_000.0), (10**17, 1.0), (10**20, 0.001))
_BEYOND_US: Final = (r"\A([0-9-]{10}[T ][0-9:]{8}\.[0-9]{6})[0-9]{1,3}", r"\1")
_ZONE: Final = re.compile(r"\s*(?:UTC|GMT|[zZ])$")
_LEAP: Final = re.compile(r"(\d\d:\d\d):60(?!\d)")
_FIRST_US: Final = 0
_LAST_US: Final = to_us(datetime(2262, 1, 1, tzinfo=UTC))
OUT_OF_RANGE: Final = -1
"""Stands for a moment outside 1970 to 2261, which can be read but not kept."""


def read_moments(texts: pa.Array) -> pa.Array:
    """Each text as microseconds since 1970 (int64): null where it is no time, `OUT_OF_RANGE` where it cannot be kept.

    Cost: columns at a time for the plain spellings of ISO 8601, else one look at each distinct text.
    """
    for is_cut in (False, True):
        spelled = pc.replace_substring_regex(texts, *_BEYOND_US) if is_cut else texts
        for kind in (pa.timestamp("us"), TIME):
            try:
                found = spelled.cast(kind).cast(pa.int64())
            except pa.ArrowInvalid:
                continue
            return _keep_range(found)
    return map_distinct(texts, read_moment)


def read_moment(text: str) -> int | None:
    """One text as microseconds since 1970, `OUT_OF_RANGE` or None, as `read_moments` says."""
    text = text.strip()
    is_epoch = _EPOCH.fullmatch(text) and not _DAY.fullmatch(text)
    us = _read_epoch(text) if is_epoch else _read_iso(text)
    if us is None:
        return None
    return us if _FIRST_US <= us < _LAST_US else OUT_OF_RANGE


def map_distinct(texts: pa.Array, read: Callable[[str], int | None]) -> pa.Array:
    """``read`` of every text as int64, called once for each distinct one."""
    encoded = texts.dictionary_encode()
    values = pa.array([read(text) for text in encoded.dictionary.to_pylist()], type=pa.int64())
    return values.take(encoded.indices)


def _keep_range(us: pa.Array) -> pa.Array:
    is_kept = pc.and_(pc.greater_equal(us, _FIRST_US), pc.less(us, _LAST_US))
    return pc.if_else(is_kept, us, OUT_OF_RANGE)


def _read_epoch(text: str) -> int | None:
    """Which unit is meant follows from the size: seconds reach to the year 5138, and so on."""
    whole = int(text) if text.lstrip("+-").isdigit() and len(text) < 24 else None
    number = float(text) if whole is None else whole
    for limit, factor in _UNITS:
        if abs(number) < limit:
            return round(number * factor) if factor != 0.001 else int(number) // 1000
    return None


def _read_iso(text: str) -> int | None:
    text = _LEAP.sub(r"\1:59", _ZONE.sub("+00:00", text, count=1), count=1)
    try:
        moment = datetime.fromisoformat(text)
        return to_us(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment)
    except (ValueError, OverflowError):
        return None


def describe(us: int) -> str:
    """``us`` as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(us // 1_000_000, tz=UTC).isoformat().replace("+00:00", "Z")
