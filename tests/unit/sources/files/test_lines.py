"""Whole lines of an open file."""

import os
from pathlib import Path

import pytest

from tocsin.kernel.limits import MAX_RECORD_BYTES
from tocsin.sources.files.lines import OpenLog, TruncatedError
from tocsin.sources.files.rotation import open_log

LIMIT = 2 * MAX_RECORD_BYTES


@pytest.fixture
def log_path(tmp_path: Path) -> Path:
    """An empty log."""
    path = tmp_path / "app.log"
    path.touch()
    return path


@pytest.fixture
def log(log_path: Path):
    """It, open."""
    opened = OpenLog(open_log(log_path))
    yield opened
    opened.close()


def add(path: Path, data: bytes) -> None:
    """Write as a logging process does."""
    with path.open("ab") as file:
        file.write(data)


def test_a_line_is_read_when_it_is_whole(log: OpenLog, log_path: Path) -> None:
    """What has no newline yet is left, and comes whole later."""
    add(log_path, b"one\ntwo\nthr")
    assert log.read(LIMIT) == b"one\ntwo\n"
    assert log.read(LIMIT) == b""
    add(log_path, b"ee\n")
    assert log.read(LIMIT) == b"three\n"
    assert log.place.offset == 14


def test_a_limit_cuts_between_lines(log: OpenLog, log_path: Path) -> None:
    """No more than the limit is read, and nothing is skipped."""
    add(log_path, b"one\ntwo\nthree\n")
    assert [log.read(9), log.read(9), log.read(9)] == [b"one\ntwo\n", b"three\n", b""]


def test_the_rest_is_the_line_without_newline(log: OpenLog, log_path: Path) -> None:
    """It is taken once, and what is added later is a line of its own."""
    add(log_path, b"one\ntw")
    log.read(LIMIT)
    assert [log.rest(), log.rest()] == [b"tw", b""]
    add(log_path, b"o\n")
    assert log.read(LIMIT) == b"o\n"


def test_a_line_beyond_the_limit_comes_cut_when_its_end_is_there(log: OpenLog, log_path: Path) -> None:
    """Its first MAX_RECORD_BYTES and one byte come, the lines around it are whole."""
    add(log_path, b"before\n" + b"x" * (3 * LIMIT))
    assert log.read(LIMIT) == b"before\n"
    assert [log.read(LIMIT), log.read(LIMIT)] == [b"", b""]
    assert log.place.offset == 7
    add(log_path, b"x\nafter\n")
    assert log.read(LIMIT) == b"x" * (MAX_RECORD_BYTES + 1) + b"\n"
    assert log.read(LIMIT) == b"after\n"


def test_an_overlong_rest_is_cut_and_passed(log: OpenLog, log_path: Path) -> None:
    """The file's last, endless line is taken once, cut."""
    add(log_path, b"x" * (LIMIT + 5))
    assert log.rest() == b"x" * (MAX_RECORD_BYTES + 1)
    assert log.rest() == b""
    assert log.place.offset == LIMIT + 5


def test_an_overlong_line_that_is_truncated_away_leaves_nothing_behind(log: OpenLog, log_path: Path) -> None:
    """The search for its end begins anew in what replaced it."""
    add(log_path, b"x" * (3 * LIMIT))
    assert log.read(LIMIT) == b""
    os.truncate(log_path, 0)
    add(log_path, b"y" * LIMIT + b"\nafter\n")
    assert log.read(LIMIT) == b"y" * (MAX_RECORD_BYTES + 1) + b"\n"
    assert log.read(LIMIT) == b"after\n"


@pytest.mark.parametrize("after", [b"", b"new\n", b"other lines that are longer than before\n"])
def test_a_truncation_is_noticed_however_much_was_written_since(log: OpenLog, log_path: Path, after: bytes) -> None:
    """The bytes before the offset tell it, whether the file is shorter or longer now."""
    add(log_path, b"one\ntwo\n")
    log.read(LIMIT)
    log_path.write_bytes(after)
    with pytest.raises(TruncatedError):
        log.read(LIMIT)
    log.rewind()
    assert log.read(LIMIT) == after


@pytest.mark.parametrize(("content", "read"), [(b"one\ntwo\nthr", b"three\n"), (b"thr", b"three\n"), (b"", b"ee\n")])
def test_at_the_last_line_only_what_follows_is_read(log_path: Path, content: bytes, read: bytes) -> None:
    """A line that is being written when the following begins comes whole."""
    add(log_path, content)
    log = OpenLog.at_last_line(open_log(log_path))
    add(log_path, b"ee\n")
    assert log.read(LIMIT) == read
    log.close()
