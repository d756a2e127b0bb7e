"""Audit logs of services, in JSON: records as they are, or several in one object as services deliver them.

`CloudTrail` puts files of ``{"Records": […]}`` into a bucket, APIs answer with ``{"items": […]}``. Both, and
the records themselves one a line, are read alike. Lists of objects get fields of their own (`relayout`).
"""

from collections.abc import Callable, Iterator
from datetime import datetime

import orjson
import pyarrow as pa

from tocsin.formats import json
from tocsin.formats.body import strip_bom
from tocsin.formats.columns import Columns, Record
from tocsin.formats.relayout import explode_objects, fields_of, with_fields
from tocsin.kernel.issues import RecordIssue

Reshape = Callable[[Record], Iterator[Record]]


def parse_documents(
    data: bytes, received_at: datetime, *, list_name: str, reshape: Reshape | None = None
) -> tuple[pa.Table, list[RecordIssue]]:
    """Read records that may stand in a list called ``list_name``; `formats.Parse` says what comes out.

    ``reshape`` gives the records that one record really is.
    """
    if reshape is not None or f'"{list_name}"'.encode() in data:
        data = b"\n".join(_unwrap(data, list_name, reshape))
    table, issues = json.parse(data, received_at=received_at)
    return with_fields(table, explode_objects(fields_of(table))), issues


def copy_fields(table: pa.Table, names: dict[str, str]) -> pa.Table:
    """``table`` with the values of fields under a second name too, where nothing stands there yet."""
    fields: Columns = fields_of(table)
    for name, other in names.items():
        if name in fields and other not in fields:
            fields[other] = fields[name]
    return with_fields(table, fields)


def _unwrap(data: bytes, list_name: str, reshape: Reshape | None) -> Iterator[bytes]:
    body = json.split_records(strip_bom(data))
    for row in range(len(body)):
        record = json.read_record(body[row])
        if isinstance(record, str):
            yield b" ".join(body[row].split(b"\n"))  # To be rejected with its reason.
            continue
        inner = record.get(list_name)
        if not isinstance(inner, list) and reshape is None:
            yield orjson.dumps(record)
            continue
        for each in inner if isinstance(inner, list) else [record]:
            reshaped = reshape(each) if reshape is not None and isinstance(each, dict) else [each]
            yield from map(orjson.dumps, reshaped)
