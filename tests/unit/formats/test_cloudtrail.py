"""AWS CloudTrail."""

import orjson
from tests.unit.formats.conftest import Read

TRAIL = {"eventVersion": "1.08", "eventSource": "iam.amazonaws.com", "eventName": "CreateUser"}


def test_cloudtrails_parameters_are_there_as_a_whole_too(read: Read) -> None:
    """Some rules seek in all of them."""
    rows, _ = read(
        "cloudtrail", orjson.dumps(TRAIL | {"requestParameters": {"userName": "eve"}, "responseElements": None})
    )
    assert rows[0]["requestParameters"] == '{"userName":"eve"}'
    assert rows[0]["requestParameters.userName"] == "eve"
    assert "responseElements" not in rows[0]


def test_the_time_is_when_it_happened(read: Read) -> None:
    """As the event says."""
    rows, _ = read("cloudtrail", orjson.dumps(TRAIL | {"eventTime": "2026-01-30T08:00:00Z"}))
    assert rows[0]["_time"].isoformat() == "2026-01-30T08:00:00+00:00"
