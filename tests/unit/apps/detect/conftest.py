"""What the tests of detection share."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.unit.apps.detect.cast import RECEIVED_AT, Bench

from tocsin.apps.detect import detector


@pytest.fixture
def bench(db: None, tmp_path: Path) -> Bench:
    """A store without events, rules, and the source `app`."""
    bench = Bench(tmp_path)
    bench.add_source()
    return bench


class Clock:
    """The detector's clock: it stands where a test puts it."""

    def __init__(self) -> None:
        self.at = RECEIVED_AT

    def __call__(self) -> datetime:
        """Now."""
        return self.at

    def go_on(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """At the moment at which the records are received: nothing is quiet unless a test lets time pass."""
    clock = Clock()
    monkeypatch.setattr(detector, "now", clock)
    return clock
