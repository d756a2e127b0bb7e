"""Which files belong to a log, in which order, and which comes next."""

import os
from pathlib import Path

import pytest

from tocsin.sources.files.place import Place, check_of, inode_of
from tocsin.sources.files.rotation import open_holder, open_log, open_next, series


def fill(folder: Path, *names: str) -> None:
    """Make files that hold their names."""
    for name in names:
        (folder / name).write_text(f"{name}\n")


@pytest.mark.parametrize(
    "names",
    [
        ("app.log.10", "app.log.2", "app.log.1", "app.log"),
        ("app.10.log", "app.2.log", "app.1.log", "app.log"),
        ("app.log-20251231", "app.log-20260101", "app.log"),
        ("app-2025-12-31.log", "app-2026-01-01.log", "app.log"),
        ("app.log.2026-01-01_09", "app.log.2026-01-01_10", "app.log"),
    ],
)
def test_a_series_is_listed_oldest_first(tmp_path: Path, names: tuple[str, ...]) -> None:
    """Numbers fall and dates rise towards the log itself, which comes last."""
    fill(tmp_path, *reversed(names))
    assert [file.path.name for file in series(tmp_path / "app.log")] == list(names)


def test_other_files_are_no_part_of_a_series(tmp_path: Path) -> None:
    """A compressed file, another log, a port number and a folder are passed over."""
    fill(tmp_path, "app.log", "app.log.1.gz", "app.log.bak", "app-8080.log", "app.log.8080", "xapp.log.1", "app.logs.1")
    (tmp_path / "app.log.1").mkdir()
    assert [file.path.name for file in series(tmp_path / "app.log")] == ["app.log"]


def test_the_next_file_follows_in_the_series_and_has_content(tmp_path: Path) -> None:
    """An empty file between is passed over, and after the log itself there is none."""
    fill(tmp_path, "app.log.3", "app.log.1", "app.log")
    (tmp_path / "app.log.2").touch()
    log = tmp_path / "app.log"
    for current, following in (("app.log.3", b"app.log.1\n"), ("app.log.1", b"app.log\n")):
        descriptor = open_next(log, (tmp_path / current).stat())
        assert descriptor is not None
        assert os.pread(descriptor, 100, 0) == following
        os.close(descriptor)
    assert open_next(log, log.stat()) is None


def test_after_a_removed_file_come_those_written_later(tmp_path: Path) -> None:
    """A file that is no longer in the folder is followed by what changed after it, not by older ones."""
    fill(tmp_path, "app.log.2", "app.log.1", "app.log", "elsewhere")
    for name, at in (("app.log.2", 100), ("elsewhere", 200), ("app.log.1", 300), ("app.log", 400)):
        os.utime(tmp_path / name, (at, at))
    descriptor = open_next(tmp_path / "app.log", (tmp_path / "elsewhere").stat())
    assert descriptor is not None
    assert os.pread(descriptor, 100, 0) == b"app.log.1\n"
    os.close(descriptor)


def test_a_used_inode_does_not_hold_a_place(tmp_path: Path) -> None:
    """A new file with the inode of a removed one is not taken for it."""
    log = tmp_path / "app.log"
    log.write_bytes(b"new\n" * 200)
    place = Place(400, check_of(b"old\n" * 64), inode_of(log.stat()))
    assert open_holder(log, place) is None


def test_a_copy_holds_a_place_that_its_bytes_tell(tmp_path: Path) -> None:
    """A file with another inode is known by the 256 bytes before the offset, but not by fewer."""
    log = tmp_path / "app.log"
    log.write_bytes(b"".join(b"%04d\n" % number for number in range(100)))
    window = log.read_bytes()[44:300]
    descriptor = open_holder(log, Place(300, check_of(window), inode=1))
    assert descriptor is not None
    os.close(descriptor)
    assert open_holder(log, Place(100, check_of(log.read_bytes()[:100]), inode=1)) is None


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_only_a_regular_file_is_opened(tmp_path: Path, make) -> None:
    """A folder and a pipe are refused at once, with a reason."""
    make(tmp_path / "app.log")
    with pytest.raises(IsADirectoryError, match="not a regular file"):
        open_log(tmp_path / "app.log")
