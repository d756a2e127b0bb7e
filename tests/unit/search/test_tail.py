"""What came since."""

from tests.unit.search.cases import NOW, rows, table_of

from tocsin.search import tail
from tocsin.search.parse import parse
from tocsin.store.table import Store

QUERY = parse("a:x", now=NOW)


def test_a_tail_shows_what_came_since_the_last_call(tmp_path):
    """Newest first, and each record once."""
    table = table_of(tmp_path, [{"a": "x"}])
    versions = tail.start({"web": table})
    assert tail.follow({"web": table}, QUERY, versions, 10).rows.num_rows == 0
    table.append(rows([{"a": "x"}, {"a": "y"}, {"a": "x"}], 1))
    first = tail.follow({"web": table}, QUERY, versions, 10)
    assert first.rows["_id"].to_pylist() == ["0003", "0001"]
    assert tail.follow({"web": table}, QUERY, first.versions, 10).rows.num_rows == 0


def test_a_tail_shows_only_the_newest(tmp_path):
    """A burst does not flood the page."""
    table = table_of(tmp_path, *([{"a": "x"}] * 3 for _ in range(4)))
    found = tail.follow({"web": table}, QUERY, {"web": -1}, 4)
    assert found.rows["_id"].to_pylist() == ["0011", "0010", "0009", "0008"]
    assert found.skipped == 0


def test_a_tail_that_falls_behind_jumps_to_the_newest(tmp_path):
    """And says that it left something out."""
    table = table_of(tmp_path, *([{"a": "x"}] for _ in range(3)))
    found = tail.follow({"web": table}, QUERY, {"web": -1}, 10, seconds=-1)
    assert found.skipped > 0
    assert found.versions == {"web": table.version()}


def test_a_source_that_begins_later_is_followed_from_its_first_record(tmp_path):
    """It had no version when the tail began."""
    store = Store(str(tmp_path), is_synced=False)
    tables = {"web": store.table("web")}
    versions = tail.start(tables)
    tables["web"].append(rows([{"a": "x"}]))
    assert tail.follow(tables, QUERY, versions, 10).rows.num_rows == 1


def test_a_version_beyond_the_newest_is_taken_for_the_newest(tmp_path):
    """An address that somebody wrote by hand, or a table that was replaced."""
    table = table_of(tmp_path, [{"a": "x"}])
    assert tail.follow({"web": table}, QUERY, {"web": 10**9}, 10).versions == {"web": table.version()}
