"""Passes: every alert once, in any order, over any crash; what fails is told and stops nothing else."""

import logging
import random
import shutil
import tempfile
import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connection
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.apps.detect import cast
from tests.unit.apps.detect.cast import BURST, START, Bench, Crash, CrashAt, alerts, event, finish, told

from tocsin.apps.alerts.models import Alert
from tocsin.apps.detect import detector as detecting
from tocsin.apps.detect.models import Checkpoint, LoadedRule, WindowSegment
from tocsin.apps.intake.models import Source, SourceMinute
from tocsin.apps.notify.models import Channel

EVENTS = st.lists(
    st.builds(
        event,
        st.integers(0, 400),
        st.sampled_from(["failed", "failed", "failed", "admin", "other"]),
        ip=st.sampled_from(["203.0.113.1", "203.0.113.2"]),
        user=st.sampled_from(["ann", "bob", "cy"]),
    ),
    min_size=1,
    max_size=30,
    unique_by=lambda each: each["_id"],
)


def split(events: list[dict[str, Any]], chance: random.Random) -> list[list[dict[str, Any]]]:
    """``events`` shuffled, in batches of random sizes."""
    shuffled = chance.sample(events, len(events))
    cuts = sorted(chance.sample(range(len(events) + 1), chance.randint(0, min(5, len(events)))))
    parts = [shuffled[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(events)], strict=True)]
    return [part for part in parts if part]


@pytest.mark.usefixtures("transactional_db")
@settings(max_examples=15, deadline=None)
@given(EVENTS, st.randoms(use_true_random=False))
def test_any_order_any_batches_and_any_crash_give_the_alerts_of_one_quiet_pass(
    events: list[dict[str, Any]], chance: random.Random
) -> None:
    """A killed detector and its successor write what one undisturbed pass over everything writes."""
    with tempfile.TemporaryDirectory() as folder:
        quiet = Bench(Path(folder))
        Source.objects.get_or_create(name="app", defaults={"format": "json", "product": "app"})
        quiet.send(*events)
        cast.wipe()
        quiet.detect()
        expected = alerts()
        cast.wipe()
        (Path(folder) / "again").mkdir()
        other = Bench(Path(folder) / "again")
        for batch in split(events, chance):
            other.send(*batch)
            cast.run_with_crash(other, CrashAt(chance.randint(8, 60)))
        assert alerts() == expected
        cast.wipe()
        Source.objects.all().delete()


@pytest.mark.usefixtures("transactional_db")
def test_a_kill_at_any_statement_repeats_and_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before each statement in turn, two detectors together leave what one leaves: alerts, counts, messages."""
    bench = Bench(tmp_path)
    bench.add_source()
    Channel.objects.create(name="pager", kind="webhook", min_level_rank=0)
    bench.send(*BURST[:3], event(5, "admin"), b"no json")
    bench.send(BURST[3], event(31, user="bob"), event(200, "admin"))
    monkeypatch.setattr(detecting, "MAX_ROWS", 1)  # so that each commit is a pass of its own
    bench.detect()
    expected = alerts(), told(), counted()
    assert len(expected[0]) == len(expected[1]) == 3
    number, crash = 0, CrashAt(1)
    while not number or crash.has_crashed:
        cast.wipe()
        number += 1
        crash = CrashAt(number)
        cast.run_with_crash(bench, crash)
        assert (alerts(), told(), counted()) == expected, f"killed before statement {number}"
    assert number > 60


def counted() -> list[tuple[Any, ...]]:
    """What was counted, and how far reading has come."""
    minutes = SourceMinute.objects.values_list("source", "accepted", "rejected", "late", "size_bytes")
    return [*sorted(minutes), *Checkpoint.objects.values_list("source", "events", "newest_us")]


def test_a_burst_is_one_alert_that_counts_on(bench: Bench) -> None:
    """Three failures open it, a fourth in a later pass is counted in it."""
    bench.send(*BURST[:3])
    detector = bench.detect()
    bench.send(BURST[3])
    finish(detector)
    ((title, group, first, last, count, events, state),) = alerts()
    assert (title, group, count, events, state) == ("Guessing", [("ip", "203.0.113.9")], 4, 4, "open")
    assert (first, last) == (START, START + timedelta(seconds=30))


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_source_that_catches_up_is_not_overtaken(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, is_restarted: bool
) -> None:
    """While a source has days of news to be read, newer events of another do not close its windows or alerts."""
    bench.add_source("quick")
    late = START + timedelta(days=2)
    bench.send(event(0, "other", time=late.isoformat()), source="quick", received_at=late)
    for each in BURST:
        bench.send(each)
    monkeypatch.setattr(detecting, "MAX_ROWS", 1)
    detector = bench.detector(lateness_s=0)
    while detector.run_pass():
        detector = bench.detector(lateness_s=0) if is_restarted else detector
    assert [(title, count) for title, _, _, _, count, *_ in alerts()] == [("Guessing", 4)]


def test_what_cannot_be_matched_rings_and_the_events_around_it_count(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One event that breaks matching costs itself only: the others ring, and an alarm says that one did not."""
    match = detecting.match

    def broken(table: Any, *rest: Any) -> Any:
        if "poison" in table["_id"].to_pylist():
            raise ValueError("the matcher broke")
        return match(table, *rest)

    monkeypatch.setattr(detecting, "match", broken)
    bench.send(*BURST[:2], {"_id": "poison", "action": "failed"}, *BURST[2:])
    bench.send(event(5, "admin"))
    run_for(bench.detector(), caplog)
    assert [(title, count) for title, _, _, _, count, *_ in alerts()] == [
        ("Admin made", 1),
        ("Events could not be checked", 1),
        ("Guessing", 4),
    ]
    alarm = Alert.objects.get(rule_id="tocsin.unchecked")
    assert alarm.group == {"source": "app"}
    assert "ValueError: the matcher broke" in alarm.rule_text["description"]
    assert Checkpoint.objects.get().events == 6


def test_a_rule_that_fails_does_not_stop_the_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The rule is named in an alarm, once, with the events it did not look at; the other rules ring."""
    from tocsin.apps.detect import careful

    def broken(ringer: Any, *rest: Any) -> Any:
        if ringer.meta.title == "Guessing":
            raise KeyError("lost")
        return advance(ringer, *rest)

    advance = careful.advance
    for module in (careful, detecting):
        monkeypatch.setattr(module, "advance", broken)
    bench.send(*BURST)
    bench.send(event(31, user="bob"), event(5, "admin"))
    run_for(bench.detector(), caplog)
    assert [title for title, *_ in alerts()] == ["Admin made", "Events could not be checked", "Spraying"]
    alarm = Alert.objects.get(rule_id="tocsin.unchecked")
    assert (alarm.group, alarm.events) == ({"source": "app", "rule": "Guessing"}, 6)


def run_for(detector: Any, caplog: pytest.LogCaptureFixture, passes: int = 8) -> None:
    """Passes as `run` makes them, what they log kept out of the test's output."""
    with caplog.at_level(logging.CRITICAL, "tocsin.detect"):
        for _ in range(passes):
            detector._try_pass()


def test_a_locked_database_is_waited_for(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """A pass that the database refuses is done again, and nothing is passed over."""
    bench.send(*BURST)
    detector = bench.detector()
    locked = [True] * 3

    def refuse(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("INSERT") and "alert" in sql and locked:
            locked.pop()
            raise OperationalError("database is locked")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse), caplog.at_level(logging.ERROR, "tocsin.detect"):
        waits = [detector._try_pass() for _ in range(5)]
    assert waits == [2.0, 2.0, 2.0, 0.0, 0.1]
    assert "the database failed, trying again from the checkpoint: database is locked" in caplog.text
    assert [(title, count) for title, _, _, _, count, *_ in alerts()] == [("Guessing", 4)]


def test_one_unreadable_source_does_not_stop_the_others(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """A damaged file is logged with its source; another source's burst rings; mended, its events count too."""
    bench.add_source("good")
    bench.send(event(5, "admin"))
    bench.send(*BURST, source="good")
    (damaged,) = (bench.folder / "events/app").glob("_day=*/*.parquet")
    content = damaged.read_bytes()
    damaged.write_bytes(b"PAR1" + bytes(len(content)))
    detector = finish(bench.detector())
    assert [title for title, *_ in alerts()] == ["Guessing"]
    assert "source app cannot be read" in caplog.text
    damaged.write_bytes(content)
    detector._reader._retry_at.clear()
    finish(detector)
    assert [title for title, *_ in alerts()] == ["Admin made", "Guessing"]


def test_a_source_that_stays_unreadable_rings(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while the log is not enough: an alarm names the source, and counts on in one alert."""
    bench.send(*BURST)
    (damaged,) = (bench.folder / "events/app").glob("_day=*/*.parquet")
    damaged.unlink()
    monkeypatch.setattr("tocsin.apps.detect.health.UNREADABLE_AFTER_S", 0.0)
    detector = bench.detector()
    for _ in range(3):
        finish(detector)
    assert [(title, group) for title, group, *_ in alerts()] == [("A source cannot be read", [("source", "app")])]


def test_a_table_in_the_place_of_another_is_read_from_its_beginning_and_rings(bench: Bench) -> None:
    """Whoever removes the events of a source is told of, and what comes after is checked."""
    for each in BURST:
        bench.send(each)
    detector = bench.detect()
    shutil.rmtree(bench.folder / "events/app")
    finish(detector)
    bench.send(event(5, "admin"))
    finish(detector)
    assert [title for title, *_ in alerts()] == ["Admin made", "Guessing", "The events of a source were removed"]


def test_a_source_of_an_unknown_format_stops_nothing(bench: Bench) -> None:
    """A row that another version of Tocsin wrote is detected on by its columns."""
    Source.objects.create(name="later", format="klingon", product="app")
    bench.send(*BURST)
    bench.send(event(5, "admin"), source="later")
    bench.detect()
    assert [title for title, *_ in alerts()] == ["Admin made", "Guessing"]


def test_a_rule_that_reads_every_field_rings(bench: Bench) -> None:
    """Where a rule names no field, all of them are read, those in `_extra` too."""
    (bench.rule_folder / "words.yml").write_text(
        "title: Wallet\nid: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b05\nlogsource: {product: app}\n"
        "detection:\n  keywords: [bc1qwallet]\n  condition: keywords\nlevel: low\n"
    )
    wide = {f"field{number}": "x" for number in range(1_500)}
    bench.send(*BURST, {"note": "to bc1qwallet please"}, {**wide, "zz_last": "bc1qwallet"})
    detector = bench.detect()
    assert detector._rulebook.fields is None
    assert [(title, count) for title, _, _, _, count, *_ in alerts()] == [("Guessing", 4), ("Wallet", 2)]


def test_a_rule_changed_while_running_counts_from_its_change(bench: Bench) -> None:
    """With another time span the rows of the old rule are not counted; the new rule rings by itself."""
    bench.send(*BURST[:2])
    detector = bench.detect()
    (bench.rule_folder / "app.yml").write_text(cast.RULES.replace("timespan: 1m", "timespan: 2m"))
    finish(detector)
    bench.send(BURST[2])
    finish(detector)
    assert alerts() == []
    bench.send(BURST[3], event(40))
    finish(detector)
    assert [(title, count) for title, _, _, _, count, *_ in alerts()] == [("Guessing", 3)]
    assert WindowSegment.objects.values("digest").distinct().count() > 2


def test_rules_are_loaded_again_when_a_file_changes_and_stay_when_the_folder_goes(bench: Bench) -> None:
    """A new rule is taken up without a restart; without its folder the detector goes on with what it has."""
    detector = bench.detect()
    (bench.rule_folder / "more.yml").write_text(cast.RULES.split("---")[3].replace("9b04", "9b09"))
    finish(detector)
    assert LoadedRule.objects.count() == 5
    bench.rule_folder.rename(bench.folder / "elsewhere")
    bench.send(*BURST)
    finish(detector)
    assert (LoadedRule.objects.count(), [title for title, *_ in alerts()]) == (5, ["Guessing"])


def test_run_stops_when_asked_and_gives_the_lease_back(bench: Bench) -> None:
    """A standby need not wait for the lease to lapse."""
    from tocsin.apps.detect.models import Lease

    stop = threading.Event()
    detector = bench.detector()
    bench.send(*BURST)
    detector.run_pass()
    stop.set()
    detector.run(stop)
    assert Lease.objects.get().holder == ""


def test_a_detector_that_lost_its_lease_writes_nothing(bench: Bench) -> None:
    """The older of two detectors is fenced at its next pass; the newer one writes each alert once."""
    bench.send(*BURST[:2])
    old = bench.detect()
    new = bench.detect()
    bench.send(*BURST[2:])
    with pytest.raises(detecting.Fenced):
        old._handle(old._reader.read(old._progress.versions, None, {}))
    assert alerts() == []
    finish(new)
    assert [count for _, _, _, _, count, *_ in alerts()] == [4]


def test_a_crash_is_no_error_of_the_events() -> None:
    """The test's own kill passes every handler, as a real one would."""
    assert not issubclass(Crash, Exception)
