"""Checkpoints and the watermark."""

import pytest
from tests.unit.apps.detect.cast import table_of

from tocsin.apps.detect.models import Checkpoint
from tocsin.apps.detect.progress import IDLE_AFTER_US, Progress
from tocsin.apps.detect.reading import Reading
from tocsin.kernel.clock import from_us

S = 1_000_000
HOUR = 3600 * S


def reading(source: str, version: int, newest_us: int, received_us: int) -> Reading:
    """News of one event."""
    return Reading(source, version, table_of([{"a": 1}]), newest_us, received_us, received_us)


def progress(**sources: tuple[int, int]) -> Progress:
    """Source → (newest event, newest receipt), in seconds."""
    made = Progress()
    made.advance(reading(name, 0, newest * S, received * S) for name, (newest, received) in sources.items())
    return made


def test_the_lowest_of_the_living_counts() -> None:
    """What is on time for the slowest source is on time."""
    made = progress(fast=(5000, 5000), slow=(4700, 4990))
    assert made.watermark_us({}, 300 * S) == 4400 * S


def test_every_source_has_its_own_lateness() -> None:
    """A source that may come an hour late holds the watermark an hour back."""
    made = progress(fast=(5000, 5000), slow=(4700, 4990))
    assert made.watermark_us({"fast": HOUR}, 300 * S) == 1400 * S


def test_an_idle_source_holds_nothing_back() -> None:
    """One that sent nothing for ten minutes while others did; but the last to be idle counts."""
    idle = IDLE_AFTER_US // S
    assert progress(gone=(100, 100), here=(5000, 101 + idle)).watermark_us({}, 0) == 5000 * S
    assert progress(gone=(100, 100), here=(5000, 100 + idle)).watermark_us({}, 0) == 100 * S
    assert progress(gone=(100, 100)).watermark_us({}, 0) == 100 * S


def test_a_source_with_more_to_read_is_alive() -> None:
    """However long ago its newest receipt was; and before anything of it is known, nothing is forgotten."""
    made = progress(behind=(100, 100), here=(5000, 5000))
    assert made.watermark_us({}, 0, {"behind"}) == 100 * S
    assert made.watermark_us({}, 0, {"never read"}) == 0
    assert Progress().watermark_us({}, 0) == 0


@pytest.mark.django_db
def test_what_is_saved_is_loaded() -> None:
    """Versions, event times and receipts go up, and older ones never bring them down."""
    made = Progress()
    for news in (reading("app", 3, 50 * S, 60 * S), reading("app", 4, 40 * S, 45 * S)):
        made.save([news])
        made.advance([news])
    assert Progress.load() == made
    row = Checkpoint.objects.get()
    assert (row.version, row.newest_us, row.events, row.advanced_at) == (4, 50 * S, 2, from_us(60 * S))


def test_a_table_that_begins_again_is_read_from_its_beginning() -> None:
    """Its event times stay known."""
    made = progress(app=(10, 10))
    made.begin_again("app")
    assert (made.versions, made.newest_us) == ({"app": -1}, {"app": 10 * S})


def test_what_people_do_here_does_not_move_the_watermark() -> None:
    """It happens now, while the logs that are read may be of last year."""
    progress = Progress(newest_us={"tocsin.audit": 900}, received_us={"tocsin.audit": 900})
    assert progress.watermark_us({}, 10, {"tocsin.audit"}) == 0
    progress.advance([reading("app", 1, 500, 900)])
    assert progress.watermark_us({}, 10) == 490
