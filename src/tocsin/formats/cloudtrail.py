"""AWS CloudTrail: its events one a line, or the files of ``{"Records": […]}`` that it puts into a bucket.

`requestParameters` and `responseElements` are there as a whole too, as JSON text, for rules that seek in them.
"""

from datetime import datetime
from typing import Final

import orjson
import pyarrow as pa

from tocsin.formats import REJECTED
from tocsin.formats.documents import parse_documents
from tocsin.formats.relayout import add_missing, fields_of, with_fields
from tocsin.kernel.issues import RecordIssue
from tocsin.kernel.logsource import LogSource

LOGSOURCE: Final = LogSource(product="aws", service="cloudtrail")
_WHOLE: Final = ("requestParameters", "responseElements")


def parse(data: bytes, *, received_at: datetime) -> tuple[pa.Table, list[RecordIssue]]:
    """Read CloudTrail's events; `formats.Parse` says what comes out."""
    table, issues = parse_documents(data, received_at, list_name="Records")
    errors = table.column("_error").to_pylist()
    records = [
        {} if (error or "").startswith(REJECTED) else orjson.loads(raw)
        for raw, error in zip(table.column("_raw").to_pylist(), errors, strict=True)
    ]
    whole = {name: pa.array([_text(record.get(name)) for record in records], pa.string()) for name in _WHOLE}
    return with_fields(table, add_missing(fields_of(table), whole)), issues


def _text(value: object) -> str | None:
    return orjson.dumps(value).decode() if isinstance(value, dict) and value else None
