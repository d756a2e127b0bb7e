"""Google Cloud's audit logs, as Cloud Logging exports them, with or without Pub/Sub's `data` around them.

Rules name fields in three ways, and all are there: `protoPayload.methodName`, `data.protoPayload.methodName`
and `gcp.audit.method_name`.
"""

from datetime import datetime
from typing import Final

import pyarrow as pa

from tocsin.formats.documents import copy_fields, parse_documents
from tocsin.formats.relayout import fields_of
from tocsin.kernel.issues import RecordIssue
from tocsin.kernel.logsource import LogSource

LOGSOURCE: Final = LogSource(product="gcp", service="gcp.audit")

_PAYLOAD: Final = "protoPayload."
_SHORT: Final = {"protoPayload.methodName": "gcp.audit.method_name"}


def parse(data: bytes, *, received_at: datetime) -> tuple[pa.Table, list[RecordIssue]]:
    """Read audit log entries; `formats.Parse` says what comes out."""
    table, issues = parse_documents(data, received_at, list_name="entries")
    table = copy_fields(table, {name: name.removeprefix("data.") for name in fields_of(table) if _is_wrapped(name)})
    wrapped = {name: f"data.{name}" for name in fields_of(table) if name.startswith((_PAYLOAD, "resource."))}
    return copy_fields(copy_fields(table, wrapped), _SHORT), issues


def _is_wrapped(name: str) -> bool:
    return name.startswith(f"data.{_PAYLOAD}")
