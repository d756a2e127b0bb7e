r"""Linux's audit log: ``type=SYSCALL msg=audit(1700000000.123:456): arch=c000003e … exe="/bin/cat"``.

A line is a record, with its keys as they are: `type`, `exe`, `comm`, `key`, `a0`; `audit_id` is the number
that the records of one event share, `node` the machine. What a message quotes in ``'…'`` is read too. Texts
that the kernel writes in hexadecimal, because they hold spaces or quotes, are decoded (`a0` and so on of
EXECVE, `proctitle`, `name`, `exe`, `comm`, `cwd`, …), the arguments in a title parted by spaces. What
auditd itself has resolved after its separator (`SYSCALL=openat`, `UID="root"`) is kept in capitals.
"""

import re
from datetime import datetime
from typing import Final

import pyarrow as pa

from tocsin.formats.body import Texts, read_texts, split_lines
from tocsin.formats.columns import Flattener, Record, column_limit
from tocsin.formats.moments import read_moment
from tocsin.formats.table import Parsed, build_table
from tocsin.kernel.issues import RecordIssue
from tocsin.kernel.logsource import LogSource

LOGSOURCE: Final = LogSource(product="linux", service="auditd")
REJECTED: Final = "no audit record such as 'type=EXECVE msg=audit(1700000000.123:456): argc=1 a0=\"ls\"'"

_HEAD: Final = re.compile(
    r"(?:.*? )??(?:node=(?P<node>\S+) )?type=(?P<type>\S+) (?:msg=)?audit\((?P<time>\d+\.\d+):(?P<id>\d+)\):? ?"
)
_PAIR: Final = re.compile(r"""([A-Za-z0-9_][\w-]*(?:\[\d+\])?)=(?:"([^"]*)"|'([^']*)'|([^\s\x1d]*))""")
_TEXTS: Final = frozenset(
    ("acct", "cmd", "comm", "cwd", "data", "dir", "exe", "file", "key", "name", "new-disk", "ocomm", "old-disk")
) | {"path", "proctitle", "root_dir", "sw", "vm", "watch"}
_ARGUMENT: Final = re.compile(r"a\d+(?:\[\d+\])?")
_HEX: Final = re.compile(r"(?:[0-9A-F]{2})+")


def parse(data: bytes, *, received_at: datetime) -> tuple[pa.Table, list[RecordIssue]]:
    """Read lines of audit.log; `formats.Parse` says what comes out."""
    texts = read_texts(split_lines(data))
    return build_table(texts, _read_lines(texts), received_at)


def _read_lines(texts: Texts) -> Parsed:
    count = len(texts.raw)
    rejected: dict[int, str] = {}
    records: dict[int, Record] = {}
    moments: list[int | None] = [None] * count
    for row, line in enumerate(texts.raw.to_pylist()):
        if row in texts.rejected:
            continue
        read = read_line(line)
        if read is None:
            rejected[row] = REJECTED
        else:
            records[row], moments[row] = read
    flattener = Flattener(count, column_limit(count))
    flattener.add(list(records.values()), list(records))
    return Parsed(flattener.columns(), rejected, moments=pa.array(moments, pa.int64()), extra=flattener.extra)


def read_line(line: str) -> tuple[Record, int | None] | None:
    """The fields of one line and its time in µs since 1970; None if it is no audit record."""
    head = _HEAD.match(line)
    if head is None:
        return None
    record: Record = {"type": head["type"], "audit_id": head["id"]}
    if head["node"]:
        record["node"] = head["node"]
    _add_pairs(line[head.end() :], record)
    return record, read_moment(head["time"])


def _add_pairs(text: str, record: Record) -> None:
    for key, quoted, message, bare in _PAIR.findall(text):
        if message and "=" in message:
            _add_pairs(message, record)
            continue
        value = quoted or message or _decode(key, bare, record["type"])
        record.setdefault(key, value)


def _decode(key: str, value: str, kind: str) -> str:
    """What stands there without quotes: a text of these keys is then in hexadecimal."""
    is_text = key in _TEXTS or (kind == "EXECVE" and _ARGUMENT.fullmatch(key) is not None)
    if not is_text or not _HEX.fullmatch(value):
        return value
    return bytes.fromhex(value).rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
