"""Google Workspace."""

import orjson
from tests.unit.formats.conftest import Read


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


def test_an_activity_without_events_is_kept_as_it_is(read: Read) -> None:
    """So is one whose events are no objects."""
    rows, issues = read("gworkspace", b'{"id":{"applicationName":"login"}}\n{"events":["x"]}')
    assert not issues
    assert (rows[0]["id.applicationName"], rows[1]["events"]) == ("login", '["x"]')
