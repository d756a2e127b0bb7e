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


def test_cloudtrails_parameters_are_there_as_a_whole_too(read: Read) -> None:
    """Some rules seek in all of them."""
    rows, _ = read(
        "cloudtrail", orjson.dumps(TRAIL | {"requestParameters": {"userName": "eve"}, "responseElements": None})
    )
    assert rows[0]["requestParameters"] == '{"userName":"eve"}'
    assert rows[0]["requestParameters.userName"] == "eve"
    assert "responseElements" not in rows[0]


@pytest.mark.parametrize("is_wrapped", [False, True])
def test_google_clouds_fields_have_the_names_that_rules_write(read: Read, is_wrapped: bool) -> None:
    """With Pub/Sub's `data` around them and without."""
    entry = {"protoPayload": {"methodName": "v1.compute.firewalls.delete"}}
    rows, _ = read("gcpaudit", orjson.dumps({"data": entry} if is_wrapped else entry))
    for name in ("protoPayload.methodName", "data.protoPayload.methodName", "gcp.audit.method_name"):
        assert rows[0][name] == "v1.compute.firewalls.delete"


def test_kubernetes_groups_have_the_short_name_that_rules_write(read: Read) -> None:
    """`apiGroup` stands for `objectRef.apiGroup`."""
    rows, _ = read("k8saudit", orjson.dumps({"verb": "get", "objectRef": {"apiGroup": "rbac.authorization.k8s.io"}}))
    assert rows[0]["apiGroup"] == rows[0]["objectRef.apiGroup"] == "rbac.authorization.k8s.io"


def test_an_activity_of_google_workspace_is_one_record_an_event(read: Read) -> None:
    """Its parameters are fields, and so is what the activity says of actor and time."""
    activity = {
        "kind": "admin#reports#activity",
        "id": {"time": "2026-01-30T08:00:00Z", "applicationName": "admin"},
        "actor": {"email": "eve@example.com"},
        "events": [
            {"type": "T", "name": "DELETE_ROLE", "parameters": [{"name": "ROLE_NAME", "value": "owner"}]},
            {"type": "T", "name": "ADD_ROLE", "parameters": [{"name": "IS_ADMIN", "boolValue": True}]},
        ],
    }
    rows, _ = read("gworkspace", orjson.dumps(activity))
    assert [row["eventName"] for row in rows] == ["DELETE_ROLE", "ADD_ROLE"]
    assert {
        "eventService": "admin.googleapis.com",
        "ROLE_NAME": "owner",
        "actor.email": "eve@example.com",
    }.items() <= rows[0].items()
    assert rows[1]["IS_ADMIN"] == "true"
    assert rows[0]["_time"].isoformat() == "2026-01-30T08:00:00+00:00"


def test_workspace_in_google_clouds_log_has_the_same_names(read: Read) -> None:
    """`eventName` and `eventService`, wherever the log was taken from."""
    payload = {"serviceName": "admin.googleapis.com", "metadata": {"event": [{"eventName": "DELETE_ROLE"}]}}
    rows, _ = read("gworkspace", orjson.dumps({"protoPayload": payload}))
    assert (rows[0]["eventName"], rows[0]["eventService"]) == ("DELETE_ROLE", "admin.googleapis.com")


def _fields(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if not name.startswith("_")}
