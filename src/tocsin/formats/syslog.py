"""Syslog: RFC 5424 with structured data, RFC 3164 as it is found in files and on wires.

Fields: `facility`, `severity`, `host`, `app`, `pid`, `msgid`, `message`, and `sd.<id>.<name>` for
structured data. A line needs a priority or a header with a time and a host; any other is rejected.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.formats.body import Texts, read_texts, split_lines
from tocsin.formats.columns import Columns, Flattener, Record, column_limit
from tocsin.formats.extract import Overlay, extract, map_where, null_if
from tocsin.formats.moments import map_distinct, read_moment
from tocsin.formats.table import Parsed, build_table
from tocsin.kernel.clock import to_us
from tocsin.kernel.issues import RecordIssue
from tocsin.kernel.logsource import LogSource

LOGSOURCE: Final = LogSource(product="linux")
REJECTED: Final = "not syslog: no priority such as <34> and no header such as 'Jan 31 09:30:00 host app[pid]:'"

_FACILITIES: Final = (
    *("kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp"),
    *("ntp", "audit", "alert", "clock"),
    *(f"local{number}" for number in range(8)),
)
_SEVERITIES: Final = ("emerg", "alert", "crit", "err", "warning", "notice", "info", "debug")
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_NILABLE: Final = ("time", "host", "app", "pid", "msgid", "sd")

_PRI: Final = r"<(?P<pri>0|[1-9]\d?|1[0-8]\d|19[01])>"
_RFC5424: Final = (
    rf"^{_PRI}[1-9]\d? (?P<time>\S+) (?P<host>\S+) (?P<app>\S+) (?P<pid>\S+) (?P<msgid>\S+) "
    r'(?P<sd>-|(?:\[(?:[^\]"\\]|"(?:[^"\\]|\\.)*")*\])+)(?: (?P<message>(?s:.*)))?$'
)
_STAMP: Final = (
    rf"(?:{'|'.join(_MONTHS)}) {{1,2}}\d{{1,2}} (?:\d{{4}} )?\d\d:\d\d:\d\d(?:\.\d+)?"
    r"|\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S*"
)
_RFC3164: Final = rf"^(?:{_PRI})?\*?(?P<time>{_STAMP}):? (?P<host>[^\s:]+) (?P<content>(?s:.*))$"
_PRI_ONLY: Final = rf"^{_PRI}(?P<content>(?s:.*))$"
_CONTENT: Final = r"^(?:(?P<app>[^\s:\[\]]+)(?:\[(?P<pid>[^\]\s]*)\])?:(?: |$))?(?P<message>(?s:.*))$"

_OLD_STAMP: Final = re.compile(r"(\w{3}) +(\d+) (?:(\d{4}) )?(\d\d):(\d\d):(\d\d)(?:\.(\d+))?")
_ELEMENT: Final = re.compile(r'\[([^\s\]="]+)((?:[^\]"\\]|"(?:[^"\\]|\\.)*")*)\]')
_PARAMETER: Final = re.compile(r'([^\s="]+)="((?:[^"\\]|\\.)*)"')
_ESCAPED: Final = re.compile(r'\\(["\\\]])')


def parse(data: bytes, *, received_at: datetime) -> tuple[pa.Table, list[RecordIssue]]:
    """Read lines of syslog; `formats.Parse` says what comes out."""
    texts = read_texts(split_lines(data))
    return build_table(texts, read_lines(texts, received_at), received_at)


def read_lines(texts: Texts, received_at: datetime) -> Parsed:
    """The fields and times of every line of ``texts``; what is no syslog is rejected."""
    lines = texts.raw
    overlay = Overlay(len(lines))
    todo = np.arange(len(lines))
    extra: dict[int, Record] = {}
    for pattern in (_RFC5424, _RFC3164, _PRI_ONLY):
        rows, groups = extract(lines.take(pa.array(todo)), pattern)
        if len(rows):
            overlay.add(todo[rows], _finish(groups))
        todo = np.delete(todo, rows)
    fields = overlay.columns()
    fields |= _structured(fields.pop("sd", None), extra)
    times = fields.pop("time", pa.nulls(len(lines), pa.string()))
    return Parsed(
        fields,
        rejected=dict.fromkeys(todo.tolist(), REJECTED),
        moments=map_distinct(times, time_reader(received_at)),
        extra=extra,
    )


def time_reader(received_at: datetime) -> Callable[[str], int | None]:
    """Reads a header's time: ISO 8601, or month, day and time, of which the year is sought.

    It is the last year in which that moment is at most one day after ``received_at``; zone UTC.
    """
    latest = received_at.astimezone(UTC) + timedelta(days=1)

    def read(text: str) -> int | None:
        found = _OLD_STAMP.fullmatch(text)
        return read_moment(text) if found is None else _read_old(found, latest)

    return read


def _read_old(found: re.Match[str], latest: datetime) -> int | None:
    month, day, year, hour, minute, second, fraction = found.groups()
    us = int((fraction or "0")[:6].ljust(6, "0"))
    # The 29th of February may lie eight years back.
    for each in (int(year),) if year else range(latest.year, latest.year - 9, -1):
        try:
            moment = datetime(
                each, _MONTHS.index(month) + 1, int(day), int(hour), int(minute), min(int(second), 59), us, tzinfo=UTC
            )
        except ValueError:
            continue
        if year or moment <= latest:
            return to_us(moment)
    return None


def _finish(groups: Columns) -> Columns:
    """Facility and severity by name, tag and message apart, nil values null."""
    columns: Columns = {name: null_if(groups[name], "-") for name in _NILABLE if name in groups}
    if "pri" in groups:
        columns |= _priority(groups["pri"])
    if "content" in groups:
        _, content = extract(pc.fill_null(groups["content"], ""), _CONTENT)
        columns |= content
    else:
        columns["message"] = map_where(groups["message"], "\ufeff", lambda text: text.removeprefix("\ufeff"))
    return columns


def _priority(priorities: pa.Array) -> Columns:
    numbers = priorities.cast(pa.int32())
    severity = pc.bit_wise_and(numbers, 7)
    return {
        "facility": pa.array(_FACILITIES).take(pc.shift_right(numbers, 3)),
        "severity": pa.array(_SEVERITIES).take(severity),
    }


def _structured(elements: pa.Array | None, extra: dict[int, Record]) -> Columns:
    """`sd.<id>.<name>` of each line, read once for each distinct text."""
    if elements is None:
        return {}
    encoded = elements.dictionary_encode()
    rows = np.flatnonzero(encoded.is_valid().to_numpy(zero_copy_only=False))
    texts = encoded.dictionary.to_pylist()
    flattener = Flattener(len(texts), column_limit(len(elements)))
    flattener.add([_read_elements(text) for text in texts], range(len(texts)))
    places = encoded.indices.take(pa.array(rows)).to_numpy()
    extra |= {
        int(row): flattener.extra[place] for row, place in zip(rows, places, strict=True) if place in flattener.extra
    }
    return {name: column.take(encoded.indices) for name, column in flattener.columns().items()}


def _read_elements(text: str) -> Record:
    found: dict[str, list[str]] = {}
    for name, parameters in _ELEMENT.findall(text):
        for key, value in _PARAMETER.findall(parameters):
            found.setdefault(f"sd.{name}.{key}", []).append(_ESCAPED.sub(r"\1", value))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}
