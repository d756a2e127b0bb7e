"""Tables that are not as they were."""

import shutil
from pathlib import Path

import pytest
from tests.unit.apps.detect.cast import Bench, event

from tocsin.apps.detect import health
from tocsin.apps.detect.alarms import REPLACED, UNREADABLE
from tocsin.apps.detect.health import Health
from tocsin.apps.detect.reading import Reader


def test_a_source_rings_when_it_stays_unreadable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not at the first failure; then again after as long; never once it can be read."""
    reader = Reader(Bench(tmp_path).store)
    watched = Health(reader)

    def rung(at_s: float) -> list[tuple[str, str, str]]:
        monkeypatch.setattr(health.time, "monotonic", lambda: at_s)
        return [(alarm.kind, alarm.source, alarm.reason) for alarm in watched.alarms({})]

    reader.unreadable = {"app": "no parquet"}
    alarm = [(UNREADABLE, "app", "no parquet")]
    assert [rung(at_s) for at_s in (0, 59, 60, 61, 119, 120)] == [[], [], alarm, [], [], alarm]
    reader.unreadable = {}
    assert rung(500) == []


def test_a_replaced_table_rings(tmp_path: Path) -> None:
    """With the version that was handled and is not there."""
    bench = Bench(tmp_path)
    newest = max(bench.send(event(second)) for second in range(6))
    shutil.rmtree(tmp_path / "events/app")
    bench.send(event(0))
    reader = Reader(bench.store)
    reader.find_tables()
    (alarm,) = Health(reader).alarms({"app": newest})
    assert (alarm.kind, alarm.source) == (REPLACED, "app")
    assert f"version {newest}" in alarm.reason
