"""Appending to and following one source's table."""

import threading
from datetime import timedelta

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.store.build import NOON, events, read_ids

from tocsin.formats import SYSTEM_SCHEMA
from tocsin.kernel.errors import StoreError
from tocsin.kernel.limits import MAX_COLUMNS
from tocsin.store import log
from tocsin.store.delta import UncertainCommitError
from tocsin.store.table import Progress, Store

ODD_NAMES = ["a b", "a=b", "a,b;c", "{a}", "(a)", "a\nb", "a\tb", "a%20b", "", "Ünï", "`", '"', "a.b", "a"]


@pytest.fixture
def table(tmp_path):
    """A source that has no table yet."""
    return Store(str(tmp_path), is_synced=False).table("web")


def test_a_reader_finds_fields_whatever_their_case(table):
    """Asking for `Foo` reads the columns `foo` and `FOO` too."""
    table.append(events([1], fields={"foo": ["a"], "FOO": ["b"], "bar": ["c"]}))
    (commit,) = table.read(-1, fields={"Foo"})
    assert {"foo", "FOO"} <= set(commit.table.column_names)
    assert "bar" not in commit.table.column_names


def test_a_source_without_a_table_is_empty(table, tmp_path):
    """Nothing is made by looking."""
    assert table.version() == -1
    assert table.columns() == ()
    assert table.progress("follower") is None
    assert list(table.read(-1)) == []
    assert Store(str(tmp_path / "none")).sources() == []
    assert list(tmp_path.iterdir()) == []


def test_what_is_appended_is_read(table):
    """Rows come back in order, with their types, by version."""
    first = events([1, 2], fields={"user": ["ann", None]})
    versions = [table.append(first), table.append(events([3], error="broken"))]
    commits = list(table.read(-1))
    assert [commit.version for commit in commits] == versions
    assert commits[0].table.to_pylist() == first.to_pylist()
    assert commits[1].table["_error"].to_pylist() == ["broken"]
    assert read_ids(table, versions[0]) == ["3"]
    assert table.version() == versions[1]


def test_a_reader_gets_the_fields_that_it_asks_for(table):
    """System columns always come, in order; a field that no row of the commit has is absent."""
    table.append(events([1], fields={"a": ["x"], "a.b": ["y"], "empty": [None]}))
    (commit,) = table.read(-1, fields={"a", "missing"})
    assert commit.table.schema == pa.schema([*SYSTEM_SCHEMA, pa.field("a", pa.dictionary(pa.int32(), pa.string()))])
    (commit,) = table.read(-1)
    assert commit.table.column_names == [*SYSTEM_SCHEMA.names, "a", "a.b"]
    assert table.columns() == (*SYSTEM_SCHEMA.names, "a", "a.b")


def test_odd_names_round_trip(table):
    """Any name that a sender may choose is read back as it was."""
    table.append(events([1], fields={name: [f"value of {name}"] for name in ODD_NAMES}))
    (commit,) = table.read(-1)
    (row,) = commit.table.to_pylist()
    assert {name: row[name] for name in ODD_NAMES} == {name: f"value of {name}" for name in ODD_NAMES}


def test_names_that_differ_only_in_case_keep_both_values(table):
    """`foo` and `Foo` are two fields, in one batch and across batches, also for who reads with delta-rs."""
    table.append(events([1], fields={"foo": ["low"]}))
    table.append(events([2], fields={"Foo": ["high"], "foo": ["low"], "FOO": ["all"]}))
    rows = [row for commit in table.read(-1) for row in commit.table.to_pylist()]
    assert rows[0]["foo"] == "low"
    assert (rows[1]["foo"], rows[1]["Foo"], rows[1]["FOO"]) == ("low", "high", "all")
    physical = pa.table(DeltaTable(table.place.uri).to_pyarrow_table())
    assert len({name.casefold() for name in physical.column_names}) == len(physical.column_names)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.dictionaries(st.text("aAb =", max_size=3), st.none() | st.text(max_size=3), max_size=4),
        min_size=1,
        max_size=4,
    )
)
def test_any_rows_round_trip(tmp_path_factory, rows):
    """What one batch after another holds is what a reader gets, fields that are null left out."""
    table = Store(str(tmp_path_factory.mktemp("events")), is_synced=False).table("web")
    for number, row in enumerate(rows):
        table.append(events([number], fields={name: [value] for name, value in row.items()}))
    read = [row for commit in table.read(-1) for row in commit.table.drop_columns(SYSTEM_SCHEMA.names).to_pylist()]
    assert read == [{name: value for name, value in row.items() if value is not None} for row in rows]


def test_fields_past_the_column_limit_go_into_extra(table):
    """The table never has more than 1,000 columns; a reader that asks for a field past them gets it all the same."""
    table.append(events([1], fields={f"f{number}": ["x"] for number in range(1_200)}))
    table.append(events([2], fields={"late": ["y"], "f0": ["x"]}))
    assert len(DeltaTable(table.place.uri).schema().fields) == MAX_COLUMNS
    first, second = table.read(-1, fields={"f0", "f1199", "late"})
    assert first.table["f1199"].to_pylist() == ["x"]
    assert second.table["late"].to_pylist() == ["y"]
    assert second.table["_extra"].to_pylist() == ['{"late":"y"}']


def test_a_batch_over_midnight_is_one_version(table):
    """Rows of two days of receipt lie in two partitions, and are read together."""
    both = pa.concat_tables([events([1]), events([2], NOON + timedelta(days=1))])
    version = table.append(both)
    (commit,) = table.read(version - 1)
    assert sorted(commit.table["_id"].to_pylist()) == ["1", "2"]
    assert {path.name for path in table.place.folder.glob("_day=*")} == {"_day=2026-01-31", "_day=2026-02-01"}


def test_progress_is_committed_with_the_records(table):
    """A follower's last offset is what the newest commit says, also smaller, also without any record."""
    table.append(events([1]), progress=[Progress("a", 5), Progress("b", 1), Progress("a", 9)])
    assert (table.progress("a"), table.progress("b"), table.progress("c")) == (9, 1, None)
    table.append(events([]), progress=[Progress("a", 2)])
    assert table.progress("a") == 2
    assert read_ids(table) == ["1"]


def test_an_empty_batch_is_no_version(table):
    """Nothing to add commits nothing."""
    version = table.append(events([1]))
    assert table.append(events([])) == version
    assert table.version() == version


def test_threads_share_a_table(table):
    """Appends from several threads are each a version of their own."""
    threads = [threading.Thread(target=table.append, args=(events([number]),)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(read_ids(table)) == sorted(str(number) for number in range(8))


def test_a_table_that_fell_behind_catches_up(table, tmp_path):
    """Another writer's commits, and a log cleared below its checkpoint, do not hinder a writer that was idle."""
    table.append(events([0]))
    other = Store(str(tmp_path), is_synced=False).table("web")
    for number in range(1, 5):
        other.append(events([number], fields={f"f{number}": ["x"]}), progress=[Progress("f", number)])
    DeltaTable(table.place.uri).create_checkpoint()
    for version in range(other.version()):
        (table.place.folder / log.entry_path(version)).unlink()
    last = other.version()
    assert table.append(events([5]), progress=[Progress("f", 5)]) == last + 1
    assert table.version() == other.version() == last + 1
    assert read_ids(other, last) == ["5"]


def test_a_torn_last_entry_does_not_stop_the_table(table):
    """An empty entry, left by a power cut, is passed over by writers and readers."""
    version = table.append(events([1]))
    (table.place.folder / log.entry_path(version + 1)).touch()
    assert table.append(events([2])) == version + 2
    assert read_ids(table) == ["1", "2"]


def test_a_commit_whose_answer_was_lost_is_found(table, monkeypatch):
    """If delta-rs fails after the entry is written, the append succeeds, and keeps its file."""
    table.append(events([1]))
    commit = DeltaTable.create_write_transaction

    def commit_then_fail(*arguments, **options):
        commit(*arguments, **options)
        raise OSError("the answer got lost")

    monkeypatch.setattr(DeltaTable, "create_write_transaction", commit_then_fail)
    assert table.append(events([2])) == table.version()
    assert read_ids(table) == ["1", "2"]


def test_a_commit_that_cannot_be_looked_for_keeps_its_file(table, monkeypatch):
    """Where it is not known whether a commit was made, nothing is acknowledged, and nothing is undone."""
    table.append(events([1]))
    commit = DeltaTable.create_write_transaction

    def commit_then_fail(*arguments, **options):
        commit(*arguments, **options)
        monkeypatch.setattr(log, "read_entry", fail)
        raise OSError("the answer got lost")

    def fail(*_):
        raise OSError("no route to host")

    with monkeypatch.context() as patch:
        patch.setattr(DeltaTable, "create_write_transaction", commit_then_fail)
        with pytest.raises(UncertainCommitError, match="whether the last records were kept is not known"):
            table.append(events([2]))
    monkeypatch.undo()
    assert read_ids(table) == ["1", "2"]


def test_sources_are_the_tables_that_exist(tmp_path):
    """Other folders are not sources."""
    store = Store(str(tmp_path), is_synced=False)
    store.table("web").append(events([1]))
    store.table("app.1").append(events([1]))
    (tmp_path / "empty").mkdir()
    assert store.sources() == ["app.1", "web"]


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "a b", "a\n"])
def test_a_source_is_called_like_a_folder(tmp_path, name):
    """A source's name never leads out of the store."""
    with pytest.raises(StoreError, match="cannot be a source's name"):
        Store(str(tmp_path)).table(name)


def test_a_folder_that_delta_rs_misreads_is_refused(tmp_path):
    """A percent-encoded path would be written in one place and read in another; spaces and umlauts are fine."""
    with pytest.raises(StoreError, match="choose a path without '%20'"):
        Store(str(tmp_path / "a%20b"))
    table = Store(str(tmp_path / "my évents"), is_synced=False).table("web")
    table.append(events([1]))
    assert read_ids(table) == ["1"]
