"""GitHub's audit log, of an organization or an enterprise: exported, streamed, or from its API."""

from datetime import datetime
from typing import Final

import pyarrow as pa

from tocsin.formats.documents import parse_documents
from tocsin.kernel.issues import RecordIssue
from tocsin.kernel.logsource import LogSource

LOGSOURCE: Final = LogSource(product="github", service="audit")


def parse(data: bytes, *, received_at: datetime) -> tuple[pa.Table, list[RecordIssue]]:
    """Read GitHub's audit events; `formats.Parse` says what comes out. Rules use its own names: `action`, `actor`."""
    return parse_documents(data, received_at, list_name="events")
