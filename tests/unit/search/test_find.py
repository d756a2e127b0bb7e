"""Pages of results."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.search.cases import NOW, ids, rows, table_of

from tocsin.kernel.clock import to_us
from tocsin.search.find import Cursor, find
from tocsin.search.parse import parse
from tocsin.search.tokens import QueryError
from tocsin.store.table import Store


def test_a_page_is_the_newest_first_with_every_column(tmp_path):
    """Whatever the query looked at."""
    table = table_of(tmp_path, [{"a": "x", "b": "1"}, {"a": "y"}], [{"a": "x", "c": "2", "_raw": "r"}])
    page = find({"web": table}, parse("a:x", now=NOW), 10)
    assert [row["_id"] for row in page.rows.to_pylist()] == ["0002", "0000"]
    assert page.rows.column_names[6] == "_source"
    assert sorted(page.rows.column_names[7:]) == ["a", "b", "c"]
    assert page.rows["_raw"].to_pylist() == ["r", "raw"]
    assert (page.next, page.reached_us) == (None, None)


def test_pages_of_several_sources_are_one_order(tmp_path):
    """Each row says where it is from."""
    store = Store(str(tmp_path), is_synced=False)
    for place, source in enumerate(("web", "mail", "web")):
        store.table(source).append(rows([{"a": "x"}], place))
    page = find({name: store.table(name) for name in ("web", "mail")}, parse("", now=NOW), 10)
    assert page.rows["_source"].to_pylist() == ["web", "mail", "web"]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["web", "mail"]), st.integers(0, 3)), max_size=12), st.integers(1, 5))
def test_the_pages_together_are_all_rows_once(tmp_path_factory, arrivals, limit):
    """However many rows have one moment, and whatever source they are of."""
    store = Store(str(tmp_path_factory.mktemp("store")), is_synced=False)
    tables = {name: store.table(name) for name in ("web", "mail")}
    for number, (source, second) in enumerate(arrivals):
        tables[source].append(rows([{"_id": f"{source}{number}"}], second))
    seen, cursor = [], None
    while True:
        page = find(tables, parse("", now=NOW), limit, after=cursor)
        seen += [(row["_time"], row["_id"]) for row in page.rows.to_pylist()]
        if page.next is None:
            break
        cursor = Cursor.read(str(page.next))
    assert len(seen) == len(set(seen)) == len(arrivals)
    assert seen == sorted(seen, reverse=True)


def test_a_page_out_of_time_says_how_far_it_came(tmp_path):
    """The next page goes on from there, and nothing is left out."""
    table = table_of(tmp_path, [{"a": "x"}], [{"a": "x"}])
    page = find({"web": table}, parse("", now=NOW), 10, seconds=-1)
    assert page.rows.num_rows == 0
    assert page.reached_us == to_us(NOW) + 1_000_000 + 1000
    assert find({"web": table}, parse("", now=NOW), 10, after=page.next).rows.num_rows == 2


def test_an_id_in_a_cursor_may_hold_anything():
    """Ids are the senders'."""
    cursor = Cursor(7, "a:b/ü", "web")
    assert Cursor.read(str(cursor)) == cursor
    assert Cursor.read("") is None


@pytest.mark.parametrize("text", ["x", ":", "1.5:a:b", "9" * 400])
def test_a_made_up_cursor_is_an_answer(text):
    """Never an error of another kind."""
    with pytest.raises(QueryError, match="no place in a result"):
        Cursor.read(text)


def test_a_source_that_has_no_events_is_an_empty_page(tmp_path):
    """With the columns that every page has."""
    assert ids({"never": Store(str(tmp_path)).table("never")}, "x") == []
