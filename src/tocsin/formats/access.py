"""Access logs of nginx and Apache (common, combined, with a virtual host in front), and Apache's error log.

Fields of a request are named as Sigma's webserver taxonomy (W3C) names them: `c-ip`, `cs-username`,
`cs-method`, `cs-uri-stem`, `cs-uri-query`, `cs-version`, `sc-status`, `sc-bytes`, `cs-referer`,
`cs-user-agent`, `cs-host`; `request` holds a request line that is none. Of the error log: `level`,
`module`, `pid`, `message`, `c-ip`, `c-port`.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import numpy as np
import pyarrow as pa

from tocsin.formats.body import read_texts, split_lines
from tocsin.formats.columns import Columns
from tocsin.formats.extract import Overlay, extract, map_where, null_if
from tocsin.formats.moments import map_distinct
from tocsin.formats.table import Parsed, build_table
from tocsin.kernel.clock import to_us
from tocsin.kernel.issues import RecordIssue
from tocsin.kernel.logsource import LogSource

LOGSOURCE: Final = LogSource(category="webserver")
REJECTED: Final = (
    "no access log line such as '192.0.2.1 - - [31/Jan/2026:09:30:00 +0000] \"GET / HTTP/1.1\" 200 12' "
    "and no error log line such as '[Sat Jan 31 09:30:00 2026] [error] text'"
)

_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_QUOTED: Final = r'(?:[^"\\]|\\.)*'
_ACCESS: Final = (
    r"^(?:(?P<host>[^\s\"]+) )?(?P<ip>[^\s\"-]\S*) \S+ (?P<user>[^\s\[]+(?: [^\s\[]+)*) \[(?P<time>[^\]]+)\] "
    rf'"(?P<request>{_QUOTED})" (?P<status>\d{{3}}|-) (?P<bytes>\d+|-)'
    rf'(?: "(?P<referer>{_QUOTED})" "(?P<agent>{_QUOTED})")?(?:\s.*)?$'
)
_REQUEST: Final = (
    r"^(?P<method>[A-Za-z][A-Za-z_-]*) (?P<stem>[^?\s]*)(?:\?(?P<query>\S*))?(?: (?P<version>HTTP/\d(?:\.\d)?))?$"
)
_ERROR: Final = (
    r"^\[(?P<time>\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)? \d{4})\] \[(?:(?P<module>[\w-]*):)?(?P<level>\w+)\]"
    r"(?: \[pid (?P<pid>\d+)(?::tid \d+)?\])?"
    r"(?: \[(?:client|remote) (?P<ip>\[[0-9a-fA-F:.]+\]|[0-9.]+|[0-9a-fA-F:.]+?)(?::(?P<port>\d+))?\])?"
    r" ?(?P<message>(?s:.*))$"
)
_NAMES: Final = {
    "host": "cs-host",
    "ip": "c-ip",
    "user": "cs-username",
    "status": "sc-status",
    "bytes": "sc-bytes",
    "referer": "cs-referer",
    "agent": "cs-user-agent",
    "method": "cs-method",
    "stem": "cs-uri-stem",
    "query": "cs-uri-query",
    "version": "cs-version",
}
_ERROR_NAMES: Final = {"ip": "c-ip", "port": "c-port"}
_ACCESS_TIME: Final = re.compile(r"(\d\d)/(\w{3})/(\d{4}):(\d\d):(\d\d):(\d\d)(?: ([+-])(\d\d)(\d\d))?")
_ERROR_TIME: Final = re.compile(r"\w{3} (\w{3}) ([ \d]\d) (\d\d):(\d\d):(\d\d)(?:\.(\d+))? (\d{4})")
_ESCAPES: Final = re.compile(rb"\\(?:x([0-9a-fA-F]{2})|(.))", re.DOTALL)
_CONTROLS: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"v": b"\v", b"f": b"\f"}


def parse(data: bytes, *, received_at: datetime) -> tuple[pa.Table, list[RecordIssue]]:
    """Read lines of an access or error log; `formats.Parse` says what comes out."""
    texts = read_texts(split_lines(data))
    count = len(texts.raw)
    overlay = Overlay(count)
    rows, groups = extract(texts.raw, _ACCESS)
    if len(rows):
        overlay.add(rows, _read_access(groups))
    rest = np.delete(np.arange(count), rows)
    found, groups = extract(texts.raw.take(pa.array(rest)), _ERROR)
    if len(found):
        overlay.add(rest[found], _read_error(groups))
    fields = overlay.columns()
    moments = _read_times(fields.pop("time", pa.nulls(count, pa.string())))
    rejected = dict.fromkeys(np.delete(rest, found).tolist(), REJECTED)
    return build_table(texts, Parsed(fields, rejected, moments=moments), received_at)


def _read_access(groups: Columns) -> Columns:
    request = groups.pop("request")
    overlay = Overlay(len(request))
    rows, parts = extract(request, _REQUEST)
    overlay.add(rows, parts)
    broken = np.delete(np.arange(len(request)), rows)
    overlay.add(broken, {"request": request.take(pa.array(broken))})
    columns = groups | overlay.columns()
    return {_NAMES.get(name, name): map_where(null_if(column, "-"), "\\", unescape) for name, column in columns.items()}


def _read_error(groups: Columns) -> Columns:
    groups["ip"] = map_where(groups["ip"], "[", lambda text: text.strip("[]"))
    return {_ERROR_NAMES.get(name, name): column for name, column in groups.items()}


def unescape(text: str) -> str:
    r"""``text`` without the escapes that the server wrote: ``\x22``, ``\"``, ``\\``, ``\n`` and their like.

    Bytes that are no UTF-8 become U+FFFD.
    """

    def replace(found: re.Match[bytes]) -> bytes:
        if found[1]:
            return bytes.fromhex(found[1].decode())
        return _CONTROLS.get(found[2], found[2])

    return _ESCAPES.sub(replace, text.encode()).decode(errors="replace")


def _read_times(texts: pa.Array) -> pa.Array:
    return map_distinct(texts, _read_time)


def _read_time(text: str) -> int | None:
    try:
        if found := _ACCESS_TIME.fullmatch(text):
            return _access_time(found)
        if found := _ERROR_TIME.fullmatch(text):
            return _error_time(found)
    except (ValueError, OverflowError):
        return None
    return None


def _access_time(found: re.Match[str]) -> int:
    day, month, year, hour, minute, second, sign, hours, minutes = found.groups()
    ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
    zone = timezone(-ahead if sign == "-" else ahead)
    place = _MONTHS.index(month) + 1
    return to_us(datetime(int(year), place, int(day), int(hour), int(minute), min(int(second), 59), tzinfo=zone))


def _error_time(found: re.Match[str]) -> int:
    month, day, hour, minute, second, fraction, year = found.groups()
    us = int((fraction or "0")[:6].ljust(6, "0"))
    place = _MONTHS.index(month) + 1
    return to_us(datetime(int(year), place, int(day), int(hour), int(minute), min(int(second), 59), us, tzinfo=UTC))
