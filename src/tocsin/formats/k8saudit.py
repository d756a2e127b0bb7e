"""The audit log of the Kubernetes API server: a line an event, or the lists that its webhook sends."""

from datetime import datetime
from typing import Final

import pyarrow as pa

from tocsin.formats.documents import copy_fields, parse_documents
from tocsin.kernel.issues import RecordIssue
from tocsin.kernel.logsource import LogSource

LOGSOURCE: Final = LogSource(product="kubernetes", category="application", service="audit")

_SHORT: Final = {"objectRef.apiGroup": "apiGroup"}
"""Names that SigmaHQ's rules write without what stands before them."""


def parse(data: bytes, *, received_at: datetime) -> tuple[pa.Table, list[RecordIssue]]:
    """Read audit events; `formats.Parse` says what comes out. Rules use its own names: `verb`, `objectRef.resource`."""
    table, issues = parse_documents(data, received_at, list_name="items")
    return copy_fields(table, _SHORT), issues
