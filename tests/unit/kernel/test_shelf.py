"""What is kept for the next start: found again, never trusted, never too much."""

import logging
import os
import threading
from pathlib import Path

import pytest

from tocsin.kernel import shelf as module
from tocsin.kernel.shelf import Shelf, digest_code


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where nothing is yet."""
    return tmp_path / "a" / "kept"


def test_what_was_kept_is_found_again(folder: Path) -> None:
    """By its name, and the last that was kept by it."""
    assert Shelf(folder).read("x") is None
    Shelf(folder).write("x", b"one")
    Shelf(folder).write("x", b"two")
    Shelf(folder).write("y", b"")
    assert (Shelf(folder).read("x"), Shelf(folder).read("y"), Shelf(folder).read("z")) == (b"two", b"", None)
    assert sorted(path.name for path in folder.iterdir()) == ["x", "y"]


def test_only_the_owner_can_read_what_is_kept(folder: Path) -> None:
    """Rules tell an attacker what is not noticed."""
    Shelf(folder).write("x", b"one")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "x").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damage", [b"", b"x", b"\x00" * 100])
def test_a_damaged_file_counts_as_missing(folder: Path, damage: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Half a file, another's content; whoever keeps it says so."""
    Shelf(folder).write("x", b"one")
    (folder / "x").write_bytes(damage)
    assert Shelf(folder).read("x") is None
    assert "damaged" in caplog.text
    content = folder / "x"
    Shelf(folder).write("x", b"one")
    content.write_bytes(content.read_bytes()[:-1] + b"E")
    assert Shelf(folder).read("x") is None


@pytest.mark.parametrize("mode", [0o770, 0o702, 0o777])
def test_a_folder_that_others_may_write_is_neither_read_nor_written(
    folder: Path, mode: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody else's rules would run, or none; the mend is told."""
    Shelf(folder).write("x", b"one")
    folder.chmod(mode)
    Shelf(folder).write("x", b"two")
    assert Shelf(folder).read("x") is None
    assert "chmod 700" in caplog.text
    folder.chmod(0o700)
    assert Shelf(folder).read("x") == b"one"


def test_another_users_folder_is_neither_read_nor_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They can change at any time what is in it."""
    Shelf(folder).write("x", b"one")
    monkeypatch.setattr(module.os, "geteuid", lambda: os.getuid() + 1)
    Shelf(folder).write("y", b"two")
    assert Shelf(folder).read("x") is None
    assert [path.name for path in folder.iterdir()] == ["x"]


def test_links_are_not_followed(folder: Path, tmp_path: Path) -> None:
    """Neither one in place of the folder nor one in it: where they lead may be another's."""
    other = tmp_path / "other"
    Shelf(other).write("x", b"one")
    folder.parent.mkdir()
    folder.symlink_to(other)
    Shelf(folder).write("y", b"two")
    assert Shelf(folder).read("x") is None
    assert [path.name for path in other.iterdir()] == ["x"]
    (other / "z").symlink_to(other / "x")
    assert Shelf(other).read("z") is None


def test_a_pipe_or_a_folder_in_place_of_a_file_counts_as_missing(folder: Path) -> None:
    """A pipe does not keep the reader waiting."""
    Shelf(folder).write("x", b"one")
    os.mkfifo(folder / "pipe")
    (folder / "inner").mkdir()
    assert Shelf(folder).read("pipe") is None
    assert Shelf(folder).read("inner") is None


def test_what_cannot_be_kept_stops_nothing(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Here a file stands where the folder should be; a read-only home is no reason to warn with every command."""
    caplog.set_level(logging.INFO)
    folder.parent.mkdir()
    folder.write_text("a file")
    Shelf(folder).write("x", b"one")
    assert Shelf(folder).read("x") is None
    assert [record.levelname for record in caplog.records] == ["INFO"]


def test_what_was_not_used_for_longest_goes_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To read is to use."""
    monkeypatch.setattr(module, "MAX_FILES", 3)
    for place, name in enumerate("abc"):
        Shelf(folder).write(name, b"one")
        os.utime(folder / name, (place, place))
    assert Shelf(folder).read("a") == b"one"
    Shelf(folder).write("d", b"one")
    assert sorted(path.name for path in folder.iterdir()) == ["a", "c", "d"]


def test_the_folder_stays_below_its_size(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In bytes of all files together, and no file alone is too large to be read back."""
    monkeypatch.setattr(module, "MAX_BYTES", 300)
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 200)
    for place, name in enumerate("abc"):
        Shelf(folder).write(name, b"x" * 100)
        os.utime(folder / name, (place, place))
    Shelf(folder).write("d", b"x" * 169)
    assert sorted(path.name for path in folder.iterdir()) == ["b", "c"]


def test_who_writes_the_same_at_the_same_time_leaves_one_whole(folder: Path) -> None:
    """Several processes compile the same program."""
    bodies = [bytes([65 + number]) * 200_000 for number in range(4)]

    def write(body: bytes) -> None:
        for _ in range(20):
            Shelf(folder).write("x", body)

    threads = [threading.Thread(target=write, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    seen = {Shelf(folder).read("x") for _ in range(50)} - {None}
    for thread in threads:
        thread.join()
    assert {Shelf(folder).read("x"), *seen} <= set(bodies)
    assert [path.name for path in folder.iterdir()] == ["x"]


def test_the_code_has_a_digest(tmp_path: Path) -> None:
    """It changes with any file, with what else was given, and with nothing else."""
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "a.py").write_text("a")
    first = digest_code([tmp_path], "1")
    assert digest_code([tmp_path], "1") == first
    assert digest_code([tmp_path], "2") != first
    (tmp_path / "b" / "a.py").write_text("b")
    assert digest_code([tmp_path], "1") != first
