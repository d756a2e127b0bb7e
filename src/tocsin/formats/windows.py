"""Windows events as JSON, in the layouts that common tools write, by the names that Sigma's rules use.

- as the event log's XML: ``{"Event": {"System": {…}, "EventData": {…}}}``, attributes under ``#attributes``
  or beside their element as ``Provider_attributes``;
- as Winlogbeat: ``{"winlog": {"channel": …, "event_id": …, "event_data": {…}}}``;
- flat, with `Channel`, `EventID` and `Provider_Name` at the top, as Sysmon's fields are shipped by many.

What is in `System`, `EventData` and `UserData` comes to the top: `EventID`, `Channel`, `Provider_Name`,
`Computer`, `EventRecordID`, and every field of the event's data by its own name. An `EventID` that is a
number, a text, or a map with ``#text`` is one field. Where a name stands in both, the data's wins, but for
the five above, and the other keeps its long name.

The Security log's own accounts of what Sysmon tells too (`windows_audit`) get Sysmon's names beside theirs.
"""

from datetime import datetime
from functools import cache
from typing import Final

import pyarrow as pa

from tocsin.formats import OTHERS, json
from tocsin.formats.gaps import Choose
from tocsin.formats.relayout import fields_of, rename, with_fields
from tocsin.formats.windows_audit import add_sysmon_names, find_sources
from tocsin.kernel.issues import RecordIssue
from tocsin.kernel.logsource import LogSource

LOGSOURCE: Final = LogSource(product="windows")

_SYSTEM: Final = "System."
_EVENT: Final = "Event."
_DATA: Final = ("EventData.", "winlog.event_data.")
_USER_DATA: Final = ("UserData.", "winlog.user_data.")
_LEADING: Final = frozenset({"EventID", "Channel", "Provider_Name", "Computer", "EventRecordID"})
_WINLOGBEAT: Final = {
    "winlog.channel": "Channel",
    "winlog.event_id": "EventID",
    "winlog.provider_name": "Provider_Name",
    "winlog.computer_name": "Computer",
    "winlog.record_id": "EventRecordID",
}


def parse(data: bytes, *, received_at: datetime, choose: Choose | None = None) -> tuple[pa.Table, list[RecordIssue]]:
    """Read Windows events, an object a line; `formats.Parse` says what comes out."""
    table, issues = json.parse(data, received_at=received_at, choose=choose and _choose_old(choose))
    return relabel(table), issues


def relabel(table: pa.Table) -> pa.Table:
    """``table``, as `json.parse` gives it, by Sigma's names."""
    fields = table.drop_columns([OTHERS]) if OTHERS in table.column_names else table
    renamed = rename(fields, new_name, _rank)
    relabelled = with_fields(renamed, add_sysmon_names(fields_of(renamed)))
    return relabelled if fields is table else relabelled.append_column(OTHERS, table.column(OTHERS))


def _choose_old(choose: Choose) -> Choose:
    """The choice by the names before `relabel`: what is chosen itself, or what a chosen field is made from."""
    made_from = find_sources()

    def choose_old(name: str) -> bool | None:
        new = new_name(name)
        if new is None:
            return None
        return new in made_from or choose(name) or choose(new)

    return choose_old


@cache
def new_name(name: str) -> str | None:
    """What Sigma's rules call the field ``name``; None for what says nothing of the event."""
    if name in _WINLOGBEAT:
        return _WINLOGBEAT[name]
    inner = name.removeprefix(_EVENT)
    if "#attributes.xmlns" in inner or "_attributes.xmlns" in inner:
        return None
    if inner.startswith(_SYSTEM):
        inner = inner.removeprefix(_SYSTEM)
    elif prefix := next((prefix for prefix in _DATA if inner.startswith(prefix)), None):
        inner = inner.removeprefix(prefix) if not inner.startswith(f"{prefix}#attributes.") else inner
    elif prefix := next((prefix for prefix in _USER_DATA if inner.startswith(prefix)), None):
        inner = _below(inner.removeprefix(prefix))
    elif not name.startswith(_EVENT) and ".#" not in name:
        return name
    return inner.replace(".#attributes.", "_").replace("_attributes.", "_").removesuffix(".#text")


def _below(name: str) -> str:
    """User data stands in one element of its provider's own, such as `LogFileCleared`."""
    _, dot, inner = name.partition(".")
    return inner if dot and not inner.startswith("#") else name


def _rank(name: str) -> int:
    """The event's data before what the log says of it, but for what the log knows best; what is short before all."""
    is_of_log = name.removeprefix(_EVENT).startswith(_SYSTEM) or name in _WINLOGBEAT
    if not is_of_log and new_name(name) == name:
        return 0
    return 1 if is_of_log == (new_name(name) in _LEADING) else 2
