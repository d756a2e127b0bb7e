"""Counts a minute of receipt, and the newest rejected records."""

from datetime import timedelta

import pytest
from tests.unit.apps.detect.cast import START, Bench, event, table_of

from tocsin.apps.detect.counting import KEPT_REJECTED, count_readings
from tocsin.apps.detect.reading import Reading
from tocsin.apps.intake.models import RejectedRecord, SourceMinute
from tocsin.kernel.clock import to_us

pytestmark = pytest.mark.django_db


def count(*records: object, minute: int = 0, late_before: float = 0) -> None:
    """Count ``records`` as received in ``minute``."""
    table = table_of(records, START + timedelta(minutes=minute))  # type: ignore[arg-type]
    count_readings([Reading("app", 1, table, 0, 0, 0)], {"app": to_us(START + timedelta(seconds=late_before))})


def minutes() -> list[tuple[int, int, int, int]]:
    """(minute, accepted, rejected, late)."""
    rows = SourceMinute.objects.order_by("minute").values_list("minute", "accepted", "rejected", "late")
    return [(int((at - START).total_seconds()) // 60, *rest) for at, *rest in rows]


def test_records_are_counted_by_their_minute_of_receipt() -> None:
    """Accepted and rejected apart; later passes add to the same minute."""
    count(event(0), b"no json", event(1))
    count(event(2), minute=1)
    count(event(3), b"[1, ", b"}", minute=1)
    assert minutes() == [(0, 2, 1, 0), (1, 2, 2, 0)]


def test_late_events_are_counted_beside() -> None:
    """An event before the moment that is given is late, one at it is not; both are accepted."""
    count(event(9), event(10), event(11), minute=1, late_before=10)
    assert minutes() == [(1, 3, 0, 1)]


def test_sizes_are_those_of_the_records() -> None:
    """The bytes of the raw records, together."""
    count(b'{"a": "\xc3\xa9"}', b"no json")
    assert SourceMinute.objects.get().size_bytes == len(b'{"a": "\xc3\xa9"}') + len(b"no json")


def test_rejected_records_are_kept_with_their_reason() -> None:
    """What came, why it could not be read, and when."""
    count(event(0), b"no json")
    row = RejectedRecord.objects.get()
    assert (row.source, row.raw, row.received_at) == ("app", "no json", START)
    assert row.reason
    assert not row.reason.startswith("rejected")


def test_only_the_newest_rejected_records_are_kept() -> None:
    """A bounded number a source, over one pass or many, and a bounded part of each."""
    count(*(f"bad {number}".encode() for number in range(KEPT_REJECTED + 30)))
    count(b"the last " + b"x" * 5_000)
    kept = list(RejectedRecord.objects.order_by("pk").values_list("raw", flat=True))
    assert len(kept) == KEPT_REJECTED
    assert (kept[0], kept[-1][:9], len(kept[-1])) == ("bad 31", "the last ", 2_000)
    assert minutes() == [(0, 0, KEPT_REJECTED + 31, 0)]


def test_a_replay_of_an_hour_fills_its_minutes(bench: Bench) -> None:
    """What was received over many minutes and is read in one pass stands in each of them."""
    for minute in range(5):
        bench.send(event(minute), received_at=START + timedelta(minutes=minute))
    bench.detect()
    assert minutes() == [(minute, 1, 0, 0) for minute in range(5)]
