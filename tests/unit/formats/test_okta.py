"""Okta's System Log."""

import orjson
from tests.unit.formats.conftest import Read


def test_fields_have_oktas_own_names_and_time(read: Read) -> None:
    """Rules write `eventType`, `actor.alternateId` and the targets' names."""
    event = {
        "published": "2026-01-30T08:00:00Z",
        "eventType": "user.session.start",
        "actor": {"alternateId": "eve@example.com"},
        "target": [{"displayName": "Admin"}],
    }
    rows, _ = read("okta", orjson.dumps(event))
    assert (rows[0]["actor.alternateId"], rows[0]["target.displayName"]) == ("eve@example.com", "Admin")
    assert rows[0]["_time"].isoformat() == "2026-01-30T08:00:00+00:00"
