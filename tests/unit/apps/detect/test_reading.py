"""What is new, within bounds, from every source that can be read."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from tests.unit.apps.detect.cast import START, Bench, event

from tocsin.apps.detect import reading
from tocsin.apps.detect.reading import Reader
from tocsin.kernel.clock import to_us


@pytest.fixture
def stored(tmp_path: Path) -> Bench:
    """A store without events."""
    return Bench(tmp_path)


def reader_of(bench: Bench) -> Reader:
    """A reader that has looked for tables."""
    reader = Reader(bench.store)
    reader.find_tables()
    return reader


def test_many_small_commits_are_one_reading(stored: Bench) -> None:
    """Their rows in order, and the newest version."""
    versions = [stored.send(event(second)) for second in range(30)]
    (news,) = reader_of(stored).read({}, ["user"], {})
    assert (news.source, news.version, news.table.num_rows) == ("app", versions[-1], 30)
    assert news.table["_time"].to_pylist() == [START + timedelta(seconds=second) for second in range(30)]


def test_only_what_came_after_the_checkpoint_is_read(stored: Bench) -> None:
    """Where there is nothing, there is no reading."""
    versions = [stored.send(event(second)) for second in range(3)]
    reader = reader_of(stored)
    (news,) = reader.read({"app": versions[1]}, [], {})
    assert (news.version, news.table.num_rows) == (versions[2], 1)
    assert reader.read({"app": versions[2]}, [], {}) == []


def test_a_table_is_news_once_it_has_been_found(stored: Bench) -> None:
    """A new source's first commit is read after the next look for tables; so is a source that comes back."""
    reader = reader_of(stored)
    stored.send(event(0), source="new")
    assert reader.read({}, [], {}) == []
    reader.find_tables()
    assert [news.source for news in reader.read({}, [], {})] == ["new"]
    shutil.rmtree(stored.folder / "events" / "new")
    reader.find_tables()
    assert (reader.read({}, [], {}), reader.has("new")) == ([], False)


def test_fields_are_found_whatever_their_case(stored: Bench) -> None:
    """Rules write `processid`, the source `ProcessId` and later `PROCESSID`."""
    stored.send({"ProcessId": 1, "other": 2})
    stored.send({"PROCESSID": 3})
    (news,) = reader_of(stored).read({}, ["processid"], {})
    columns = set(news.table.column_names)
    assert {"ProcessId", "PROCESSID"} <= columns
    assert "other" not in columns


def test_without_a_list_every_field_is_read(stored: Bench) -> None:
    """Also where commits have different fields."""
    stored.send({"a": 1})
    stored.send({"b": 2})
    (news,) = reader_of(stored).read({}, None, {})
    assert {"a", "b"} <= set(news.table.column_names)


def test_a_clock_that_runs_ahead_counts_as_its_receipt(stored: Bench) -> None:
    """The newest event time of a reading is never after the receipt."""
    received_at = START + timedelta(minutes=5)
    stored.send(event(3600), received_at=received_at)
    (news,) = reader_of(stored).read({}, [], {})
    assert (news.newest_us, news.received_us) == (to_us(received_at), to_us(received_at))


def test_a_pass_is_bounded_over_all_sources(stored: Bench) -> None:
    """It ends after the commit that fills it, and says who has more."""
    for source in ("a", "b", "c"):
        for second in range(4):
            stored.send(event(second), event(second, "other"), source=source)
    reader = reader_of(stored)
    news = reader.read({}, [], {}, max_rows=10)
    assert [(each.source, each.table.num_rows) for each in news] == [("a", 8), ("b", 2)]
    assert reader.behind == {"b", "c"}


def test_a_pass_is_bounded_by_its_bytes(stored: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Large records are read a few at a time; one that is larger than a pass is read by itself."""
    monkeypatch.setattr(reading, "MAX_BYTES", 1_500)
    for second in range(3):
        stored.send(event(second, note="x" * 2_000))
    reader = reader_of(stored)
    assert [news.table.num_rows for news in reader.read({}, [], {})] == [1]
    assert reader.behind == {"app"}


def test_who_is_furthest_behind_is_read_first(stored: Bench) -> None:
    """By the newest receipt that was handled, so that sources catch up side by side."""
    for source in ("a", "b"):
        stored.send(event(0), source=source)
    (news,) = reader_of(stored).read({}, [], {"a": 2, "b": 1}, max_rows=1)
    assert news.source == "b"


def test_commits_before_a_damaged_one_are_read(stored: Bench) -> None:
    """The damage is met, and named, when it is the next."""
    first = stored.send(event(0))
    stored.send(event(1))
    newest = max((stored.folder / "events/app").glob("_day=*/*.parquet"), key=lambda path: path.stat().st_mtime_ns)
    newest.write_bytes(b"no parquet")
    reader = reader_of(stored)
    (news,) = reader.read({}, [], {})
    assert (news.version, reader.unreadable) == (first, {})
    assert reader.read({"app": first}, [], {}) == []
    assert list(reader.unreadable) == ["app"]


def test_an_unreadable_source_is_left_alone_for_a_while(stored: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not tried at every pass; once it can be read it is no longer listed."""
    stored.send(event(0))
    (file,) = (stored.folder / "events/app").glob("_day=*/*.parquet")
    content = file.read_bytes()
    file.write_bytes(b"no parquet")
    reader = reader_of(stored)
    assert reader.read({}, [], {}) == []
    file.write_bytes(content)
    assert reader.read({}, [], {}) == []
    monkeypatch.setattr("tocsin.apps.detect.reading.time.monotonic", lambda: float("inf"))
    assert len(reader.read({}, [], {})) == 1
    assert reader.unreadable == {}


def test_a_table_that_lost_a_handled_version_was_replaced(stored: Bench) -> None:
    """Also when the new one has begun; a source without a table is not one of these."""
    newest = max(stored.send(event(second)) for second in range(6))
    versions = {"app": newest, "gone": 5, "unread": -1}
    assert reader_of(stored).find_replaced(versions) == []
    shutil.rmtree(stored.folder / "events/app")
    stored.send(event(0))
    assert reader_of(stored).find_replaced(versions) == ["app"]


def test_who_has_news_is_known_without_reading(stored: Bench) -> None:
    """For the first look after a start."""
    version = stored.send(event(0))
    stored.send(event(0), source="new")
    reader = reader_of(stored)
    reader.find_behind({"app": version})
    assert reader.behind == {"new"}
