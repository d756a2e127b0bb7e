"""SQL, and what it cannot do."""

import threading
import time
from pathlib import Path

import pytest
from tests.unit.search.cases import rows, table_of

from tocsin.search import sql
from tocsin.search.sql import Limits, SqlError, run
from tocsin.store.table import Store


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A store of two sources."""
    path = tmp_path_factory.mktemp("store")
    table_of(path, [{"a": "x", "b c": "1", "=": "2"}, {"a": "y"}], [{"A": "z"}])
    Store(str(path), is_synced=False).table("mail").append(rows([{"a": "m"}]))
    return path


def ask(folder, statement, **limits):
    """The rows that ``statement`` gives."""
    return run(str(folder), ["mail", "web"], statement, limits=Limits(**limits)).table.to_pylist()


def test_a_source_is_a_view_with_the_fields_own_names(folder):
    """The store writes some of them in another way."""
    assert ask(folder, 'select a, "b c", "=" from web where "b c" is not null') == [{"a": "x", "b c": "1", "=": "2"}]


def test_names_that_differ_only_in_case_keep_the_stores_name(folder):
    """SQL minds no case, so the second is called what its column is called."""
    assert ask(folder, 'select "%41" from web where "%41" is not null') == [{"%41": "z"}]


def test_all_sources_are_one_view_too(folder):
    """Each row says where it is from."""
    found = ask(folder, "select _source, count(*) as n from _all group by 1 order by 1")
    assert found == [{"_source": "mail", "n": 1}, {"_source": "web", "n": 3}]


def test_a_result_is_cut_at_its_limit(folder):
    """By rows, and by bytes."""
    by_rows = run(str(folder), ["web"], "select * from range(5000)", limits=Limits(rows=7))
    assert (by_rows.table.num_rows, by_rows.is_cut) == (7, True)
    by_bytes = run(str(folder), ["web"], "select repeat('x', 3000000) from range(10)")
    assert (by_bytes.table.num_rows < 10, by_bytes.is_cut) == (True, True)


@pytest.mark.parametrize(
    "statement",
    [
        "select * from read_csv('/etc/passwd')",
        "select * from read_text('/etc/passwd')",
        "select * from read_parquet('{folder}/web/*/*.parquet')",
        "select * from '/etc/passwd'",
        "select * from glob('/*')",
        "select * from read_json('http://127.0.0.1:1/x')",
        "copy (select 1) to '{folder}/x.csv'",
        "copy web to '{folder}/x.parquet'",
        "attach '{folder}/x.db'",
        "install httpfs",
        "load httpfs",
        "select getenv('PATH')",
        "pragma database_list",
        "call pragma_version()",
        "set memory_limit = '100GB'",
        "set enable_external_access = true",
        "reset threads",
        "create table t as select 1",
        "drop view web",
        "delete from web",
        "export database '{folder}/x'",
        "select 1; select 2",
        "select * from query('copy (select 1) to ''{folder}/y.csv''')",
        "explain analyze copy (select 1) to '{folder}/z.csv'",
        "use web",
        "checkpoint",
        "prepare p as select 1",
        "vacuum",
        "",
    ],
)
def test_nothing_but_a_select_over_the_tables_runs(folder, statement):
    """No files, no network, no extensions, no settings, no environment; nothing is left on the disk."""
    before = sorted(folder.rglob("*"))
    with pytest.raises(SqlError):
        ask(folder, statement.format(folder=folder))
    assert sorted(folder.rglob("*")) == before


def test_a_runaway_statement_is_stopped_and_nobody_else_notices(folder):
    """Within its time; another statement, and this process, go on meanwhile."""
    caught: list[SqlError] = []

    def runaway() -> None:
        try:
            ask(folder, "select sum(i * j) from range(1000000000) a(i), range(1000000) b(j)", seconds=5)
        except SqlError as error:
            caught.append(error)

    began = time.monotonic()
    thread = threading.Thread(target=runaway)
    thread.start()
    assert ask(folder, "select count(*) as n from web", seconds=60) == [{"n": 3}]
    thread.join()
    assert time.monotonic() - began < 60
    assert "stopped after 5 s" in str(caught[0])


def test_a_statement_cannot_take_the_machines_memory(folder):
    """It is refused, and says what would help."""
    with pytest.raises(SqlError, match="memory"):
        ask(folder, "select list(repeat('x', 1000) || i) from range(100000000) t(i)", seconds=60)


def test_an_error_is_duckdbs_own_words(folder):
    """With the candidates that it knows."""
    with pytest.raises(SqlError, match='"nothing" not found in FROM clause'):
        ask(folder, "select nothing from web")


def test_only_so_many_run_at_once(folder, monkeypatch):
    """The others are told to try again."""
    monkeypatch.setattr(sql, "_running", threading.BoundedSemaphore(1))
    assert sql._running.acquire(blocking=False)
    with pytest.raises(SqlError, match="try again"):
        ask(folder, "select 1")


def test_an_overlong_statement_is_refused(folder):
    """Before a process is started."""
    with pytest.raises(SqlError, match="at most 20,000"):
        ask(folder, "select 1 " + " " * 20_000)
