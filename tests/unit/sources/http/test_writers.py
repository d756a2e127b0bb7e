"""One writer a source."""

from pathlib import Path

import pyarrow as pa
import pytest

from tocsin.formats import load_format
from tocsin.kernel.clock import now
from tocsin.kernel.errors import StoreError
from tocsin.sources.http import Writers
from tocsin.store.commit import GroupCommit
from tocsin.store.table import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An empty store."""
    return Store(str(tmp_path / "events"))


@pytest.fixture
def table() -> pa.Table:
    """One record."""
    return load_format("json").parse(b'{"user":"ann"}', received_at=now())[0]


def test_closing_commits_what_is_queued(store: Store, table: pa.Table) -> None:
    """A record that waits for its commit is stored when the server stops, not dropped."""
    writers = Writers(lambda source: GroupCommit(store.table(source), interval_s=60, size_bytes=1 << 30))
    future = writers.submit("web", table, 14)
    writers.close()
    assert future.result(timeout=0) >= 0
    assert sum(commit.table.num_rows for commit in store.table("web").read(after_version=-1)) == 1


def test_after_closing_nothing_is_queued(store: Store, table: pa.Table) -> None:
    """It is refused, so that the sender sends it again; closing twice does no harm."""
    writers = Writers(lambda source: GroupCommit(store.table(source), interval_s=60, size_bytes=1 << 30))
    writers.close()
    writers.close()
    with pytest.raises(StoreError, match="stopping"):
        writers.submit("web", table, 14)


def test_a_source_has_one_writer(store: Store, table: pa.Table) -> None:
    """Bodies of one source share its commits."""
    opened: list[str] = []

    def open_writer(source: str) -> GroupCommit:
        opened.append(source)
        return GroupCommit(store.table(source), interval_s=0.01, size_bytes=1 << 30)

    writers = Writers(open_writer)
    for source in ("web", "auth", "web"):
        writers.submit(source, table, 14).result(timeout=30)
    writers.close()
    assert opened == ["web", "auth"]


def test_a_writer_that_cannot_be_opened_is_tried_again(store: Store, table: pa.Table) -> None:
    """A store that was out of reach once serves the next request."""
    attempts: list[str] = []

    def open_writer(source: str) -> GroupCommit:
        attempts.append(source)
        if len(attempts) == 1:
            raise StoreError("out of reach")
        return GroupCommit(store.table(source), interval_s=0.01, size_bytes=1 << 30)

    writers = Writers(open_writer)
    with pytest.raises(StoreError, match="out of reach"):
        writers.submit("web", table, 14)
    assert writers.submit("web", table, 14).result(timeout=30) >= 0
    writers.close()
