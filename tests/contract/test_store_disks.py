"""A real full disk, a real read-only folder: a clear sentence, nothing acknowledged, nothing left behind."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest
from tests.unit.store.build import events, read_ids

from tocsin.kernel.errors import StoreError
from tocsin.store import upkeep
from tocsin.store.table import Store

ROOT = Path(__file__).parents[2]


@contextmanager
def mounted(folder, options):
    """A file system in memory at ``folder``; skips where mounting is not permitted."""
    folder.mkdir(exist_ok=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        pytest.skip(f"a file system cannot be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def random_events(number, size_bytes=200_000):
    """One event that does not compress."""
    rows = events([number])
    return rows.set_column(3, rows.schema.field("_raw"), pa.array([os.urandom(size_bytes // 2).hex()]))


def fill(table):
    """Append until the store refuses; returns how many it took, and what it said."""
    for number in range(100):
        try:
            table.append(random_events(number))
        except StoreError as error:
            return number, str(error)
    raise AssertionError("the disk never filled")


def test_a_full_disk_refuses_and_recovers(tmp_path):
    """What was acknowledged stays, the half-written file goes, and with room again the next append works."""
    with mounted(tmp_path / "disk", "size=2m"):
        ballast = tmp_path / "disk/ballast"
        ballast.write_bytes(bytes(600_000))
        table = Store(str(tmp_path / "disk/events")).table("web")
        taken, message = fill(table)
        assert taken > 2
        assert "is full; free some space" in message
        assert len(list(table.place.folder.glob("_day=*/*"))) == taken
        ballast.unlink()
        table.append(random_events("after"))
        assert read_ids(table) == [*(str(number) for number in range(taken)), "after"]


@pytest.mark.parametrize("spare", range(0, 40, 4))
def test_a_disk_that_fills_at_any_step_loses_nothing(tmp_path, spare):
    """With any number of pages left, an append either is there or said that it is not."""
    with mounted(tmp_path / "disk", "size=1m"):
        table = Store(str(tmp_path / "disk/events")).table("web")
        table.append(events(["first"]))
        room = os.statvfs(tmp_path / "disk").f_bavail
        (tmp_path / "disk/ballast").write_bytes(bytes(max(0, room - spare) * os.sysconf("SC_PAGESIZE")))
        acknowledged = ["first"]
        for number in range(12):
            try:
                table.append(events([number], fields={f"f{number}": ["x"]}))
            except StoreError as error:
                assert "is full" in str(error)  # noqa: PT017 - it may also succeed
            else:
                acknowledged.append(str(number))
        assert read_ids(table) == acknowledged
        (tmp_path / "disk/ballast").unlink()
        table.append(events(["last"]))
        assert read_ids(Store(str(tmp_path / "disk/events")).table("web")) == [*acknowledged, "last"]


def test_a_full_disk_stops_compaction_without_harm(tmp_path):
    """Where the merged file does not fit, the table stays as it is."""
    with mounted(tmp_path / "disk", "size=2m"):
        table = Store(str(tmp_path / "disk/events")).table("web")
        taken, _ = fill(table)
        before = sorted(table.place.folder.glob("_day=*/*"))
        with pytest.raises(StoreError, match="is full"):
            upkeep.compact(table, events([1])["_received"][0].as_py(), min_files=2)
        assert sorted(table.place.folder.glob("_day=*/*")) == before
        assert len(read_ids(table)) == taken


def test_a_read_only_folder_refuses(tmp_path):
    """A store that cannot be written says so, and can still be read."""
    with mounted(tmp_path / "disk", "size=2m"):
        table = Store(str(tmp_path / "disk/events")).table("web")
        table.append(events([1]))
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path / "disk")], check=True)
        for each in (table, Store(str(tmp_path / "disk/events")).table("new")):
            with pytest.raises(StoreError, match="read-only file system; mount it writable"):
                each.append(events([2]))
        assert read_ids(table) == ["1"]


def test_a_folder_of_another_user_refuses(tmp_path):
    """Without permission the store says whose fault it is. Root may write anywhere, so another user tries."""
    (tmp_path / "events").mkdir()
    (tmp_path / "events").chmod(0o555)
    script = (
        "import os, sys; sys.path[:0] = sys.argv[2:]\n"
        "from tests.unit.store.build import events\n"
        "from tocsin.kernel.errors import StoreError\n"
        "from tocsin.store.table import Store\n"
        "os.getuid() or os.setuid(65534)\n"
        "try: Store(sys.argv[1]).table('web').append(events([1]))\n"
        "except StoreError as error: print(error)\n"
    )
    for folder in (tmp_path, *tmp_path.parents[:3]):
        if folder.owner() == Path.home().owner() and folder != Path("/tmp"):
            folder.chmod(folder.stat().st_mode | 0o011)
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "events"), str(ROOT), str(ROOT / "src")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == (
        f"the event store {tmp_path}/events/web may not be used by this user; "
        "give it permission to read and write there\n"
    )
    assert list((tmp_path / "events").iterdir()) == []


def test_a_file_size_limit_refuses(tmp_path):
    """A process that may not write large files says so, and leaves nothing."""
    script = (
        "import os, resource, signal, sys; sys.path[:0] = sys.argv[2:]\n"
        "import pyarrow as pa\n"
        "from tests.contract.test_store_disks import random_events\n"
        "from tocsin.kernel.errors import StoreError\n"
        "from tocsin.store.table import Store\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
        "try: Store(sys.argv[1]).table('web').append(random_events(1, 1_000_000))\n"
        "except StoreError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path), str(ROOT), str(ROOT / "src")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "refused a file as too large; raise this process's file size limit" in done.stdout
    assert list(tmp_path.glob("web/_day=*/*")) == []
