"""A followed log in a real store: what is committed, what is said, and what a broken store does."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tocsin.formats import load_format
from tocsin.kernel.errors import ConfigError, StoreError
from tocsin.kernel.limits import MAX_RECORD_BYTES
from tocsin.sources.files import Follower, Summary
from tocsin.store.table import EventTable, Progress, Store

WAIT_S = 20.0


@dataclass
class Watch:
    """A log, its table, and a follower that runs beside the test."""

    folder: Path
    messages: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)

    @property
    def log(self) -> Path:
        """The log."""
        return self.folder / "app.log"

    @property
    def table(self) -> EventTable:
        """Its table, opened anew."""
        return Store(str(self.folder / "events")).table("app")

    def run(self, *, once: bool = True, table: EventTable | None = None, format: str = "json") -> Summary:
        """Follow until the end, or until stopped."""
        follower = Follower(
            self.log,
            table or self.table,
            load_format(format).parse,
            say=self.messages.append,
            stop=self.stop,
            grace_s=0.3,
        )
        return follower.run(once=once)

    def start(self) -> threading.Thread:
        """Follow beside the test."""
        thread = threading.Thread(target=self.run, kwargs={"once": False})
        thread.start()
        return thread

    def add(self, *numbers: int) -> None:
        """Log a record a number."""
        with self.log.open("a") as file:
            file.writelines(f'{{"n":{number}}}\n' for number in numbers)

    def rows(self) -> list[dict[str, Any]]:
        """Every record in the store."""
        return [row for commit in self.table.read(after_version=-1, fields=("n",)) for row in commit.table.to_pylist()]

    def numbers(self) -> list[int]:
        """What the records in the store say."""
        return [int(row["n"]) for row in self.rows()]


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    """A log that nobody follows yet."""
    made = Watch(tmp_path)
    yield made
    made.stop.set()


def wait_for(condition: Callable[[], bool]) -> None:
    """Wait until it holds; fails when it takes too long."""
    deadline_at = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline_at, "it did not happen in time"
        time.sleep(0.02)


def test_an_import_is_whole_and_does_not_repeat(watch: Watch) -> None:
    """All lines are stored once, however often it is run; later ones come with the next run."""
    watch.add(*range(100))
    assert watch.run().accepted == 100
    assert watch.run().accepted == 0
    watch.add(100)
    assert watch.run().accepted == 1
    assert watch.numbers() == list(range(101))


def test_a_bad_line_is_counted_and_the_good_ones_around_it_kept(watch: Watch) -> None:
    """Not UTF-8, not JSON and far too long: each is kept, the summary says why."""
    watch.add(1)
    with watch.log.open("ab") as file:
        file.write(b"not json\n\xff\xfe\n")
        file.write(b'{"n":"' + b"x" * (2 * MAX_RECORD_BYTES) + b'"}\n')
    watch.add(2)
    summary = watch.run()
    assert (summary.accepted, summary.rejected) == (2, 3)
    assert [reason.split(":")[0] for reason in summary.reasons] == ["record 2", "record 3", "record 4"]
    rows = watch.rows()
    assert [row["_error"] is None for row in rows] == [True, False, False, False, True]
    assert len(rows[3]["_raw"]) <= MAX_RECORD_BYTES


def test_a_line_longer_than_a_chunk_is_rejected_once(watch: Watch) -> None:
    """20 MB without a newline cost one rejected record, and nothing around it."""
    watch.add(1)
    with watch.log.open("ab") as file:
        file.write(b"x" * 20_000_000 + b"\n")
    watch.add(2)
    summary = watch.run()
    assert (summary.accepted, summary.rejected) == (2, 1)
    assert [row.get("n") for row in watch.rows()] == ["1", None, "2"]


def test_a_last_line_without_newline_is_imported(watch: Watch) -> None:
    """The end of an import is the end of its last record."""
    watch.log.write_text('{"n":1}\n{"n":2}')
    assert watch.run().accepted == 2
    assert watch.numbers() == [1, 2]


def test_following_goes_through_a_rotation(watch: Watch) -> None:
    """Lines before, in and after it are stored in order, without a restart."""
    watch.add(1)
    thread = watch.start()
    wait_for(lambda: watch.numbers() == [1])
    watch.add(2)
    watch.log.rename(watch.folder / "app.log.1")
    watch.add(3)
    wait_for(lambda: watch.numbers() == [1, 2, 3])
    watch.stop.set()
    thread.join(WAIT_S)
    assert not thread.is_alive()


def test_a_log_that_is_not_there_is_said_once_and_waited_for(watch: Watch) -> None:
    """One message, and its lines when it comes."""
    thread = watch.start()
    wait_for(lambda: bool(watch.messages))
    time.sleep(0.6)
    watch.add(1)
    wait_for(lambda: watch.numbers() == [1])
    watch.stop.set()
    thread.join(WAIT_S)
    assert watch.messages == [f"{watch.log} is not there yet; waiting for it"]


def test_while_the_store_refuses_nothing_is_lost(watch: Watch) -> None:
    """It says so, tries again, and stores every line once when the store is back."""
    watch.add(1)
    thread = watch.start()
    wait_for(lambda: watch.numbers() == [1])
    table, aside = watch.folder / "events" / "app", watch.folder / "aside"
    table.rename(aside)
    table.write_text("in the way")
    watch.add(2)
    wait_for(lambda: any("the store does not take records now" in message for message in watch.messages))
    watch.add(3)
    table.unlink()
    aside.rename(table)
    wait_for(lambda: watch.numbers() == [1, 2, 3])
    watch.stop.set()
    thread.join(WAIT_S)


def test_a_commit_whose_answer_got_lost_is_not_repeated(watch: Watch) -> None:
    """The store is asked how far it has come before anything is sent again."""

    class Deaf(EventTable):
        """A table whose first answer gets lost on its way."""

        answers = 0

        def append(self, table: pa.Table, *, progress: Sequence[Progress] = ()) -> int:
            version = super().append(table, progress=progress)
            self.answers += 1
            if self.answers == 1:
                raise StoreError("the connection broke")
            return version

    watch.add(1, 2)
    follower = threading.Thread(target=watch.run, kwargs={"once": False, "table": Deaf(watch.table.place)})
    follower.start()
    wait_for(lambda: bool(watch.messages))
    watch.add(3)
    wait_for(lambda: watch.numbers()[-1:] == [3])
    watch.stop.set()
    follower.join(WAIT_S)
    assert watch.numbers() == [1, 2, 3]


def test_an_import_into_a_broken_store_fails_clearly(watch: Watch) -> None:
    """It does not wait for ever, and the next run imports everything."""
    watch.add(1)
    (watch.folder / "events").write_text("in the way")
    with pytest.raises(StoreError):
        watch.run()
    (watch.folder / "events").unlink()
    assert watch.run().accepted == 1


def test_an_import_of_what_is_not_there_fails_clearly(watch: Watch) -> None:
    """The path is named."""
    with pytest.raises(ConfigError, match="does not exist"):
        watch.run()


def test_real_sshd_lines_are_followed(watch: Watch) -> None:
    """Another format is parsed as itself."""
    line = "Dec 10 06:55:46 LabSZ sshd[24200]: Failed password for root from 173.234.31.186 port 38926 ssh2\n"
    watch.log.write_text(line * 3)
    assert watch.run(format="sshd").accepted == 3
    assert {row["_raw"] for row in watch.rows()} == {line.strip()}
