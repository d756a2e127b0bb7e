"""The Security log's audit events by Sysmon's names, so that a rule for a generic category reads both.

Source of the fields: Microsoft's descriptions of events 4657, 4688, 4689 and 5156, and of Sysmon's 1, 3, 5, 13.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc

from tocsin.formats.columns import Columns
from tocsin.formats.relayout import add_missing, as_texts

Make = Callable[[Mapping[str, pa.Array]], pa.Array | None]
"""A column from an event's columns; None where those that it is made from are not there."""

_NOTHING: Final = pa.scalar(None, pa.string())


@dataclass(frozen=True, slots=True)
class Audit:
    """One audit event: Sysmon's name → how its value is made."""

    event_id: str
    fields: dict[str, Make]


def _same(name: str) -> Make:
    return lambda columns: columns.get(name)


def _joined(first: str, second: str) -> Make:
    """``first\\second``; alone what is there alone."""

    def make(columns: Mapping[str, pa.Array]) -> pa.Array | None:
        left, right = columns.get(first), columns.get(second)
        if left is None or right is None:
            return right if left is None else left
        return pc.coalesce(pc.binary_join_element_wise(left, right, "\\"), left, right)

    return make


def _coded(name: str, **codes: str) -> Make:
    """The audit's message numbers, written ``_14593`` for ``%%14593``, in Sysmon's words."""

    def make(columns: Mapping[str, pa.Array]) -> pa.Array | None:
        if name not in columns:
            return None
        found = pc.index_in(columns[name], pa.array([code.replace("_", "%%") for code in codes]))
        return pa.array(list(codes.values())).take(found)

    return make


def _registry_path(columns: Mapping[str, pa.Array]) -> pa.Array | None:
    path = _joined("ObjectName", "ObjectValueName")(columns)
    if path is None:
        return None
    for kernel, short in ((r"(?i)^\\REGISTRY\\MACHINE\b", "HKLM"), (r"(?i)^\\REGISTRY\\USER\b", "HKU")):
        path = pc.replace_substring_regex(path, kernel, short)
    return path


AUDITS: Final = (
    Audit(
        "4688",
        {
            "Image": _same("NewProcessName"),
            "ParentImage": _same("ParentProcessName"),
            "User": _joined("SubjectDomainName", "SubjectUserName"),
            "LogonId": _same("SubjectLogonId"),
            "IntegrityLevel": _same("MandatoryLabel"),
        },
    ),
    Audit("4689", {"Image": _same("ProcessName"), "User": _joined("SubjectDomainName", "SubjectUserName")}),
    Audit(
        "5156",
        {
            "Image": _same("Application"),
            "SourceIp": _same("SourceAddress"),
            "DestinationIp": _same("DestAddress"),
            "DestinationPort": _same("DestPort"),
            "Initiated": _coded("Direction", _14592="false", _14593="true"),
        },
    ),
    Audit(
        "4657",
        {
            "Image": _same("ProcessName"),
            "TargetObject": _registry_path,
            "Details": _same("NewValue"),
            "EventType": _coded("OperationType", _1904="SetValue", _1905="SetValue", _1906="DeleteValue"),
            "User": _joined("SubjectDomainName", "SubjectUserName"),
        },
    ),
)


@dataclass(frozen=True, slots=True)
class _Chosen(Mapping[str, pa.Array]):
    """Some rows of columns as plain text, each column taken when it is asked for: an audit event has few of them."""

    columns: Columns
    rows: pa.Array

    def __getitem__(self, name: str) -> pa.Array:
        return as_texts(self.columns[name].take(self.rows))

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)


def add_sysmon_names(fields: Columns) -> Columns:
    """``fields`` of Windows events with Sysmon's names beside those of the audit events among them."""
    if "EventID" not in fields:
        return fields
    event_ids = as_texts(fields["EventID"])
    channels = as_texts(fields["Channel"]) if "Channel" in fields else pa.nulls(len(event_ids), pa.string())
    is_security = pc.fill_null(pc.equal(pc.utf8_lower(channels), "security"), True)
    for audit in AUDITS:
        is_meant = pc.and_(is_security, pc.fill_null(pc.equal(event_ids, audit.event_id), False))
        if pc.any(is_meant).as_py():
            fields = add_missing(fields, _made(audit, fields, is_meant))
    return fields


class _Asked(dict[str, pa.Array]):
    """No columns, and which were asked for."""

    def __init__(self) -> None:
        self.names = {"EventID", "Channel"}

    def get(self, name: str, default: Any = None) -> Any:  # noqa: ANN401  as a dict's
        self.names.add(name)
        return default

    def __contains__(self, name: object) -> bool:
        self.names.add(str(name))
        return False


@cache
def find_sources() -> frozenset[str]:
    """The names of the fields that Sysmon's are made from."""
    asked = _Asked()
    for audit in AUDITS:
        for make in audit.fields.values():
            make(asked)
    return frozenset(asked.names)


def _made(audit: Audit, fields: Columns, is_meant: pa.Array) -> Columns:
    rows = pc.indices_nonzero(is_meant)
    there = _Chosen(fields, rows)
    places = pc.if_else(is_meant, pc.subtract(pc.cumulative_sum(is_meant.cast(pa.int64())), 1), None)
    made = {name: make(there) for name, make in audit.fields.items()}
    return {name: column.take(places) for name, column in made.items() if column is not None}
