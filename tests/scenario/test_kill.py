"""Kill -9 of any process at any moment: nothing acknowledged is lost, no alert is missing, none is there twice."""

import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.contract.test_store_disks import mounted
from tests.databases import new_database, postgres_server
from tests.scenario.kills import Killer
from tests.scenario.receiver import Receiver
from tests.scenario.server import Server, wait_for
from tests.scenario.traffic import FOLLOWED, LATENESS_S, RULE_NAMES, RULES, SOURCES, TIMELESS, Event, Traffic

from tocsin.store.table import Store

START = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=6)
SMALL = (20_000, 12)
"""Events and kills that `make test` has time for."""
LARGE = (200_000, 60)
DISK_BYTES = 256 * 1024 * 1024
FULL_S = 10
SEEDS = [int(seed) for seed in os.environ.get("SOAK_SEEDS", "1,2").split(",")]

Say = Callable[[str], None]
Outcome = dict[str, Any]


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str], request: pytest.FixtureRequest) -> Say:
    """Shows how far a run has come, although its output is captured."""
    began = time.monotonic()

    def show(message: str) -> None:
        with capfd.disabled():
            print(f"{time.monotonic() - began:6.1f} s  {request.node.name}: {message}", flush=True)

    return show


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int, int], Outcome]:
    """(seed, events) → what an undisturbed run over SQLite makes of them; each is run once."""
    known: dict[tuple[int, int], Outcome] = {}

    def outcome(seed: int, events: int) -> Outcome:
        if (seed, events) not in known:
            with tocsin(tmp_path_factory.mktemp("quiet")) as server:
                known[seed, events] = play(server, Traffic(seed, events, START), 0, lambda _: None)
        return known[seed, events]

    return outcome


@contextmanager
def tocsin(folder: Path, **settings: str) -> Iterator[Server]:
    """A Tocsin with the rules of the traffic."""
    (folder / "rules").mkdir()
    (folder / "rules" / "all.yml").write_text(RULES)
    (folder / "host.log").touch()
    with Server(folder, TOCSIN_RULES=str(folder / "rules"), TOCSIN_COMMIT_INTERVAL_S="0.1", **settings) as server:
        yield server


RUNS = [
    pytest.param(1, *SMALL, id="small"),
    *(pytest.param(seed, *LARGE, id=f"large-{seed}", marks=[pytest.mark.soak]) for seed in SEEDS),
]


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize(("seed", "events", "kills"), RUNS)
def test_kills_lose_and_repeat_nothing(
    tmp_path: Path, quiet: Callable[[int, int], Outcome], say: Say, seed: int, events: int, kills: int
) -> None:
    """Alerts, counts and messages after kills of every process are those of a quiet run."""
    with tocsin(tmp_path) as server:
        compare(play(server, Traffic(seed, events, START), kills, say), quiet(seed, events), seed)


@pytest.mark.timeout(1_800)
@pytest.mark.parametrize(("seed", "events", "kills"), RUNS)
def test_kills_over_postgresql_lose_and_repeat_nothing(
    tmp_path: Path, quiet: Callable[[int, int], Outcome], say: Say, seed: int, events: int, kills: int
) -> None:
    """The same over PostgreSQL, held against the quiet run over SQLite."""
    with postgres_server() as url, tocsin(tmp_path, DATABASE_URL=new_database(url)) as server:
        compare(play(server, Traffic(seed, events, START), kills, say), quiet(seed, events), seed)


@pytest.mark.timeout(1_800)
@pytest.mark.soak
@pytest.mark.parametrize("seed", SEEDS)
def test_a_full_disk_among_the_kills_loses_and_repeats_nothing(
    tmp_path: Path, quiet: Callable[[int, int], Outcome], say: Say, seed: int
) -> None:
    """The disk under everything is full for ten seconds, and processes are killed in them as before and after."""
    with mounted(tmp_path / "data", f"size={DISK_BYTES}"), tocsin(tmp_path) as server:
        played = play(server, Traffic(seed, LARGE[0], START), LARGE[1], say, disk=tmp_path / "data")
        compare(played, quiet(seed, LARGE[0]), seed)


def play(server: Server, traffic: Traffic, kills: int, say: Say, disk: Path | None = None) -> Outcome:
    """Send all of ``traffic`` while processes are killed, and wait until nothing is left to come."""
    chance = random.Random(traffic.seed)
    log = server.folder / "host.log"
    commands = (("run", "web"), ("run", "detect"), ("run", "notify"), ("follow", str(log), "--source", FOLLOWED))
    with Receiver() as receiver, ExitStack() as ending:
        tokens = prepare(server, receiver)
        killer = Killer(server, commands, (("upkeep", "--quiet"),) if kills else (), kills, chance)
        killer.start_all()
        server.wait_until_serving()
        for source, event in traffic.begin.items():
            give(server, tokens, source, [event])
        server.wait_for_alerts(lambda alerts: len(alerts) == len(SOURCES), 60)
        pool = ending.enter_context(ThreadPoolExecutor(len(SOURCES)))
        sendings = [pool.submit(send_all, server, tokens, traffic, source, killer, kills) for source in SOURCES]
        filling = pool.submit(fill, disk, killer, kills // 2, say) if disk else None
        killer.run(len(SOURCES), say, 120)
        for sending in sendings:
            sending.result()
        is_full = bool(filling and filling.result())
        for source, event in traffic.end.items():
            give(server, tokens, source, [event])
        killer.revive()
        assert is_full or not killer.ended, f"ended by themselves: {killer.ended}\n{server.output()}"
        killed = ", ".join(
            f"{' '.join(command)[:12]} {count}" for command, count in (killer.killed + killer.extra).items()
        )
        say(f"killed: {killed}; ended by themselves and started again: {len(killer.ended)}")
        alerts = server.wait_for_alerts(
            lambda alerts: sum(alert["rule"] == "mark" for alert in alerts) == 2 * len(SOURCES), 600
        )
        wait_for(lambda: not server.query(PENDING), 900, lambda: f"{server.query(PENDING)}\n{server.output()}")
        check_store(server, traffic)
        return outcome(server, alerts, receiver)


PENDING = "SELECT idempotency_key FROM notify_delivery WHERE state = 'pending'"


def prepare(server: Server, receiver: Receiver) -> dict[str, str]:
    """The channel and the sources; returns the token of each source that is posted to."""
    added = server.run("channel", "add", "webhook", "pager", receiver.url)
    assert added.returncode == 0, added.stderr
    tokens = {source: server.token(source, "--product", "app") for source in SOURCES}
    for source, lateness_s in LATENESS_S.items():
        server.query(f"UPDATE intake_source SET lateness_s = {lateness_s} WHERE name = '{source}'")
    return tokens


def give(server: Server, tokens: dict[str, str], source: str, events: list[Event]) -> None:
    """Bring ``events`` in as the source does it: posted until acknowledged, or written to the log."""
    if source != FOLLOWED:
        server.send(source, tokens[source], events, timeout_s=120)
        return
    with (server.folder / "host.log").open("a") as file:
        file.writelines(json.dumps(event) + "\n" for event in events)


def send_all(server: Server, tokens: dict[str, str], traffic: Traffic, source: str, killer: Killer, kills: int) -> None:
    """Send every batch in order; now and then the client is cut off, and sends the same again."""
    chance = random.Random(f"{traffic.seed} {source}")
    batches = traffic.batches[source]
    for number, batch in enumerate(batches):
        killer.wait_to_send(source, number / len(batches), 300)
        if kills and source != FOLLOWED and chance.random() < 0.2:
            server.cut_off(source, tokens[source], batch, chance.choice([0.5, 0.99, 1.0, 1.0, 1.0]))
        give(server, tokens, source, batch)
    killer.wait_to_send(source, 1.0, 0 if not kills else 600)


def fill(disk: Path, killer: Killer, after_kills: int, say: Say) -> bool:
    """Once so many were killed, leave no byte on ``disk`` for ten seconds."""
    while killer.done < after_kills:
        time.sleep(0.1)
    ballast = disk / "ballast"
    until = time.monotonic() + FULL_S
    before = killer.done
    with ballast.open("wb", buffering=0) as file:
        while time.monotonic() < until:
            try:
                file.write(bytes(64 * 1024))
            except OSError:
                time.sleep(0.01)
    full_bytes = ballast.stat().st_size
    ballast.unlink()
    say(f"the disk was full for {FULL_S} s ({full_bytes / 1e6:.0f} MB of ballast), {killer.done - before} kills in it")
    return True


def check_store(server: Server, traffic: Traffic) -> None:
    """Every acknowledged record is in the store; of a followed log each line once, in order."""
    store = Store(str(server.folder / "data" / "events"))
    for source in SOURCES:
        sent = [event for batch in traffic.batches[source] for event in batch]
        sent = [traffic.begin[source], *sent, traffic.end[source]]
        column = "_raw" if source == FOLLOWED else "_id"
        found = [
            text for commit in store.table(source).read(-1, fields=()) for text in commit.table[column].to_pylist()
        ]
        if source == FOLLOWED:
            assert Counter(found) == Counter(json.dumps(event) for event in sent)
        else:
            assert set(found) == {event["_id"] for event in sent}


def outcome(server: Server, alerts: list[dict[str, Any]], receiver: Receiver) -> Outcome:
    """The alerts, and the keys of the messages, by what the alerts are about and not by the numbers they got."""
    names = {alert["id"]: name_of(alert) for alert in alerts}
    merged = {row[0] for row in server.query("SELECT id FROM alerts_alert WHERE state = 'merged'")}
    rows = dict(server.query("SELECT idempotency_key, state FROM notify_delivery"))
    # What is sent has a mark of the installation after the row's key.
    assert {key.rpartition(":")[0] for key in receiver.keys} == {key for key, state in rows.items() if state == "sent"}
    assert set(rows.values()) <= {"sent", "superseded"}
    opened = Counter(int(key.split(":")[0]) for key in rows if key.endswith(":opened"))
    assert opened == Counter([*names, *merged]), "every alert is told once"
    for alert in alerts:
        # An update may be told by a later one: what counts is what people know in the end.
        assert len(str(receiver.counts[alert["id"]])) == len(str(alert["count"])) or alert["count"] < 10
    return {
        "alerts": Counter(
            (*names[alert["id"]], alert["last"] if is_timed(alert) else "", alert["count"], alert["state"])
            for alert in alerts
        ),
        "keys": Counter((*names[alert], "opened") for alert in opened if alert in names),
    }


def is_timed(alert: dict[str, Any]) -> bool:
    """Whether its events have a time of their own, which is the same in every run."""
    return (
        alert["rule"] != "note"
        and alert["group"] != {"place": f"{TIMELESS} begin"}
        and (alert["group"] != {"place": f"{TIMELESS} end"})
    )


def name_of(alert: dict[str, Any]) -> tuple[str, str, str]:
    """Rule, group, first."""
    return alert["rule"], json.dumps(alert["group"], sort_keys=True), alert["first"] if is_timed(alert) else ""


def compare(disturbed: Outcome, undisturbed: Outcome, seed: int) -> None:
    """Both are the same, and every rule has rung."""
    assert {rule for rule, *_ in undisturbed["alerts"]} == RULE_NAMES
    for what, expected in undisturbed.items():
        missing, added = expected - disturbed[what], disturbed[what] - expected
        told = (
            f"seed {seed}, {what}:\n{len(missing)} missing: {sorted(missing.items())[:10]}\n"
            f"{len(added)} too many: {sorted(added.items())[:10]}"
        )
        assert not missing, told
        assert not added, told
