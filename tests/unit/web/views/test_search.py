"""The pages of search, as a browser gets them."""

import csv
import io
from datetime import UTC, datetime
from html import escape

import pytest
from django.conf import settings
from django.test import Client
from tests.unit.search.cases import rows
from tests.unit.web.conftest import read
from tests.unit.web.markup import Page

from tocsin.apps.audit.models import AuditRow
from tocsin.store.table import EventTable, Store
from tocsin.web.reads import search as reads

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)
ALL = "window=all"
HOSTILE = "<script>alert(1)</script>\x1b[31m\u202egnp.exe\u2066"


@pytest.fixture
def web(tmp_path, monkeypatch) -> EventTable:
    """The table of the source `web`, in a store of its own."""
    monkeypatch.setattr(type(settings.TOCSIN_OPTIONS), "events_uri", str(tmp_path))
    return Store(str(tmp_path), is_synced=False).table("web")


def fill(table: EventTable, *events: dict[str, str | None]) -> None:
    """Append ``events``, a second apart."""
    table.append(rows(events))


def part(client: Client, address: str) -> Page:
    """A part of a page, which must be well formed on its own."""
    response = client.get(address)
    assert response.status_code == 200, response.content
    return Page(f"<main>{response.content.decode()}</main>")


def test_what_is_found_is_listed_newest_first(console, web):
    """With a link to each event, and the fields that it has."""
    fill(web, {"user": "ann"}, {"user": "bob"}, {"user": "anna"})
    page = read(console, f"/search?q=user:ann*&{ALL}")
    assert page.text.index("anna") < page.text.index("user ann ")
    assert "bob" not in page.text
    assert "/search/event?source=web&id=0002&at=1769860802000000" in page.links


def test_a_query_that_cannot_be_read_is_answered_with_column_and_mend(console, web):
    """And the query stays in its field."""
    page = read(console, "/search?q=(user:ann", status=400)
    assert "column 1: this bracket is not closed; add a )" in page.text
    assert page.all("input", id="q")[0]["value"] == "(user:ann"


def test_nothing_found_says_what_may_be_meant(console, web):
    """A field is compared as a whole, which not everybody expects."""
    fill(web, {"message": "an error here"})
    assert "message:*error* finds what has it in it" in read(console, f"/search?q=message:error&{ALL}").text


def test_a_search_goes_back_a_day_unless_more_is_asked(console, web):
    """What is older is not looked for."""
    fill(web, {"user": "ann"})
    assert "Nothing found" in read(console, "/search").text
    assert "user ann" in read(console, "/search?window=all").text
    start = int(AT.timestamp())
    assert "user ann" in read(console, f"/search?from={start}&to={start}").text
    assert "Nothing found" in read(console, f"/search?from={start + 1}").text


def test_the_next_page_goes_on_where_the_first_ended(console, web):
    """By a link that says all of the search."""
    fill(web, *({"n": str(number)} for number in range(60)))
    page = read(console, f"/search?q=n:*&{ALL}&col=n")
    (older,) = [link for link in page.links if "after=" in link]
    assert older.startswith("?q=n%3A%2A&col=n&window=all&after=")
    second = read(console, f"/search{older}")
    assert len(page.all("tr", data_row="")) == 50
    assert len(second.all("tr", data_row="")) == 10


def test_chosen_columns_are_shown(console, web):
    """A record that has not the field has a dash."""
    fill(web, {"a": "x"}, {"b": "y"})
    page = read(console, f"/search?{ALL}&col=b&col=_received")
    assert {"b", "_received"} <= {each["data-column"] for each in page.all("td") if "data-column" in each}
    assert "–" in page.text


def test_one_source_is_searched_alone(console, web, tmp_path):
    """A source that there is not finds nothing, and is no error."""
    fill(web, {"a": "in web"})
    Store(str(tmp_path), is_synced=False).table("mail").append(rows([{"a": "in mail"}]))
    assert "in mail" in read(console, f"/search?{ALL}").text
    assert "in mail" not in read(console, f"/search?{ALL}&source=web").text
    assert "Nothing found" in read(console, f"/search?{ALL}&source=gone").text


def test_counts_over_time_can_be_zoomed_by_links(console, web):
    """Each bar leads to the search of its time."""
    fill(web, {"a": "x"}, {"a": "y"})
    found = part(console, f"/search/counts?q=a:*&{ALL}")
    assert "2 records" in found.text
    assert found.all("div", data_zoom=f"/search?q=a%3A%2A&{ALL}")
    assert all("from=" in link for link in found.links)


def test_fields_have_top_values_that_filter(console, web):
    """With the value, without it, and as a column."""
    fill(web, {"user": "ann"}, {"user": "ann"}, {"user": 'b "o" b'})
    found = part(console, f"/search/fields?{ALL}")
    assert f"/search?q=user%3A%22ann%22&{ALL}" in found.links
    assert f"/search?q=NOT+user%3A%22ann%22&{ALL}" in found.links
    assert f"/search?q=&col=user&{ALL}".replace("q=&", "") in found.links
    (link,) = [link for link in found.links if link.startswith("/search?q=user") and "o" in link.partition("22b")[2]]
    assert "ann" not in read(console, link).text.partition("Record")[2].partition("How to ask")[0]


def test_a_fields_values_are_counted_over_all(console, web):
    """On demand."""
    fill(web, {"user": "ann"}, {"user": "bob"}, {"user": "ann"})
    found = part(console, f"/search/fields?{ALL}&field=user")
    assert "Over all 3 records" in found.text


def test_live_shows_what_comes_after_it_began(console, web):
    """Each call goes on where the last one ended."""
    fill(web, {"a": "before"})

    def ask(since: str) -> tuple[str, str]:
        content = console.get(f"/search/live?q=a:*&since={since}").content.decode()
        return content, content.partition("since=")[2].partition('"')[0]

    first, since = ask("")
    assert "before" not in first
    fill(web, {"a": "after"})
    second, since = ask(since)
    assert "after" in second
    assert "after" not in ask(since)[0]


@pytest.mark.parametrize("since", ["x", "web:", "web:-1", "web:99999999999999999999", ":::", "mail:1,web:2"])
def test_a_made_up_place_of_a_tail_is_no_error(console, web, since):
    """Whoever writes it gets what there is."""
    fill(web, {"a": "x"})
    assert console.get("/search/live", {"since": since}).status_code == 200


def test_an_event_shows_all_it_has(console, web):
    """Fields, those beyond the columns too, and the raw record; each value filters."""
    fill(web, {"user": "ann", "_extra": '{"far": 5}', "_raw": '{"user": "ann"}'})
    page = read(console, "/search/event?source=web&id=0000")
    assert "far 5" in page.text
    assert '{"user": "ann"}' in page.text
    assert "/search?q=user%3A%22ann%22&window=all" in page.links
    assert "/rules/new?source=web&id=0000&at=1769860800000000" in page.links


@pytest.mark.parametrize(
    "query",
    ["", "source=web", "source=web&id=none", "source=gone&id=0000", "source=../x&id=0", "source=web&id=0000&at=5"],
)
def test_an_event_that_there_is_not_is_not_found(console, web, query):
    """A guessed id, a source that is gone, an event past retention."""
    fill(web, {"a": "x"})
    assert console.get(f"/search/event?{query}").status_code == 404
    assert console.get(f"/search/draft?{query}").status_code == 404


def test_a_rule_can_be_made_of_an_event(console, web):
    """As text to go on with."""
    fill(web, {"action": "login", "user": "ann"})
    page = read(console, "/search/draft?source=web&id=0000")
    assert "action: login" in page.text
    assert "condition: selection" in page.text


def test_hostile_content_is_shown_as_what_it_is(console, web):
    """Markup is text; escapes of terminals and marks of direction can be seen and do nothing."""
    fill(web, {"<b>name</b>": HOSTILE, "_raw": HOSTILE})
    for address in (f"/search?{ALL}", "/search/event?source=web&id=0000", f"/search/fields?{ALL}"):
        content = console.get(address).content.decode()
        Page(f"<main>{content}</main>" if "fields" in address else content)
        assert "<script>alert" not in content
        assert "<b>name" not in content
        assert escape("<script>") in content
        assert "\x1b" not in content
        assert "\u202e" not in content
        assert "\\x1b" in content


def test_a_line_of_a_megabyte_is_shortened_and_can_be_seen_whole(console, web):
    """A list of such lines stays light."""
    line = "x" * 1_048_570 + "needle"
    fill(web, {"line": line, "_raw": line})
    assert len(console.get(f"/search?{ALL}").content) < 50_000
    page = console.get("/search/event?source=web&id=0000").content.decode()
    assert len(page) < 50_000
    assert "needle" not in page
    assert "1,048,576 characters" in page
    assert "needle" in console.get("/search/event?source=web&id=0000&whole=1").content.decode()


def test_a_rejected_record_is_shown_with_its_reason(console, web):
    """No rule can be made of it."""
    fill(web, {"_error": "rejected: no JSON", "_raw": "{broken"})
    page = read(console, f"/search?{ALL}")
    assert "rejected: no JSON" in page.text
    assert "{broken" in page.text
    assert "Make a rule" not in read(console, "/search/event?source=web&id=0000").text


@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
def test_all_that_is_found_can_be_taken(console, web, kind):
    """As a file, in pieces, and who took it is recorded."""
    fill(web, {"a": "x"}, {"a": "y"})
    response = console.get(f"/search/export/{kind}?q=a:x&{ALL}")
    content = b"".join(response.streaming_content)
    assert response.headers["Content-Disposition"] == f'attachment; filename="tocsin.{kind}"'
    assert content
    assert "search.exported" in [row.content["event.action"] for row in AuditRow.objects.all()]
    if kind == "csv":
        assert [line["a"] for line in csv.DictReader(io.StringIO(content.decode()))] == ["x"]


def test_an_export_that_cannot_be_is_an_answer(console, web):
    """A query that cannot be read, a format that there is not."""
    assert b"column 1" in console.get("/search/export/csv?q=(a").content
    assert console.get("/search/export/csv?q=(a").status_code == 400
    assert console.get("/search/export/xlsx").status_code == 404


def test_too_many_searches_at_once_are_told_to_wait(console, web, monkeypatch):
    """Memory is bounded; nobody gets an error of the server."""
    monkeypatch.setattr(reads, "_PATIENCE_S", 0.01)
    slots = reads.threading.BoundedSemaphore(1)
    monkeypatch.setattr(reads, "_slots", slots)
    slots.acquire()
    assert "try again in a moment" in read(console, "/search", status=503).text


def test_sql_shows_rows(console, web):
    """By the fields' names; null is told from an empty text."""
    fill(web, {"a": "x"}, {"a": None, "b": ""})
    page = read(console, "/search/sql?sql=select a, b from web order by _time")
    assert "2 rows" in page.text
    assert "null" in page.text


def test_sql_that_is_refused_says_why(console, web):
    """In DuckDB's words or ours."""
    fill(web, {"a": "x"})
    assert "COPY is not for reading" in read(console, "/search/sql?sql=copy web to 'x'", status=400).text


def test_a_table_that_cannot_be_read_is_an_answer(console, web):
    """Not an error of the server."""
    fill(web, {"a": "x"})
    for file in web.place.folder.rglob("*.parquet"):
        file.write_bytes(b"broken")
    assert console.get(f"/search?{ALL}").status_code == 503
