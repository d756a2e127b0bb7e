"""Every line once, through rotation, truncation, restarts and kills."""

import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tocsin.kernel.errors import ConfigError
from tocsin.sources.files.place import WINDOW_BYTES, Place
from tocsin.sources.files.tail import GRACE_S, Tail, ensure_readable

LIMIT = 1_000


@dataclass
class World:
    """A machine that logs and rotates, and a follower that may be killed between any two steps.

    `said` are the lines that were logged; `unseen` those that nobody could have read: taken out of
    the file by copytruncate while the follower stood where too few bytes tell which copy it was in.
    """

    folder: Path
    now_s: float = 0.0
    said: list[bytes] = field(default_factory=list)
    unseen: set[bytes] = field(default_factory=set)
    stored: list[bytes] = field(default_factory=list)
    unfinished: bytes = b""
    place: Place | None = None
    tail: Tail | None = None
    messages: list[str] = field(default_factory=list)

    @property
    def path(self) -> Path:
        """The log."""
        return self.folder / "app.log"

    def write(self, data: bytes) -> None:
        """Write to the log."""
        with self.path.open("ab") as file:
            file.write(data)

    def log(self, count: int = 3) -> None:
        """Log whole lines, the unfinished one first."""
        for _ in range(count):
            rest = self.unfinished or self._new_line()
            self.write(rest + b"\n")
            self.unfinished = b""

    def log_half(self) -> None:
        """Log the first half of a line."""
        if not self.unfinished:
            line = self._new_line()
            self.write(line[:20])
            self.unfinished = line[20:]

    def _new_line(self) -> bytes:
        number = len(self.said)
        line = b"line %06d %s" % (number, b"x" * (number * 37 % 150 + 10))
        self.said.append(line)
        return line

    def _end_unfinished(self) -> None:
        if self.unfinished:
            self.said[-1] = self.said[-1][:20]
            self.unfinished = b""

    def _shift(self) -> None:
        self._end_unfinished()
        for number in range(60, 0, -1):
            older = self.folder / f"app.log.{number}"
            if older.exists():
                older.rename(self.folder / f"app.log.{number + 1}")

    def rotate(self, is_created: bool = True) -> None:
        """Rename the log away, and those before it."""
        self._shift()
        if self.path.exists():
            self.path.rename(self.folder / "app.log.1")
        if is_created:
            self.path.touch()

    def rotate_without_create(self) -> None:
        """Rename the log away; the next line makes a new one."""
        self.rotate(is_created=False)

    def copytruncate(self) -> None:
        """Copy the log away and empty it."""
        self._shift()
        if self.path.exists():
            here = self.place and self.place.inode == self.path.stat().st_ino
            telling = here and self.place.is_telling
            if not telling or self.path.stat().st_size < self.place.offset:
                self.unseen.update(self.path.read_bytes().splitlines())
            shutil.copy(self.path, self.folder / "app.log.1")
            os.truncate(self.path, 0)

    def wait(self) -> None:
        """Let more than the grace pass."""
        self.now_s += GRACE_S + 1

    def read(self) -> None:
        """Follow: one chunk, committed."""
        self.now_s += 1
        chunk = self._tail().read(LIMIT, self.now_s)
        if chunk:
            self.stored += chunk.data.splitlines()
            self.place = chunk.place

    def read_all(self, is_to_end: bool = False) -> None:
        """Follow: every chunk that there is, committed."""
        while chunk := self._tail().read(LIMIT, self.now_s, is_to_end=is_to_end):
            self.stored += chunk.data.splitlines()
            self.place = chunk.place

    def read_and_die(self) -> None:
        """Follow: one chunk, and a kill before its commit."""
        self._tail().read(LIMIT, self.now_s)
        self.restart()

    def restart(self) -> None:
        """Kill the follower; the next reading starts another."""
        if self.tail:
            self.tail.close()
        self.tail = None

    def _tail(self) -> Tail:
        self.tail = self.tail or Tail(self.path, self.place, say=self.messages.append)
        return self.tail


STEPS = (
    World.log,
    World.log_half,
    World.rotate,
    World.rotate_without_create,
    World.copytruncate,
    World.wait,
    World.read,
    World.read_all,
    World.read_and_die,
    World.restart,
)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A world at its beginning."""
    made = World(tmp_path)
    yield made
    made.restart()


@settings(max_examples=300, deadline=None)
@given(steps=st.lists(st.sampled_from(STEPS), max_size=25))
def test_every_line_comes_once_and_in_order(steps) -> None:
    """Whatever is done to the log and the follower, no line is missing, double or out of order."""
    with tempfile.TemporaryDirectory() as folder:
        world = World(Path(folder))
        world.log(5)
        world.read_all()
        for step in steps:
            step(world)
        world._end_unfinished()
        world.read_all(is_to_end=True)
        world.restart()
        assert len(set(world.stored)) == len(world.stored), "a line came twice"
        missing = set(world.said) - set(world.stored)
        assert missing <= world.unseen, "a line that could be seen is missing"
        assert world.stored == [line for line in world.said if line not in missing]


def test_two_rotations_while_it_was_down_lose_nothing(world: World) -> None:
    """The file it was in is finished, then the one it never saw, then the log."""
    world.log(5)
    world.read_all()
    world.restart()
    for _ in range(2):
        world.log()
        world.rotate()
    world.log()
    world.read_all(is_to_end=True)
    assert world.stored == world.said


def test_what_copytruncate_took_away_unread_is_read_from_the_copy(world: World) -> None:
    """The copy is known by the bytes before the place, and finished before the log is begun again."""
    world.log(20)
    world.read_all()
    world.log()
    world.copytruncate()
    world.log()
    world.read_all(is_to_end=True)
    assert world.stored == world.said
    assert any("finishing its copy first" in message for message in world.messages)


def test_a_log_that_is_replaced_by_a_longer_copy_of_itself_goes_on(world: World) -> None:
    """A copying tool renames a new file over the log: what was read does not come again."""
    world.log(20)
    world.read_all()
    world.log()
    shutil.copy(world.path, world.folder / "incoming")
    (world.folder / "incoming").rename(world.path)
    world.restart()
    world.read_all(is_to_end=True)
    assert world.stored == world.said


def test_a_file_that_is_replaced_while_it_is_read_is_finished_first(world: World) -> None:
    """The lines of the removed file come before those of the one that took its name."""
    world.log(20)
    world.read()
    world.path.unlink()
    world.log(5)
    world.read_all(is_to_end=True)
    assert world.stored == world.said


def test_a_rotated_file_is_left_only_when_it_is_quiet(world: World) -> None:
    """A writer that is told late of the rotation is heard, within the grace and as long as it goes on."""
    world.log(5)
    world.read_all()
    old = world.path.open("ab")
    world.rotate()
    world.log()
    for _ in range(3):
        world.now_s += GRACE_S - 1
        world.said.insert(-3, b"late %d" % len(world.said))
        old.write(world.said[-4] + b"\n")
        old.flush()
        world.read_all()
        assert world.stored == world.said[:-3]
    old.close()
    world.wait()
    world.read_all()
    assert world.stored == world.said


def test_a_daemon_that_never_reopens_its_log_is_followed_on(world: World) -> None:
    """While the new file is empty, the rotated one is read, however long."""
    world.log(5)
    world.read_all()
    with world.path.open("ab") as old:
        world.rotate()
        world.wait()
        world.read_all()
        world.said.append(b"still here")
        old.write(b"still here\n")
    world.read_all()
    assert world.stored == world.said


def test_a_last_line_without_newline_waits_for_its_end(world: World) -> None:
    """While following it does not come, at the end of an import it does."""
    world.write(b"whole\nhalf")
    world.wait()
    world.read_all()
    assert world.stored == [b"whole"]
    world.read_all(is_to_end=True)
    assert world.stored == [b"whole", b"half"]


def test_a_missing_log_is_waited_for(world: World) -> None:
    """Nothing comes until it is there, and then all of it, even if only its end was wanted."""
    tail = Tail(world.path, None, say=world.messages.append, is_from_start=False)
    assert tail.read(LIMIT, 0) is None
    assert world.messages == [f"{world.path} is not there yet; waiting for it"]
    world.write(b"first\n")
    chunk = tail.read(LIMIT, 0)
    assert chunk is not None
    assert chunk.data == b"first\n"
    tail.close()


def test_from_the_end_only_new_lines_come(world: World) -> None:
    """What was there before is passed over."""
    world.write(b"old\n")
    world.tail = Tail(world.path, None, say=world.messages.append, is_from_start=False)
    world.read_all()
    world.write(b"new\n")
    world.read_all()
    assert world.stored == [b"new"]


def test_a_file_that_is_gone_is_said_aloud(world: World) -> None:
    """Where the place is in no file any more, the log is read from its beginning and the reader told."""
    world.log(20)
    world.read_all()
    world.restart()
    world.path.unlink()
    world.write(b"new\n")
    world.read_all()
    assert world.stored[-1] == b"new"
    assert "is gone" in world.messages[-1]


def test_an_empty_truncation_begins_again(world: World) -> None:
    """After `> app.log` the new lines come, and it is said."""
    world.log(20)
    world.read_all()
    os.truncate(world.path, 0)
    world.log()
    world.read_all()
    assert world.stored == world.said
    assert "was truncated" in world.messages[-1]


def test_files_with_equal_first_lines_are_told_apart(world: World) -> None:
    """A header that every file begins with comes once a file."""
    header = b"#Fields: " + b"f" * WINDOW_BYTES
    for number in range(3):
        world.write(header + b"\nrecord %d\n" % number)
        world.read_all()
        world.restart()
        world.rotate()
    world.read_all(is_to_end=True)
    assert world.stored == [header, b"record 0", header, b"record 1", header, b"record 2"]


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user may enter; pytest's own ones let nobody else in."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.mark.parametrize("kind", ["folder", "unreadable"])
def test_what_cannot_be_followed_is_refused_with_a_reason(open_folder: Path, kind: str) -> None:
    """A folder and a file of somebody else are named with what is in the way."""
    path = open_folder / "app.log"
    if kind == "folder":
        path.mkdir()
        expected = "it is a folder, not a regular file"
    else:
        path.touch(mode=0)
        expected = "Permission denied"
    user = os.geteuid()
    if user == 0:
        os.seteuid(65_534)
    try:
        with pytest.raises(ConfigError, match=expected):
            ensure_readable(path)
    finally:
        os.seteuid(user)


def test_a_rotation_under_way_hides_no_file(world: World) -> None:
    """While another thread renames one file after the other, every line comes once and in order."""

    def rotate_often() -> None:
        for _ in range(60):
            world.log(1)
            world.rotate(is_created=False)

    world.log()
    world.read()
    rotator = threading.Thread(target=rotate_often)
    rotator.start()
    while rotator.is_alive():
        world.wait()
        world.read_all()
    world.read_all(is_to_end=True)
    assert world.stored == world.said
