"""Audit logs of services, in JSON."""

import orjson
import pytest
from tests.unit.formats.conftest import Read

TRAIL = {"eventVersion": "1.08", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser"}


@pytest.mark.parametrize(
    ("name", "list_name", "record"),
    [
        ("cloudtrail", "Records", TRAIL),
        ("github", "events", {"action": "repo.create", "actor": "eve"}),
        ("okta", "events", {"eventType": "user.session.start"}),
        ("k8saudit", "items", {"verb": "create"}),
        ("gcpaudit", "entries", {"protoPayload": {"methodName": "m"}}),
        ("gworkspace", "items", {"eventName": "x"}),
    ],
)
def test_records_in_a_list_are_read_like_records_in_lines(
    read: Read, name: str, list_name: str, record: object
) -> None:
    """One file as a service delivers it, several such files joined, or a record a line."""
    line = orjson.dumps(record)
    wrapped = orjson.dumps({list_name: [record, record]})
    plain, _ = read(name, line + b"\n" + line)
    for body in (wrapped, line + b"\n" + line, orjson.dumps({list_name: [record]}) + b"\n" + line):
        rows, issues = read(name, body)
        assert not issues
        assert [_fields(row) for row in rows] == [_fields(row) for row in plain]


def test_what_is_no_record_is_rejected_beside_those_that_are(read: Read) -> None:
    """In a list too."""
    rows, issues = read("cloudtrail", orjson.dumps({"Records": [TRAIL, 7]}) + b"\n{broken")
    assert [issue.record for issue in issues] == [2, 3]
    assert rows[0]["eventName"] == "CreateUser"


def test_lists_of_objects_get_fields_of_their_own(read: Read) -> None:
    """A rule names `target.displayName`; any of the list's elements will do."""
    target = [{"type": "User", "detail": {"id": 1}}, {"type": "App"}]
    rows, _ = read("okta", orjson.dumps({"target": target}))
    assert rows[0]["target.type"] == '["User","App"]'
    assert rows[0]["target.detail.id"] == "1"
    assert orjson.loads(rows[0]["target"]) == target


def _fields(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if not name.startswith("_")}
