"""GitHub's audit log."""

import orjson
from tests.unit.formats.conftest import Read


def test_fields_have_githubs_own_names_and_time(read: Read) -> None:
    """Rules write `action` and `actor`; the time is a number of milliseconds."""
    rows, _ = read("github", orjson.dumps({"action": "repo.create", "actor": "eve", "@timestamp": 1769760000000}))
    assert (rows[0]["action"], rows[0]["actor"]) == ("repo.create", "eve")
    assert rows[0]["_time"].isoformat() == "2026-01-30T08:00:00+00:00"
