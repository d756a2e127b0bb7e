"""What holds on both databases: detection and the outbox, with real transactions and real concurrency."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from pytest_django.plugin import DjangoDbBlocker
from tests.databases import django_on, new_database, postgres_server, postgres_settings, sqlite_settings
from tests.unit.apps.detect import cast
from tests.unit.apps.detect.cast import BURST, Bench, CrashAt, alerts, event, finish, told
from tests.unit.apps.detect.test_baseline import KNOWN, MORNINGS, TODAY, rung, send
from tests.unit.apps.detect.test_baseline import RULES as LEARNING

from tocsin.apps.accounts.models import User
from tocsin.apps.alerts.models import Alert, State
from tocsin.apps.detect import detector as detecting
from tocsin.apps.detect import ringing
from tocsin.apps.detect.detector import Fenced
from tocsin.apps.detect.lease import LIFETIME, DetectorLease
from tocsin.apps.detect.models import Checkpoint, Lease, LoadedRule
from tocsin.apps.intake.models import RejectedRecord
from tocsin.apps.notify import claims
from tocsin.apps.notify.models import Channel, Delivery
from tocsin.apps.notify.outbox import enqueue
from tocsin.kernel.clock import now

HOSTILE = "nul \x00, right to left \u202e, a flag \U0001f1e9\U0001f1ea, a lone backslash \\u0000 and 'quotes\""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[str]:
    """Each database, migrated."""
    with django_db_blocker.unblock():
        if request.param == "sqlite":
            with django_on(sqlite_settings(tmp_path_factory.mktemp("sqlite") / "tocsin.sqlite3")):
                yield "sqlite"
            return
        with postgres_server() as server, django_on(postgres_settings(new_database(server))):
            yield "postgresql"


@pytest.fixture
def bench(database: str, tmp_path: Path) -> Bench:
    """A store, rules, the source `app` and one channel, on an empty database."""
    call_command("flush", verbosity=0, interactive=False)
    assert connection.vendor == database
    bench = Bench(tmp_path)
    bench.add_source()
    Channel.objects.create(name="pager", kind="webhook", min_level_rank=0)
    return bench


def in_thread(work: Callable[[], Any]) -> Any:
    """Run ``work`` beside this thread, on a connection of its own."""

    def run() -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(60)


def test_a_kill_at_any_statement_repeats_and_loses_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed on the way and started again, detection leaves what an undisturbed one leaves."""
    monkeypatch.setattr(detecting, "MAX_ROWS", 1)
    bench.send(*BURST[:3], event(5, "admin"), b"no json")
    bench.send(BURST[3], event(31, user="bob"))
    bench.detect()
    expected = alerts(), told()
    assert len(expected[0]) == 3
    number, crash = 0, CrashAt(1)
    while not number or crash.has_crashed:
        cast.wipe()
        number += 3
        crash = CrashAt(number)
        cast.run_with_crash(bench, crash)
        assert (alerts(), told()) == expected, f"killed before statement {number}"


def test_hostile_content_is_kept_and_shown(bench: Bench) -> None:
    """What no database may hold is replaced, and neither the alert nor the next event is lost."""
    bench.send(
        event(0, "admin", user=HOSTILE, _id=HOSTILE, **{"na\x00me": HOSTILE}),
        event(1, "admin", user="x" * 100_000),
        b'{"half": "\x00',
        event(2, "admin", user="next"),
    )
    bench.detect()
    assert Alert.objects.count() == 3
    assert RejectedRecord.objects.count() == 1
    (alert,) = Alert.objects.filter(group__user__startswith="nul")
    assert "\x00" not in str(alert.samples) + str(alert.group)
    assert "na\ufffdme" in alert.samples[0]["fields"]
    assert not Alert.objects.filter(rule_id__startswith="tocsin.").exists()


def test_times_at_the_ends_of_the_calendar_ring_once(bench: Bench) -> None:
    """Year 1 and year 9999 are events as others; a restart does not repeat their alerts."""
    records = [
        event(0, "admin", user="past", time="0001-01-01T00:00:00Z"),
        event(0, "admin", user="future", time="9999-12-31T23:59:59Z"),
        {"_id": "absent", "action": "admin", "user": "absent"},
    ]
    bench.send(*records)
    bench.detect()
    bench.send(*({**record, "_id": f"again-{record['_id']}"} for record in records))
    bench.detect()
    found = dict(Alert.objects.values_list("group__user", "count"))
    assert found == {"past": 2, "future": 2, "absent": 2}


def test_a_rule_with_hostile_words_is_listed(bench: Bench) -> None:
    """Its title and description go into the database as they may."""
    (bench.rule_folder / "odd.yml").write_text(
        'title: "odd \\0 title"\nid: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b06\ndescription: "a \\0 b"\n'
        "logsource: {product: app}\ndetection:\n  s: {action: odd}\n  condition: s\nlevel: low\n"
    )
    bench.send(event(0, "odd"), *BURST)
    bench.detect()
    assert LoadedRule.objects.count() >= 4
    assert "Guessing" in {title for title, *_ in alerts()}


def test_of_two_detectors_one_is_active(bench: Bench) -> None:
    """While the lease is held by a living process elsewhere, another one handles nothing; then it takes over."""
    bench.send(*BURST)
    elsewhere = Lease.objects.create(name="detect", holder="elsewhere:1", expires_at=now() + LIFETIME)
    standby = bench.detector()
    assert standby.run_pass() == 0
    Lease.objects.filter(pk=elsewhere.pk).update(expires_at=now() - timedelta(seconds=1))
    finish(standby)
    assert [count for _, _, _, _, count, *_ in alerts()] == [4]


def test_of_many_that_want_a_free_lease_one_gets_it(bench: Bench) -> None:
    """At the same moment, on connections of their own."""
    barrier = threading.Barrier(4)

    def want() -> bool:
        lease = DetectorLease()
        lease._holder = f"elsewhere:{threading.get_ident()}"
        barrier.wait()
        try:
            return lease.acquire(now())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda _: want(), range(4))) == [False, False, False, True]


def test_a_detector_that_was_overtaken_changes_nothing(bench: Bench) -> None:
    """What it had in hand is rolled back, alerts, counts and checkpoint."""
    bench.send(*BURST[:2])
    old = bench.detect()
    bench.send(*BURST[2:])
    in_thread(bench.detect)
    before = alerts(), told(), list(Checkpoint.objects.values())
    with pytest.raises(Fenced):
        old._handle(old._reader.read(old._progress.versions, None, {}))
    assert (alerts(), told(), list(Checkpoint.objects.values())) == before


def test_what_a_person_does_meanwhile_is_not_written_over(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """An alert that is acknowledged while a pass counts it stays acknowledged, with the new count."""
    from tocsin.web.triage import Verb, act

    bench.send(*BURST[:3])
    detector = bench.detect()
    alert = Alert.objects.get()
    user = User.objects.create(email="ann@example.org")
    done = threading.Event()
    extend = ringing._extend

    def acknowledge() -> None:
        assert act(alert.pk, user, Verb.ACKNOWLEDGE, seen=State.OPEN)
        done.set()
        connection.close()

    person = threading.Thread(target=acknowledge)

    def slowly(*arguments: Any) -> None:
        person.start()
        done.wait(0.5)
        extend(*arguments)

    monkeypatch.setattr(ringing, "_extend", slowly)
    bench.send(BURST[3])
    finish(detector)
    person.join()
    alert.refresh_from_db()
    assert (alert.state, alert.count) == (State.ACKNOWLEDGED, 4)


def test_a_message_is_enqueued_once_and_only_with_its_alert(bench: Bench) -> None:
    """The same occasion twice is one row; a transaction that is rolled back tells nobody."""
    bench.send(*BURST)
    bench.detect()
    alert = Alert.objects.get()
    enqueue(alert, "opened")
    with transaction.atomic():
        enqueue(alert, "x10")
        transaction.set_rollback(True)
    assert told() == [("Guessing", "opened")]


def test_of_many_notifiers_one_claims_a_message(bench: Bench) -> None:
    """At the same moment, on connections of their own."""
    bench.send(*BURST)
    bench.detect()
    (delivery,) = Delivery.objects.all()
    at, barrier = now(), threading.Barrier(4)

    def take() -> bool:
        barrier.wait()
        try:
            return claims.claim(delivery.pk, at) is not None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda _: take(), range(4))) == [False, False, False, True]
    assert claims.due(at, (), 10) == []


def test_what_is_normal_is_learnt_and_found_again(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five mornings, a process for each, and an afternoon that is not like them."""
    call_command("flush", verbosity=0, interactive=False)
    monkeypatch.setattr(detecting, "now", lambda: cast.START)  # nothing is quiet between the mornings
    bench = Bench(tmp_path, LEARNING)
    bench.add_source(lateness_s=300)
    for records in (*MORNINGS, *TODAY):
        send(bench, records)
        bench.detect()
    assert rung() == KNOWN
