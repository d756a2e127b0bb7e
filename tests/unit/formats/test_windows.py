"""Windows events as JSON."""

from datetime import UTC, datetime

import orjson
import pytest
from tests.unit.formats.conftest import RECEIVED_AT, Read

from tocsin.formats import OTHERS, SYSTEM_SCHEMA, windows

SYSMON = "Microsoft-Windows-Sysmon/Operational"
XML = {
    "Event": {
        "#attributes": {"xmlns": "http://schemas.microsoft.com/win/2004/08/events/event"},
        "System": {
            "Provider": {"#attributes": {"Name": "Microsoft-Windows-Sysmon", "Guid": "5770385F"}},
            "EventID": 1,
            "Version": 5,
            "TimeCreated": {"#attributes": {"SystemTime": "2026-01-30T08:00:00.5Z"}},
            "Channel": SYSMON,
            "Computer": "pc-1",
            "Correlation": None,
        },
        "EventData": {"Image": "C:\\a.exe", "CommandLine": "a -x"},
    }
}
BESIDE = {
    "Event": {
        "System": {
            "Provider_attributes": {"Name": "Microsoft-Windows-Sysmon", "Guid": "5770385F"},
            "EventID": 1,
            "TimeCreated_attributes": {"SystemTime": "2026-01-30T08:00:00.5Z"},
            "Channel": SYSMON,
            "Computer": "pc-1",
        },
        "EventData": {"Image": "C:\\a.exe", "CommandLine": "a -x"},
    }
}
FLAT = {
    "Channel": SYSMON,
    "EventID": "1",
    "Provider_Name": "Microsoft-Windows-Sysmon",
    "Computer": "pc-1",
    "Image": "C:\\a.exe",
    "CommandLine": "a -x",
}
BEAT = {
    "@timestamp": "2026-01-30T08:00:00.5Z",
    "winlog": {
        "channel": SYSMON,
        "event_id": 1,
        "provider_name": "Microsoft-Windows-Sysmon",
        "computer_name": "pc-1",
        "event_data": {"Image": "C:\\a.exe", "CommandLine": "a -x"},
    },
}
EXPECTED = FLAT


def lines(*records: object) -> bytes:
    """A line a record."""
    return b"\n".join(map(orjson.dumps, records))


@pytest.mark.parametrize("layout", [XML, BESIDE, FLAT, BEAT], ids=["xml", "beside", "flat", "winlogbeat"])
def test_every_layout_has_the_same_names(read: Read, layout: object) -> None:
    """A rule's `Image` and `EventID` are found, whoever shipped the event."""
    rows, issues = read("windows", lines(layout))
    assert not issues
    assert EXPECTED.items() <= rows[0].items()


def test_the_events_own_time_counts(read: Read) -> None:
    """It stands among the log's attributes."""
    rows, _ = read("windows", lines(XML))
    assert rows[0]["_time"].isoformat() == "2026-01-30T08:00:00.500000+00:00"


def test_an_event_id_is_one_field_however_written(read: Read) -> None:
    """A number in one event, a text in the next, a map with `#text` in the third."""
    written = (7, "7", {"#attributes": {"Qualifiers": 16384}, "#text": 7}, {"#attributes": {}, "#text": "7"})
    nested = [{"Event": {"System": {"EventID": each}}} for each in written]
    flat = [{"Channel": "System", "EventID": each} for each in written]
    rows, _ = read("windows", lines(*nested, *flat))
    assert [row["EventID"] for row in rows] == ["7"] * 8
    assert rows[2]["EventID_Qualifiers"] == "16384"


def test_two_values_of_one_name_are_both_kept(read: Read) -> None:
    """The data's wins and the log's keeps its long name; of the channel it is the other way round."""
    record = {"Event": {"System": {"Version": 5, "Channel": "Security"}, "EventData": {"Version": "9", "Channel": "x"}}}
    rows, _ = read("windows", lines(record))
    assert (rows[0]["Version"], rows[0]["Event.System.Version"]) == ("9", "5")
    assert (rows[0]["Channel"], rows[0]["Event.EventData.Channel"]) == ("Security", "x")


def test_spellings_that_differ_in_case_stay_apart(read: Read) -> None:
    """`LogonId` and `LogonID` are two fields; no value is lost."""
    rows, _ = read("windows", lines({"Event": {"EventData": {"LogonId": "0x1", "LogonID": "0x2"}, "System": {}}}))
    assert (rows[0]["LogonId"], rows[0]["LogonID"]) == ("0x1", "0x2")


def test_user_data_comes_to_the_top(read: Read) -> None:
    """It stands in an element that each provider names as it likes."""
    data = {"LogFileCleared": {"#attributes": {"xmlns": "x"}, "SubjectUserName": "eve"}}
    rows, _ = read("windows", lines({"Event": {"System": {"EventID": 1102}, "UserData": data}}))
    assert rows[0]["SubjectUserName"] == "eve"
    assert not [name for name in rows[0] if "xmlns" in name]


def test_nameless_data_is_one_field(read: Read) -> None:
    """Classic providers write a list of texts."""
    record = {"Event": {"System": {"EventID": 1033}, "EventData": {"Data": {"#text": ["a", "b"]}}}}
    rows, _ = read("windows", lines(record))
    assert rows[0]["Data"] == '["a","b"]'


def test_other_fields_stay_as_they_are(read: Read) -> None:
    """What a shipper adds is no part of the event log."""
    rows, _ = read("windows", lines({"winlog": {"channel": "System", "opcode": "Info"}, "host": {"name": "pc"}}))
    assert (rows[0]["winlog.opcode"], rows[0]["host.name"]) == ("Info", "pc")


def test_fields_beyond_the_columns_are_named_too(read: Read) -> None:
    """They lie in `_extra` by the same names."""
    record = {"Event": {"System": {"EventID": 1}, "EventData": {f"f{number:04}": "x" for number in range(2_100)}}}
    rows, _ = read("windows", lines(record))
    extra = orjson.loads(rows[0]["_extra"])
    assert extra
    assert all(name.startswith("f") for name in extra)


def test_a_line_that_is_no_event_is_rejected(read: Read) -> None:
    """Those beside it are read."""
    rows, issues = read("windows", b"{broken\n" + lines(XML))
    assert [issue.record for issue in issues] == [1]
    assert rows[1]["Image"] == "C:\\a.exe"


@pytest.mark.parametrize("event", [XML, BESIDE, BEAT])
def test_every_layout_says_when_it_happened(read: Read, event: dict[str, object]) -> None:
    """Attributes stand below their element or beside it."""
    rows, _ = read("windows", orjson.dumps(event))
    assert rows[0]["_time"] == datetime(2026, 1, 30, 8, 0, 0, 500_000, tzinfo=UTC)


def test_fields_that_nobody_asks_for_keep_their_values_and_no_column() -> None:
    """What is asked for is read as ever, and what it is made from; keywords still find all other values."""
    records = [XML | {str(place): {"odd": place}} for place in range(300)]
    body = b"\n".join(map(orjson.dumps, records))
    all_of_it, _ = windows.parse(body, received_at=RECEIVED_AT)
    chosen, _ = windows.parse(body, received_at=RECEIVED_AT, choose={"EventID"}.__contains__)
    assert "Version" in all_of_it.column_names
    assert chosen.column_names[len(SYSTEM_SCHEMA) :] == ["Channel", "EventID", "TimeCreated_SystemTime", OTHERS]
    assert chosen.column("EventID").to_pylist() == all_of_it.column("EventID").to_pylist()
    assert chosen.column("_time").to_pylist() == all_of_it.column("_time").to_pylist()
    others = chosen.column(OTHERS).to_pylist()
    assert all({"a -x", "5", str(place)} <= set(values) for place, values in enumerate(others[100:], 100))
    assert not any("http://schemas.microsoft.com/win/2004/08/events/event" in values for values in others)
