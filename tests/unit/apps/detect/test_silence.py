"""Sources that fall silent: they ring once, go on, and end, through restarts."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.apps.detect.cast import Bench, CrashAt, event, finish, run_with_crash, told

from tocsin.apps.alerts.models import Alert, AlertAction, State
from tocsin.apps.detect import detector as detecting
from tocsin.apps.detect.alarms import SILENT
from tocsin.apps.detect.lease import BREAK
from tocsin.apps.detect.models import Checkpoint, Lease
from tocsin.apps.detect.silence import OFF
from tocsin.apps.intake.models import SourceMinute
from tocsin.apps.notify.models import Channel

pytestmark = pytest.mark.django_db(transaction=True)

MONDAY = datetime.fromisoformat("2026-02-02T12:00:00+00:00")
MINUTE = timedelta(minutes=1)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """A store with a source that has sent every two minutes for five weeks, until `MONDAY`; and a channel."""
    Channel.objects.create(name="pager", kind="webhook", min_level_rank=3)
    bench = Bench(tmp_path)
    bench.add_source()
    live("app", MONDAY)
    return bench


def live(source: str, until: datetime, days: int = 42) -> None:
    """The counts of a source that has sent every two minutes."""
    SourceMinute.objects.bulk_create(
        SourceMinute(source=source, minute=until - 2 * number * MINUTE, accepted=1) for number in range(1, days * 720)
    )


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    """The detector's time, which the test sets."""
    return Clock(monkeypatch)


class Clock:
    """Sets what the detector takes for now."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self.set(0)

    def set(self, minutes: float) -> datetime:
        """So many minutes after `MONDAY`; somebody has listened for a day."""
        at = MONDAY + minutes * MINUTE
        self._monkeypatch.setattr(detecting, "now", lambda: at)
        Lease.objects.update_or_create(
            name="detect", defaults={"holder": "", "expires_at": at, "since_at": MONDAY - timedelta(days=1)}
        )
        return at


def detect_at(bench: Bench, clock: Clock, minutes: float) -> None:
    """A new detector at that time, until nothing is left."""
    clock.set(minutes)
    bench.detect()


def speak(bench: Bench, minutes: float) -> None:
    """The source sends, so many minutes after `MONDAY`."""
    bench.send(event(minutes, action="hello"), received_at=MONDAY + minutes * MINUTE)


def rung() -> list[tuple[str, str, datetime, datetime]]:
    """(source, state, first, last) of every alarm about a silence."""
    fields = ("source", "state", "first_at", "last_at")
    return list(Alert.objects.filter(rule_id=SILENT).order_by("pk").values_list(*fields))


def test_a_silence_rings_once_goes_on_and_ends(bench: Bench, clock: Clock) -> None:
    """One alert, told once, through restarts; what it says grows, and the source itself ends it."""
    speak(bench, 0)
    detect_at(bench, clock, 9)
    assert rung() == []
    for minutes in (20, 20, 47):
        detect_at(bench, clock, minutes)
    assert rung() == [("app", State.OPEN, MONDAY, MONDAY + 47 * MINUTE)]
    said = Alert.objects.get().rule_text["description"]
    assert "usually sends every 2 minutes; nothing for 47 minutes" in said
    speak(bench, 60)
    detect_at(bench, clock, 60)
    detect_at(bench, clock, 61)
    assert rung() == [("app", State.RESOLVED, MONDAY, MONDAY + 60 * MINUTE)]
    assert AlertAction.objects.latest("pk").note == "it sends again, after 60 minutes"
    assert told() == [("A source fell silent", "opened")]


def test_one_detector_says_the_same_as_many(bench: Bench, clock: Clock) -> None:
    """Without a restart between."""
    speak(bench, 0)
    clock.set(1)
    detector = finish(bench.detector())
    for minutes in (20, 47):
        clock.set(minutes)
        Lease.objects.update(holder=detector._lease._holder)
        finish(detector)
    assert rung() == [("app", State.OPEN, MONDAY, MONDAY + 47 * MINUTE)]
    speak(bench, 60)
    clock.set(60)
    Lease.objects.update(holder=detector._lease._holder)
    finish(detector)
    clock.set(61)
    Lease.objects.update(holder=detector._lease._holder)
    finish(detector)
    assert [state for _, state, *_ in rung()] == [State.RESOLVED]


def test_the_next_silence_is_an_alert_of_its_own(bench: Bench, clock: Clock) -> None:
    """And is told again."""
    speak(bench, 0)
    for minutes in (1, 30):
        detect_at(bench, clock, minutes)
    speak(bench, 31)
    for minutes in (32, 33, 70):
        detect_at(bench, clock, minutes)
    assert [(state, first) for _, state, first, _ in rung()] == [
        (State.RESOLVED, MONDAY),
        (State.OPEN, MONDAY + 31 * MINUTE),
    ]
    assert len(told()) == 2


def test_a_silence_that_somebody_resolved_does_not_ring_again(bench: Bench, clock: Clock) -> None:
    """Nor after a restart, however long it goes on."""
    speak(bench, 0)
    for minutes in (1, 30):
        detect_at(bench, clock, minutes)
    Alert.objects.update(state=State.RESOLVED)
    for minutes in (31, 300, 3_000):
        detect_at(bench, clock, minutes)
    assert [(state, last) for _, state, _, last in rung()] == [(State.RESOLVED, MONDAY + 30 * MINUTE)]


@pytest.mark.parametrize(("limit_s", "rings_at"), [(300, 5), (7_200, 120), (OFF, None), (None, 15)])
def test_a_limit_of_ones_own_goes_before_the_rhythm(
    bench: Bench, clock: Clock, limit_s: int | None, rings_at: int | None
) -> None:
    """Shorter or longer; off is never."""
    bench.add_source("own", silent_after_s=limit_s)
    live("own", MONDAY)
    bench.send(event(0, action="hello"), source="own", received_at=MONDAY)
    Checkpoint.objects.all().delete()
    found = None
    for minutes in (4, 5, 15, 16, 119, 120, 5_000):
        detect_at(bench, clock, minutes)
        if found is None and any(source == "own" for source, *_ in rung()):
            found = minutes
    assert found == rings_at


def test_nobody_is_silent_while_nobody_listened(bench: Bench, clock: Clock) -> None:
    """After a longer break of the detector each source has its time again; a short one, a restart, is no break."""
    speak(bench, 0)
    detect_at(bench, clock, 1)
    at = clock.set(600)
    Lease.objects.update(expires_at=at - BREAK - MINUTE)
    bench.detect()
    assert rung() == []
    clock._monkeypatch.setattr(detecting, "now", lambda: at + 30 * MINUTE)
    Lease.objects.update(holder="", expires_at=at + 29 * MINUTE)
    bench.detect()
    assert [source for source, *_ in rung()] == ["app"]


def test_what_is_still_to_be_read_is_no_silence(bench: Bench, clock: Clock) -> None:
    """A detector that comes back reads first."""
    for minutes in (0, 50):
        speak(bench, minutes)
        if not minutes:
            detect_at(bench, clock, 1)
    detect_at(bench, clock, 55)
    assert rung() == []


def test_a_crash_anywhere_rings_once(bench: Bench, clock: Clock) -> None:
    """Killed before each statement of the pass that rings, and done again."""
    speak(bench, 0)
    detect_at(bench, clock, 1)
    number, crash = 1, CrashAt(1)
    while crash.has_crashed or number == 1:
        Alert.objects.all().delete()
        clock.set(30)
        crash = CrashAt(number)
        run_with_crash(bench, crash)
        assert len(rung()) == len(told()) == 1, number
        number += 1
    assert number > 10
