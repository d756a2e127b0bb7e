"""The editor: checked while somebody types, tried before it is saved, and nobody's work lost."""

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.conf import settings
from django.test import Client
from tests.unit.search.cases import rows
from tests.unit.web.conftest import read, sign_in
from tests.unit.web.markup import Page

from tocsin.apps.accounts.models import User
from tocsin.apps.audit.models import AuditRow
from tocsin.apps.detect.models import LoadedRule, RuleRevision, WrittenRule
from tocsin.apps.intake.models import Source
from tocsin.kernel.clock import now
from tocsin.store.table import Store
from tocsin.web import rehearsals
from tocsin.web.reads.catalogue import forget

RULE = """\
title: Sign-in failed
logsource: {product: shop}
detection:
    selection: {action: failed}
    condition: selection
tocsin:
    group-by: [user]
    tests:
        - events: [{action: failed}]
          alerts: 1
"""


def part(client: Client, address: str, **fields: str) -> Page:
    """A part of the editor, which must be well formed on its own."""
    response = client.post(address, fields) if fields else client.get(address)
    assert response.status_code == 200, response.content
    return Page(f"<main>{response.content.decode()}</main>")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """An empty store, and the source `shop`."""
    monkeypatch.setattr(type(settings.TOCSIN_OPTIONS), "events_uri", str(tmp_path))
    Source.objects.create(name="shop", format="json", product="shop")
    Source.objects.create(name="mail", format="json", product="mail")
    forget()
    return Store(str(tmp_path), is_synced=False)


def fill(store: Store, source: str, *events: dict[str, str | None], days: float = 1.0) -> None:
    """Append ``events`` of ``days`` ago, a second apart."""
    at = now() - timedelta(days=days)
    table = rows(events)
    times = pa.array([at + timedelta(seconds=place) for place in range(len(events))], pa.timestamp("us", "UTC"))
    for name in ("_time", "_received"):
        table = table.set_column(table.column_names.index(name), table.schema.field(name), times)
    store.table(source).append(table)


def test_a_text_is_checked_with_lines_and_columns(console: Client, store: Store) -> None:
    """And its lines are marked."""
    found = part(console, "/rules/check", text=RULE.replace("action:", "action|hwat:").replace("\n", "\r\n"))
    assert "1 error" in found.text
    assert "Line 4, column 24" in found.text
    assert found.all("section", data_marks="4:error ")


def test_the_sources_have_a_say(console: Client, store: Store) -> None:
    """Fields that nobody has sent are told at their places."""
    fill(store, "shop", {"action": "failed"})
    strange = part(console, "/rules/check", text=RULE.replace("{action: failed}", "{acton: failed}"))
    assert "no source of product=shop has sent a field 'acton' write 'action' Line 4, column 17" in strange.text


def test_the_tests_of_a_text_are_run(console: Client, store: Store) -> None:
    """Those that fail say what came instead; one that is written wrong has failed."""
    assert "1 test run, 0 failed" in part(console, "/rules/check", text=RULE).text
    wrong = part(console, "/rules/check", text=RULE.replace("alerts: 1", "alerts: 3"))
    assert "Fails Sign-in failed, test 1: 3 alerts must come and 1 came" in wrong.text
    assert "1 failed" in part(console, "/rules/check", text=RULE.replace("alerts: 1", "alerts: many")).text


@pytest.mark.parametrize("text", ["", "\x00", "[" * 200, "a: &a [*a]", "\ud800", "%", "- 1\n---\n{", "x" * 1_100_000])
def test_whatever_is_typed_is_answered(console: Client, store: Store, text: str) -> None:
    """Nothing in a text stops the check."""
    response = console.post("/rules/check", {"text": text.encode("utf-8", "replace").decode()})
    assert response.status_code == 200


def test_a_new_file_is_saved_and_recorded(console: Client, store: Store, owner: User) -> None:
    """With the line ends that it had before the browser sent it."""
    response = console.post("/rules/new", {"name": "shop-1", "text": RULE.replace("\n", "\r\n")})
    assert response.headers["Location"] == "/rules/written/shop-1"
    kept = WrittenRule.objects.get()
    assert (kept.text, kept.user, kept.version) == (RULE, owner, 1)
    assert any("rule.changed" in str(row.content) for row in AuditRow.objects.all())
    assert "Saved 'shop-1.yml'" in read(console, "/rules/written/shop-1").text
    assert "shop-1.yml" in read(console, "/rules").text


@pytest.mark.parametrize("name", ["", "A", "../x", "a/b", "a.yml", "-a", "x" * 101, "taken"])
def test_a_name_that_cannot_be_loses_nothing(console: Client, store: Store, name: str) -> None:
    """The text is still in the editor, with what is wrong."""
    WrittenRule.objects.create(name="taken", text="a: 1")
    response = console.post("/rules/new", {"name": name, "text": RULE})
    assert response.status_code == 400
    assert "title: Sign-in failed" in response.content.decode()
    assert WrittenRule.objects.count() == 1


def test_the_second_of_two_sees_what_the_first_has_changed(console: Client, store: Store) -> None:
    """Their own text stays in the editor, and is saved once they have seen it."""
    WrittenRule.objects.create(name="shop", text=RULE)
    theirs, mine = RULE.replace("failed}", "denied}"), RULE.replace("level", "high")
    assert console.post("/rules/written/shop", {"text": theirs, "seen": "1", "base": RULE}).status_code == 302
    response = console.post("/rules/written/shop", {"text": mine + "# mine", "seen": "1", "base": RULE})
    assert response.status_code == 409
    page = Page(response.content.decode())
    assert "saved this file before you" in page.text
    assert "removed: − selection: {action: failed}" in page.text
    assert "added: + selection: {action: denied}" in page.text
    assert "# mine" in response.content.decode()
    assert page.all("input", name="seen", value="2")
    assert console.post("/rules/written/shop", {"text": mine, "seen": "2"}).status_code == 302
    assert WrittenRule.objects.get().text == mine


def test_a_file_that_was_removed_meanwhile_is_said_so(console: Client, store: Store) -> None:
    """Removing needs the version that was seen; a page of a file that is gone is not there."""
    WrittenRule.objects.create(name="shop", text=RULE, version=2)
    console.post("/rules/written/shop/remove", {"seen": "1"})
    assert WrittenRule.objects.exists()
    assert console.post("/rules/written/shop/remove", {"seen": "2"}).headers["Location"] == "/rules"
    assert not WrittenRule.objects.exists()
    assert console.post("/rules/written/shop", {"text": RULE, "seen": "2"}).status_code == 404


def test_a_rule_is_copied_with_names_of_its_own(console: Client, store: Store) -> None:
    """With the other rules of its file, which it may count; references go along, and values stay."""
    known = "5d0c8e4c-6f0e-4b2f-9d0d-2f6f6f1a0001"
    detection = (
        f"title: A\nid: {known}\nname: failed\nlogsource: {{product: shop}}\n"
        "detection:\n    s: {action: failed}\n    condition: s\n"
    )
    correlation = (
        "---\ntitle: B\nname: many\ncorrelation:\n    type: event_count\n    rules: [failed]\n    group-by: [user]\n"
        "    timespan: 5m\n    condition: {gte: 2}\ntocsin:\n    tests:\n"
        "        - {events: [{action: failed, user: a}, {action: failed, user: a}], alerts: 1}\n"
    )
    for place, (rule_id, text) in enumerate({known: detection, "many": correlation}.items()):
        path = f"a.yml:{1 + 10 * place}:1"
        LoadedRule.objects.create(rule_id=rule_id, title=rule_id, level="low", level_rank=1, kind="k", path=path)
        RuleRevision.objects.create(rule_id=rule_id, digest=rule_id, text=text, path=path)
    shown = read(console, "/rules/new?copy=many").text
    assert known not in shown
    assert "name: failed_copy" in shown
    assert "rules: [failed_copy]" in shown
    assert "action: failed}" in shown
    assert "2 rules can be used, 1 test run, 0 failed" in shown
    assert console.get("/rules/new?copy=none").status_code == 404


def test_an_event_becomes_a_draft(console: Client, store: Store) -> None:
    """In the editor, checked already; without the event there is none."""
    fill(store, "shop", {"action": "failed", "user": "ann"})
    page = read(console, "/rules/new?source=shop&id=0000")
    assert "product: shop" in page.text
    assert "No error" in page.text
    assert console.get("/rules/new?source=shop&id=none").status_code == 404
    assert console.get("/rules/new?source=gone&id=0000&at=x").status_code == 404


def test_hostile_text_stays_in_the_editor(console: Client, store: Store) -> None:
    """Markup in a text closes no element."""
    text = "title: </textarea><script>alert(1)</script>\n"
    WrittenRule.objects.create(name="h", text=text)
    page = read(console, "/rules/written/h")
    assert not [each for each in page.all("script") if not each.get("src")]
    assert "alert(1)" in page.text


def rehearse(client: Client, text: str, **more: Any) -> Page:
    """Run ``text`` over the last days, to its end."""
    page = part(client, "/rules/rehearsals", text=text)
    until = time.monotonic() + 30
    while (polled := [each["hx-get"] for each in page.all("section") if "hx-get" in each]) and time.monotonic() < until:
        time.sleep(0.05)
        page = part(client, polled[0])
    return page


def test_a_draft_is_run_over_the_last_days(console: Client, store: Store) -> None:
    """By the engine: alerts by group, as a chart and a list; older events and other sources do not count."""
    fill(store, "shop", {"action": "failed", "user": "ann"}, {"action": "Failed", "user": "bob"}, {"action": "ok"})
    fill(store, "shop", {"action": "failed", "user": "old"}, days=8)
    fill(store, "mail", {"action": "failed", "user": "mail"})
    page = rehearse(console, RULE)
    assert "Sign-in failed: 2 alerts" in page.text
    assert "matched 2 events" in page.text
    assert "user ann" in page.text
    assert "old" not in page.text
    assert page.all("div", aria_label="2 alerts by hour")
    assert any(link.startswith("/search?from=") for link in page.links)


def test_a_correlation_is_run_over_pieces_as_over_one(console: Client, store: Store) -> None:
    """Windows reach over commits, whichever is read first."""
    many = RULE.replace("title: Sign-in failed", "title: Sign-in failed\nname: failed") + (
        "---\ntitle: Many\ncorrelation:\n    type: event_count\n    rules: [failed]\n    group-by: [user]\n"
        "    timespan: 5m\n    condition: {gte: 3}\n"
    )
    for _ in range(3):
        fill(store, "shop", {"action": "failed", "user": "ann", "id": None})
    assert "Many: 1 alert" in rehearse(console, many).text


def test_a_text_without_a_rule_is_not_run(console: Client, store: Store) -> None:
    """It says so."""
    assert "mend the errors first" in part(console, "/rules/rehearsals", text="title: x").text


def test_no_more_than_two_run_at_once_and_each_is_its_own_persons(
    console: Client, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is stopped says how far it came."""
    fill(store, "shop", {"action": "failed", "user": "ann"})
    monkeypatch.setattr(rehearsals, "AT_ONCE", 0)
    assert "running already" in part(console, "/rules/rehearsals", text=RULE).text
    monkeypatch.undo()
    monkeypatch.setattr(type(settings.TOCSIN_OPTIONS), "events_uri", store._place.uri)
    monkeypatch.setattr(rehearsals, "MAX_MATCHED", -1)
    page = rehearse(console, RULE)
    assert "only: over -1 events matched" in page.text
    job = next(reversed(rehearsals._jobs.values()))
    other = sign_in(User.objects.create(email="e@example.com", role="engineer"))
    assert "is gone" in part(other, f"/rules/rehearsals/{job.id}").text
    assert "is gone" in part(console, "/rules/rehearsals/none").text
    assert console.post(f"/rules/rehearsals/{job.id}/stop").status_code == 200
    assert job.is_stopped.is_set()
