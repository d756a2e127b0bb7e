"""Several processes at one table at once: no record is lost, none doubled, also when one is killed."""

import multiprocessing
import os
import signal
import time
from datetime import UTC, datetime

import pytest
from tests.unit.store.bucket import serve_bucket
from tests.unit.store.build import NOON, events, read_ids

from tocsin.store import upkeep
from tocsin.store.table import Progress, Store

# delta-rs runs threads of its own, which a forked process would lack.
SPAWN = multiprocessing.get_context("spawn")
ROUNDS = 6


def append_rounds(uri, options, name, start, rounds):
    """Append ``rounds`` batches, each with a new field, beginning with the other processes."""
    table = Store(uri, storage_options=options).table("web")
    start.wait(60)
    for number in range(rounds):
        fields = {f"shared{number}": ["x"], f"Shared{number}": ["y"], f"{name}{number}": ["z"]}
        table.append(events([f"{name}{number}"], fields=fields), progress=[Progress(name, number)])


def compact_until(uri, stop):
    """Compact again and again."""
    table = Store(uri).table("web")
    while not stop.is_set():
        upkeep.compact(table, NOON, min_files=2)


def run_together(uri, options=None, *, others=()):
    """Run three processes that append, and ``others`` beside them, until all batches are in."""
    start = SPAWN.Barrier(3)
    writers = [SPAWN.Process(target=append_rounds, args=(uri, options, name, start, ROUNDS)) for name in "abc"]
    for process in (*writers, *others):
        process.start()
    for process in writers:
        process.join(120)
    assert [process.exitcode for process in writers] == [0, 0, 0]


def check(table):
    """Every batch is there once, with its fields and its follower's progress."""
    expected = sorted(f"{name}{number}" for name in "abc" for number in range(ROUNDS))
    assert sorted(read_ids(table)) == expected
    rows = [row for commit in table.read(-1) for row in commit.table.to_pylist()]
    for row in rows:
        number = row["_id"][1:]
        assert (row[f"shared{number}"], row[f"Shared{number}"], row[row["_id"]]) == ("x", "y", "z")
    assert [table.progress(name) for name in "abc"] == [ROUNDS - 1] * 3
    assert table.snapshot().count() == len(expected)


def test_processes_make_widen_and_append_at_once(tmp_path):
    """All make the table at the same moment, and then widen it in every round, in names that differ in case."""
    run_together(str(tmp_path))
    check(Store(str(tmp_path)).table("web"))


def test_processes_share_a_bucket():
    """The same holds in a bucket, by its conditional writes."""
    with serve_bucket() as bucket:
        run_together("s3://logs/events", bucket.options)
        check(Store("s3://logs/events", storage_options=bucket.options).table("web"))


def test_two_compactions_run_beside_the_writers(tmp_path):
    """Upkeep in two processes at once neither doubles a row nor stops a writer."""
    stop = SPAWN.Event()
    Store(str(tmp_path)).table("web").append(events([]), progress=[Progress("first", 0)])
    compactors = [SPAWN.Process(target=compact_until, args=(str(tmp_path), stop)) for _ in range(2)]
    try:
        run_together(str(tmp_path), others=compactors)
    finally:
        stop.set()
        for process in compactors:
            process.join(60)
    assert [process.exitcode for process in compactors] == [0, 0]
    check(Store(str(tmp_path)).table("web"))


def append_and_tell(uri, told):
    """Append for ever; tell each batch that is acknowledged."""
    table = Store(uri).table("web")
    done = table.progress("me")
    for number in range(0 if done is None else done + 1, 10**6):
        table.append(events([number], fields={f"f{number % 50}": ["x"]}), progress=[Progress("me", number)])
        told.send(number)


@pytest.mark.parametrize("delay_s", [0.05, 0.11, 0.18])
def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path, delay_s):
    """Killed at any moment and begun again from its progress: each record once; what it left behind is swept."""
    acknowledged = -1
    for _ in range(3):
        told, tell = SPAWN.Pipe(duplex=False)
        writer = SPAWN.Process(target=append_and_tell, args=(str(tmp_path), tell))
        writer.start()
        tell.close()
        first = told.recv()
        time.sleep(delay_s)
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        acknowledged = max(acknowledged, first, *drain(told))
    table = Store(str(tmp_path)).table("web")
    found = [int(each) for each in read_ids(table)]
    assert found == list(range(len(found)))
    assert len(found) > acknowledged
    upkeep.sweep(table, -1, datetime.now(UTC) + 2 * upkeep.GRACE)
    assert len(list(tmp_path.glob("web/_day=*/*"))) == len(found)


def drain(pipe):
    """What is still in ``pipe``."""
    found = [-1]
    try:
        while True:
            found.append(pipe.recv())
    except EOFError:
        return found
