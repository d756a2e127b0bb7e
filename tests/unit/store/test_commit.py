"""Group commit: who shares a version, who waits, who hears of an error."""

import threading
import time

import pytest
from tests.unit.store.build import events, read_ids

from tocsin.kernel.errors import StoreError
from tocsin.store.commit import GroupCommit, StoreBusyError
from tocsin.store.table import EventTable, Progress, Store

LONG_S = 60.0


class HeldTable(EventTable):
    """A table whose appends wait until they may go on, and fail if told to."""

    def __init__(self, place):
        super().__init__(place)
        self.may_go = threading.Event()
        self.has_begun = threading.Event()
        self.failures: list[Exception] = []

    def append(self, table, *, progress=()):
        """Append, when allowed."""
        self.has_begun.set()
        assert self.may_go.wait(20)
        if self.failures:
            raise self.failures.pop()
        return super().append(table, progress=progress)


@pytest.fixture
def table(tmp_path):
    """A table on disk that can be held."""
    held = HeldTable(Store(str(tmp_path), is_synced=False).table("web").place)
    held.may_go.set()
    return held


@pytest.fixture
def group(table):
    """A group commit that would wait for a minute."""
    group = GroupCommit(table, LONG_S)
    yield group
    table.may_go.set()
    group.close()


def test_the_first_request_does_not_wait(table, group):
    """After a quiet time a request is committed at once."""
    version = group.submit(events([1]), 10).result(20)
    assert version == table.version()


def test_requests_wait_for_company_until_the_interval_ends(table):
    """What comes soon after a commit shares the next one, at the end of the interval."""
    group = GroupCommit(table, 0.5)
    began = time.monotonic()
    group.submit(events([1]), 10).result(20)
    answers = [group.submit(events([number]), 10) for number in (2, 3)]
    assert len({answer.result(20) for answer in answers}) == 1
    assert time.monotonic() - began >= 0.5
    group.close()
    assert read_ids(table) == ["1", "2", "3"]


def test_enough_bytes_wait_no_longer(table):
    """A group that is large enough does not wait for the interval."""
    group = GroupCommit(table, LONG_S, size_bytes=100)
    group.submit(events([1]), 10).result(20)
    small = group.submit(events([2]), 50)
    with pytest.raises(TimeoutError):
        small.result(0.2)
    large = group.submit(events([3]), 50)
    assert small.result(20) == large.result(20)
    group.close()


def test_what_comes_during_a_commit_goes_into_the_next(table, group):
    """A running commit takes nobody in."""
    table.may_go.clear()
    first = group.submit(events([1]), 10)
    assert table.has_begun.wait(20)
    second, third = group.submit(events([2], fields={"a": ["x"]}), 10), group.submit(events([3]), 10)
    table.may_go.set()
    closing = threading.Thread(target=group.close)
    closing.start()
    assert first.result(20) < second.result(20) == third.result(20)
    closing.join()


def test_an_error_is_heard_by_its_group_alone(table):
    """The requests of a failed commit fail; the next commit is not disturbed."""
    group = GroupCommit(table, 0.01)
    table.failures.append(StoreError("the disk is full"))
    table.may_go.clear()
    first = group.submit(events([1]), 10)
    assert table.has_begun.wait(20)
    second = group.submit(events([2]), 10)
    table.may_go.set()
    with pytest.raises(StoreError, match="the disk is full"):
        first.result(20)
    second.result(20)
    group.close()
    assert read_ids(table) == ["2"]


def test_a_mistake_in_a_batch_is_heard_too(table):
    """A table that is none of ours fails its request, and the thread lives on."""
    group = GroupCommit(table, 0.01)
    with pytest.raises(KeyError):
        group.submit(events([1]).drop_columns(["_received"]), 10).result(20)
    group.submit(events([2]), 10).result(20)
    group.close()


def test_too_much_waiting_is_refused(table):
    """Beyond the bound a sender is told to come again; one request of any size is taken where none waits."""
    group = GroupCommit(table, 0.01, max_waiting_bytes=100)
    table.may_go.clear()
    first = group.submit(events([1]), 500)
    assert table.has_begun.wait(20)
    with pytest.raises(StoreBusyError, match="send these records again") as raised:
        group.submit(events([2]), 1)
    assert raised.value.retry_after_s >= 1
    table.may_go.set()
    first.result(20)
    group.close()
    assert read_ids(table) == ["1"]


def test_room_is_given_back(table):
    """When a commit is over, what it held may wait again."""
    group = GroupCommit(table, 0.01, max_waiting_bytes=100)
    for number in range(3):
        group.submit(events([number]), 100).result(20)
    group.close()
    assert len(read_ids(table)) == 3


def test_progress_of_all_requests_is_in_the_commit(table, group):
    """Followers' offsets are committed with the group; of one follower, the last submitted."""
    group.submit(events([1]), 10).result(20)
    answers = [group.submit(events([number]), 10, [Progress("f", number)]) for number in (2, 3)]
    group.close()
    assert [answer.result(0) for answer in answers] == [table.version()] * 2
    assert table.progress("f") == 3


def test_close_flushes_and_then_refuses(table, group):
    """Closing commits what waits; afterwards nothing is taken."""
    group.submit(events([1]), 10).result(20)
    waiting = group.submit(events([2]), 10)
    group.close()
    waiting.result(0)
    with pytest.raises(StoreError, match="is closing"):
        group.submit(events([3]), 10)
    group.close()


def test_an_idle_thread_ends_and_comes_back(table):
    """A quiet source costs no thread."""
    group = GroupCommit(table, 0.01, idle_s=0.05)
    group.submit(events([1]), 10).result(20)
    deadline = time.monotonic() + 20
    while any(thread.name == f"commit {table.place.uri}" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    group.submit(events([2]), 10).result(20)
    group.close()
    assert read_ids(table) == ["1", "2"]


def test_a_cancelled_request_is_left_out(table):
    """Who gives up before the commit begins is not stored."""
    group = GroupCommit(table, LONG_S)
    group.submit(events([1]), 10).result(20)
    kept, dropped = group.submit(events([2]), 10), group.submit(events([3]), 10)
    assert dropped.cancel()
    group.close()
    kept.result(0)
    assert read_ids(table) == ["1", "2"]
