"""Which format a file is of, by what it holds."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tocsin.formats import Parse, json, load_format
from tocsin.formats.body import split_lines, strip_bom
from tocsin.formats.columns import Record
from tocsin.formats.evtx import MAGIC

SAMPLE_BYTES: Final = 256 * 1024
_SAMPLE_LINES: Final = 200
_TEXT_FORMATS: Final = ("auditd", "access", "syslog", "logfmt")
_AUTH_PROGRAMS: Final = ("sshd", "sshd-session", "sudo", "su", "login", "systemd-logind")
_WORKSPACE_SERVICES: Final = frozenset({"admin.googleapis.com", "login.googleapis.com"})
_CONTROLS: Final = bytes({*range(32), 127} - {*b"\t\n\r\x1b"})
_LISTS: Final = ("Records", "items", "events", "entries")


def detect(sample: bytes) -> str | None:
    """The name of the format that the beginning of a file is of; None if it is of none.

    ``sample`` holds up to `SAMPLE_BYTES`; a line that it cuts does no harm.
    """
    if sample.startswith(MAGIC):
        return "evtx"
    text = strip_bom(sample).lstrip()
    if text.startswith((b"{", b"[{", b"[\n", b"[ ", b"[\r")):
        return _detect_json(text)
    return None if _is_binary(sample) else _detect_text(sample)


def _is_binary(sample: bytes) -> bool:
    """Whether a tenth of ``sample`` is control characters: pictures and archives have lines too, but of no log."""
    return len(sample) - len(sample.translate(None, _CONTROLS)) > len(sample) / 10


def _detect_json(text: bytes) -> str:
    found = [_name(record) for record in _records(text)]
    return max(set(found), key=lambda name: (found.count(name), name)) if found else "json"


def _records(text: bytes) -> list[Record]:
    """The first records that can be read, and those in a list in them."""
    body = json.split_records(text)
    records: list[Record] = []
    for row in range(min(len(body), _SAMPLE_LINES)):
        record = json.read_record(body[row])
        if not isinstance(record, str):
            inner = next((record[name] for name in _LISTS if isinstance(record.get(name), list)), None)
            whole = inner is not None and all(isinstance(each, dict) for each in inner) and "id" not in record
            records += inner[:_SAMPLE_LINES] if inner is not None and whole else [record]
    return records or _begun(text)


def _begun(text: bytes) -> list[Record]:
    """The first object of a list that is too long for the sample: what stands between its first braces."""
    start = text.find(b"[")
    depth = 0
    for place in range(max(start, 0), len(text)):
        depth += {ord("{"): 1, ord("}"): -1}.get(text[place], 0)
        if not depth and text[place] == ord("}"):
            record = json.read_record(text[text.find(b"{", start) : place + 1])
            return [] if isinstance(record, str) else [record]
    return []


def _name(record: Mapping[str, Any]) -> str:
    return next((name for name, is_of_it in _SIGNS if is_of_it(record)), "json")


def _is_windows(record: Mapping[str, Any]) -> bool:
    keys, event = record.keys(), record.get("Event")
    is_flat = "EventID" in keys and bool(keys & {"Channel", "Provider_Name"})
    return is_flat or "winlog" in keys or (isinstance(event, dict) and "System" in event)


def _payload(record: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What Google Cloud's audit logs are about, with or without Pub/Sub's wrapping."""
    data = record.get("data")
    payload = (data if isinstance(data, dict) else record).get("protoPayload")
    return payload if isinstance(payload, dict) else None


def _is_workspace(record: Mapping[str, Any]) -> bool:
    service = (_payload(record) or {}).get("serviceName")
    return record.get("kind") == "admin#reports#activity" or service in _WORKSPACE_SERVICES


def _is_github(record: Mapping[str, Any]) -> bool:
    keys = record.keys()
    return {"action", "actor"} <= keys and bool(keys & {"_document_id", "org", "business", "actor_id"})


_SIGNS: Final[tuple[tuple[str, Callable[[Mapping[str, Any]], bool]], ...]] = (
    ("windows", _is_windows),
    ("cloudtrail", lambda record: record.keys() >= {"eventVersion", "eventSource", "eventName"}),
    ("k8saudit", lambda record: str(record.get("apiVersion", "")).startswith("audit.k8s.io/")),
    ("okta", lambda record: record.keys() >= {"eventType", "actor", "published"}),
    ("gworkspace", _is_workspace),
    ("gcpaudit", lambda record: _payload(record) is not None),
    ("github", _is_github),
)
"""Format → fields that no two of these logs share."""


def _detect_text(sample: bytes) -> str | None:
    body = split_lines(sample)
    if not len(body):
        return None
    rows = min(len(body), _SAMPLE_LINES)
    lines = b"\n".join(body[row] for row in range(rows))
    best: tuple[float, str] | None = None
    for name in _TEXT_FORMATS:
        table, rejected = _try(load_format(name).parse, lines)
        share = rejected / max(table.num_rows, 1)
        if best is None or share < best[0]:
            best = (share, _refine(name, table))
    return best[1] if best and best[0] < 0.5 else None


def _try(parse: Parse, lines: bytes) -> tuple[pa.Table, int]:
    table, issues = parse(lines, received_at=datetime.now(UTC))
    return table, sum(issue.is_rejected for issue in issues)


def _refine(name: str, table: pa.Table) -> str:
    """Syslog that is mostly of sign-ins is auth.log."""
    if name != "syslog" or "app" not in table.column_names:
        return name
    app = pc.replace_substring_regex(table.column("app").cast(pa.string()), r"\(.*$", "")
    of_sign_ins = pc.sum(pc.is_in(app, value_set=pa.array(_AUTH_PROGRAMS))).as_py() or 0
    return "auth" if of_sign_ins * 2 > table.num_rows else name
