"""The JSON record of one thing that happened."""

from datetime import UTC, datetime, timedelta, timezone

from tocsin.drill.happenings import Action, Happening, iso, to_record
from tocsin.drill.people import Person, Visit

START = datetime(2025, 12, 31, 23, 0, tzinfo=UTC)
HOME = Visit("192.0.2.10", "US", "Firefox on Linux")
ADA = Person("s01", "Ada (support)", "support", 0, False, HOME)
ORLA = Person("u1", "Orla Lund", "user", 9_000_000, True, HOME)


def test_a_record_says_who_did_what_to_whom_from_where() -> None:
    """Every part by its name, the incident's mark left out."""
    event = Happening(1.5, Action.USER_VIEWED, ADA, HOME, ORLA, is_incident=True)
    record = to_record(event, "x-1", START)
    assert record.pop("request_id")
    assert record == {
        "_id": "x-1",
        "time": "2025-12-31T23:00:01.500Z",
        "action": "user.viewed",
        "actor": {"id": "s01", "name": "Ada (support)", "role": "support"},
        "subject": {"id": "u1", "name": "Orla Lund", "is_verified": True, "followers": 9_000_000},
        "source": {"ip": "192.0.2.10", "country": "US", "is_new_place": False, "is_new_device": False},
        "device": "Firefox on Linux",
    }


def test_a_post_has_its_text_and_the_host_it_links_to() -> None:
    """The host alone: it is what a rule can group by."""
    event = Happening(
        0, Action.POST_CREATED, ORLA, HOME, ORLA, "look https://video.example/a", "https://video.example/a"
    )
    record = to_record(event, "x-2", START)
    assert record["text"] == "look https://video.example/a"
    assert record["url"] == {"host": "video.example"}


def test_a_moment_is_written_in_utc_with_milliseconds() -> None:
    """One way of writing, so that the same moment is the same bytes."""
    assert iso(START + timedelta(microseconds=1_999)) == "2025-12-31T23:00:00.001Z"
    assert iso(datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1)))).endswith("+01:00")
