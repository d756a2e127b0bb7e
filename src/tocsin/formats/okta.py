"""Okta's System Log, from its API or an event hook."""

from datetime import datetime
from typing import Final

import pyarrow as pa

from tocsin.formats.documents import parse_documents
from tocsin.kernel.issues import RecordIssue
from tocsin.kernel.logsource import LogSource

LOGSOURCE: Final = LogSource(product="okta", service="okta")


def parse(data: bytes, *, received_at: datetime) -> tuple[pa.Table, list[RecordIssue]]:
    """Read Okta's events; `formats.Parse` says what comes out. Rules use its own names, such as `eventType`."""
    return parse_documents(data, received_at, list_name="events")
