"""The Security log's audit events by Sysmon's names."""

import orjson
import pytest
from tests.unit.formats.conftest import Read


def security(event_id: int, **data: str) -> bytes:
    """An event of the Security log."""
    system = {"EventID": event_id, "Channel": "Security"}
    return orjson.dumps({"Event": {"System": system, "EventData": data}})


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            security(
                4688,
                NewProcessName="C:\\a.exe",
                ParentProcessName="C:\\b.exe",
                SubjectDomainName="CORP",
                SubjectUserName="eve",
                SubjectLogonId="0x3e7",
                MandatoryLabel="S-1-16-12288",
                CommandLine="a -x",
            ),
            {
                "Image": "C:\\a.exe",
                "ParentImage": "C:\\b.exe",
                "User": "CORP\\eve",
                "LogonId": "0x3e7",
                "IntegrityLevel": "S-1-16-12288",
                "CommandLine": "a -x",
                "NewProcessName": "C:\\a.exe",
            },
        ),
        (security(4689, ProcessName="C:\\a.exe"), {"Image": "C:\\a.exe"}),
        (
            security(5156, Application="\\device\\a.exe", DestAddress="192.0.2.1", DestPort="445", Direction="%%14593"),
            {"Image": "\\device\\a.exe", "DestinationIp": "192.0.2.1", "DestinationPort": "445", "Initiated": "true"},
        ),
        (
            security(
                4657,
                ObjectName="\\REGISTRY\\MACHINE\\SOFTWARE\\X",
                ObjectValueName="Run",
                NewValue="a.exe",
                OperationType="%%1905",
            ),
            {"TargetObject": "HKLM\\SOFTWARE\\X\\Run", "Details": "a.exe", "EventType": "SetValue"},
        ),
        (
            security(4657, ObjectName="\\REGISTRY\\USER\\S-1-5-21", OperationType="%%1906"),
            {"TargetObject": "HKU\\S-1-5-21", "EventType": "DeleteValue"},
        ),
    ],
    ids=["4688", "4689", "5156", "4657 set", "4657 deleted"],
)
def test_an_audit_event_has_sysmons_names_too(read: Read, event: bytes, expected: dict[str, str]) -> None:
    """A rule for the generic category reads both accounts of one thing."""
    rows, _ = read("windows", event)
    assert expected.items() <= rows[0].items()


def test_sysmons_own_values_are_not_overwritten(read: Read) -> None:
    """Only the rows that are meant change, and only where nothing stands."""
    other = orjson.dumps(
        {"Event": {"System": {"EventID": 4688, "Channel": "Other"}, "EventData": {"NewProcessName": "x"}}}
    )
    named = orjson.dumps({"Channel": "Security", "EventID": 4688, "NewProcessName": "x", "Image": "y"})
    bare = orjson.dumps({"EventID": 4688, "NewProcessName": "x"})
    rows, _ = read("windows", b"\n".join((other, named, bare)))
    assert [row.get("Image") for row in rows] == [None, "y", "x"]
