"""Google Workspace: activities of the Reports API, and the audit logs that it shares with Google Cloud.

An activity holds several events; each becomes a record: `eventName`, `eventType`, `eventService` (such as
`admin.googleapis.com`) and its parameters by their own names, beside what the activity says of actor and time.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import pyarrow as pa

from tocsin.formats.columns import Record
from tocsin.formats.documents import copy_fields, parse_documents
from tocsin.kernel.issues import RecordIssue
from tocsin.kernel.logsource import LogSource

LOGSOURCE: Final = LogSource(product="gcp", service="google_workspace")

_VALUES: Final = ("value", "multiValue", "boolValue", "intValue", "multiIntValue")
_SHORT: Final = {
    "id.time": "timestamp",
    "protoPayload.serviceName": "eventService",
    "protoPayload.metadata.event.eventName": "eventName",
    "protoPayload.metadata.event.eventType": "eventType",
}


def parse(data: bytes, *, received_at: datetime) -> tuple[pa.Table, list[RecordIssue]]:
    """Read activities, one or a list of `items`; `formats.Parse` says what comes out."""
    table, issues = parse_documents(data, received_at, list_name="items", reshape=split_activity)
    return copy_fields(table, _SHORT), issues


def split_activity(activity: Record) -> Iterator[Record]:
    """The events of one activity; what has none is a record as it is."""
    events = activity.get("events")
    if not isinstance(events, list) or not all(isinstance(event, dict) for event in events) or not events:
        yield activity
        return
    common = {name: value for name, value in activity.items() if name != "events"}
    about = common.get("id")
    about = about if isinstance(about, dict) else {}
    if "time" in about:
        common.setdefault("timestamp", about["time"])
    if "applicationName" in about:
        common["eventService"] = f"{about['applicationName']}.googleapis.com"
    for event in events:
        yield _parameters(event) | common | {"eventName": event.get("name"), "eventType": event.get("type")}


def _parameters(event: Record) -> Record:
    """The parameters by name; the API writes each value under the name of its type."""
    found: dict[str, Any] = {}
    parameters = event.get("parameters")
    for parameter in parameters if isinstance(parameters, list) else ():
        if isinstance(parameter, dict) and isinstance(name := parameter.get("name"), str):
            found[name] = next((parameter[kind] for kind in _VALUES if kind in parameter), None)
    return found
