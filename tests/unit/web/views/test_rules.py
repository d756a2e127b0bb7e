"""The rules in use, and what is wrong with the others."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.conf import settings
from django.test import Client
from tests.unit.search.cases import rows
from tests.unit.web.conftest import MakeAlert, read, sign_in

from tocsin.apps.accounts.models import User
from tocsin.apps.audit.models import AuditRow
from tocsin.apps.detect.models import LoadedRule, OffRule, RuleIssue, RuleRevision
from tocsin.apps.intake.models import Source
from tocsin.kernel.clock import now
from tocsin.rules.model import Level
from tocsin.store.table import Store
from tocsin.web.reads.catalogue import forget, read_logsource

Queries = Callable[[int], AbstractContextManager[Any]]


def load(number: int, **changes: Any) -> LoadedRule:
    """A rule in use; what a test does not name is ordinary."""
    level = Level(changes.pop("level", "medium"))
    values = {
        "rule_id": f"rule-{number}",
        "title": f"Rule {number}",
        "level": level,
        "level_rank": level.rank,
        "kind": "detection",
        "logsource": "product=linux service=sshd",
        "path": f"rules/linux/{number}.yml",
    }
    return LoadedRule.objects.create(**values | changes)


def test_without_rules_the_page_says_where_they_come_from(console: Client) -> None:
    """The setting, and the command that finds what is wrong."""
    text = read(console, "/rules").text
    assert "TOCSIN_RULES" in text
    assert "tocsin rules check" in text


def test_an_issue_names_file_line_column_and_the_mend(console: Client) -> None:
    """What a person needs to repair the rule; errors before warnings."""
    RuleIssue.objects.create(code="w", severity="warning", path="a.yml", message="field 'x' is in no source")
    RuleIssue.objects.create(
        code="unknown-level",
        severity="error",
        path="rules/own/vpn.yml",
        line=7,
        column=3,
        message="level 'hihg' is not a level",
        mend="use high",
    )
    text = read(console, "/rules").text
    assert "error level 'hihg' is not a level use high rules/own/vpn.yml:7:3" in text
    assert text.index("hihg") < text.index("field 'x'")
    assert "2 issues" in text


def test_rules_are_listed_most_urgent_first_with_their_alerts(console: Client, make_alert: MakeAlert) -> None:
    """The number leads to the alerts that it counts."""
    load(1, level="low")
    load(2, level="critical")
    make_alert(rule_id="rule-1", last_at=now())
    make_alert(rule_id="rule-1", last_at=now(), state="resolved", verdict="false")
    make_alert(rule_id="rule-1", last_at=now() - timedelta(days=31))
    page = read(console, "/rules")
    assert page.text.index("Rule 2") < page.text.index("Rule 1")
    assert "Cannot fire 2 1 false" in page.text
    assert "/alerts?rule=rule-1&since=30d" in page.links
    assert "/alerts?rule=rule-1&verdict=false&since=30d" in page.links
    busiest = read(console, "/rules?sort=alerts")
    assert busiest.text.index("Rule 1") < busiest.text.index("Rule 2")


def test_rules_are_found_by_words(console: Client) -> None:
    """In title, id, file or logsource, without case; the words stay in the field."""
    load(1, title="Guessing")
    load(2, title="Scanner")
    page = read(console, "/rules?q=GUESS")
    assert "Guessing" in page.text
    assert "Scanner" not in page.text
    assert page.all("input", name="q")[0]["value"] == "GUESS"
    assert "No rule is like this" in read(console, "/rules?q=%22%3E%3Cb%3E").text


def test_three_thousand_rules_come_in_pages(console: Client, django_assert_num_queries: Queries) -> None:
    """A hundred a page at the cost of eleven queries, five of them for the frame, once the catalogue is kept."""
    LoadedRule.objects.bulk_create(
        LoadedRule(rule_id=f"r{number}", title=f"Rule {number}", level="low", level_rank=1, kind="detection", path="p")
        for number in range(3_000)
    )
    console.get("/rules")
    with django_assert_num_queries(11):
        console.get("/rules")
    page = read(console, "/rules?page=30")
    assert "30 of 30" in page.text
    assert len(page.all("a", class_="cover")) == 100
    assert "30 of 30" in read(console, "/rules?page=99999").text
    assert "1 of 30" in read(console, "/rules?page=x").text


@pytest.fixture
def sshd(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source of sshd's log that has sent `user` and `src_ip`, in a store of its own."""
    monkeypatch.setattr(type(settings.TOCSIN_OPTIONS), "events_uri", str(tmp_path))
    Source.objects.create(name="sshd", format="sshd")
    Store(str(tmp_path), is_synced=False).table("sshd").append(rows([{"user": "ann", "src_ip": "192.0.2.1"}]))
    forget()


def test_rules_that_no_source_feeds_are_told_apart(console: Client, sshd: None) -> None:
    """By logsource and by field: whose fields were sent, some of them, none of them."""
    load(1, fields=["User", "src_ip"])
    load(2, fields=["user", "never_sent"])
    load(3, fields=["never_sent"])
    load(4, fields=["user"], logsource="product=windows")
    shown = {each: read(console, f"/rules?coverage={each}").text for each in ("full", "partly", "none")}
    assert {each: [n for n in (1, 2, 3, 4) if f"Rule {n} " in text] for each, text in shown.items()} == {
        "full": [1],
        "partly": [2],
        "none": [3, 4],
    }
    assert "not sent: never_sent" in read(console, "/rules/rule?id=rule-2").text


@pytest.mark.parametrize("text", ["", "any", "product=a b category=c", "service=x=y product=z"])
def test_a_logsource_is_read_as_it_was_written(text: str) -> None:
    """Values may have spaces and signs in them."""
    source = read_logsource(text)
    assert read_logsource(str(source)) == source


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("level=high", [1]),
        ("technique=T1110", [1, 2]),
        ("technique=t1110.003", [2]),
        ("tactic=credential-access", [1]),
        ("switch=off", [3]),
        ("switch=feeds", [2]),
        ("logsource=product%3Daws", [3]),
        ("q=rule-3", [3]),
        ("level=none&coverage=x&switch=%00&sort=y&tactic=z", [1, 2, 3]),
    ],
)
def test_rules_are_filtered(console: Client, query: str, found: list[int]) -> None:
    """A value that cannot be is as if not given."""
    load(1, level="high", tags=["attack.t1110", "attack.credential_access"])
    load(2, tags=["attack.T1110.003"], rings=False)
    load(3, logsource="product=aws", tags=["car.2013-05-004", "attack.t1"])
    OffRule.objects.create(rule_id="rule-3", reason="noise")
    text = read(console, f"/rules?{query}").text
    assert [number for number in (1, 2, 3) if f"Rule {number} " in text] == found


TEXT = """\
# why
title: Guessing
id: 5d0c8e4c-6f0e-4b2f-9d0d-2f6f6f1a0001
logsource: {product: app}
detection:
  selection: {action: failed}
  condition: selection
tocsin:
  tests:
    - events: [{action: failed}]
      alerts: 1
    - name: wrong
      events: [{action: failed}]
      alerts: 2
"""


def revise(text: str, rule_id: str = "rule-1") -> None:
    """The rule has this text from now on."""
    RuleRevision.objects.create(rule_id=rule_id, digest=str(len(text)), text=text, path="a.yml:2:1")


def test_a_rule_shows_its_text_with_what_is_wrong_in_place(console: Client) -> None:
    """Lines are those of the file; an issue stands under its line."""
    load(1, path="a.yml:12:1", title="Guessing")
    revise(TEXT)
    RuleIssue.objects.create(code="c", severity="warning", path="a.yml", line=15, column=3, message="odd", mend="mend")
    RuleIssue.objects.create(code="c", severity="error", path="a.yml", line=3, message="of another rule")
    text = read(console, "/rules/rule?id=rule-1").text
    assert "11 # why 12 title: Guessing" in text
    assert "15 detection: warning odd; mend 16" in text
    assert "of another rule" not in text


def test_a_rule_runs_its_own_tests(console: Client) -> None:
    """And says what came instead."""
    load(1, path="a.yml:2:1", title="Guessing")
    revise(TEXT)
    text = read(console, "/rules/rule?id=rule-1").text
    assert "Holds Guessing, test 1" in text
    assert "Fails Guessing, test 2 (wrong): 2 alerts must come and 1 came" in text


def test_a_rule_shows_what_changed_when(console: Client) -> None:
    """The newest first, the first one without a comparison."""
    load(1, path="a.yml:2:1")
    revise(TEXT)
    revise(TEXT.replace("failed", "denied"))
    text = read(console, "/rules/rule?id=rule-1").text
    assert "removed: − selection: {action: failed}" in text
    assert "added: + selection: {action: denied}" in text
    assert text.index("Changed") < text.index("First seen")


def test_a_rule_shows_its_alerts_by_day(console: Client, make_alert: MakeAlert) -> None:
    """As a chart, where there are any; the numbers are links."""
    load(1)
    assert "data-plot" not in console.get("/rules/rule?id=rule-1").content.decode()
    make_alert(rule_id="rule-1", opened_at=now(), last_at=now())
    page = read(console, "/rules/rule?id=rule-1")
    assert page.all("div", aria_label="1 alerts in 30 days")
    assert console.get("/rules/rule?id=none").status_code == 404
    assert console.get("/rules/rule?id=%00").status_code == 404


def test_a_rule_that_is_gone_leads_to_its_alerts(console: Client, make_alert: MakeAlert) -> None:
    """An alert outlives its rule."""
    make_alert(rule_id="gone")
    assert console.get("/rules/rule?id=gone").headers["Location"] == "/alerts?rule=gone"


def test_a_rule_is_switched_off_with_a_reason_and_on(console: Client, owner: User) -> None:
    """Both are recorded, once; without a reason nothing is done."""
    load(1)
    console.post("/rules/switch", {"id": "rule-1", "to": "off", "reason": " "})
    assert not OffRule.objects.exists()
    for _ in range(2):
        console.post("/rules/switch", {"id": "rule-1", "to": "off", "reason": "a <b>pentest</b>"})
    assert OffRule.objects.get().user == owner
    assert "a <b>pentest</b>" in read(console, "/rules/rule?id=rule-1").text
    assert "off" in read(console, "/rules?switch=off").text
    for _ in range(2):
        console.post("/rules/switch", {"id": "rule-1", "to": "on"})
    assert not OffRule.objects.exists()
    events = [row.content for row in AuditRow.objects.order_by("pk") if "rule.switched" in str(row.content)]
    assert len(events) == 2
    assert console.post("/rules/switch", {"id": "none", "to": "on"}).status_code == 302


HOSTILE = "<script>alert(1)</script>\x1b[31m\u202egnp"


def test_hostile_rules_are_shown_as_text(console: Client) -> None:
    """Nothing of a rule becomes markup, and what is unseen is shown."""
    load(1, title=HOSTILE, rule_id=HOSTILE, tags=[f"attack.t1110{HOSTILE}"], logsource=HOSTILE, fields=[HOSTILE])
    revise(f"title: {HOSTILE}\ntests: x", HOSTILE)
    RuleIssue.objects.create(code="c", severity="error", path=HOSTILE, line=1, message=HOSTILE, mend=HOSTILE)
    (link,) = [each for each in read(console, "/rules").links if each.startswith("/rules/rule?id=%3C")]
    for address in ("/rules", link, "/attack", f"/rules?technique={HOSTILE}"):
        page = read(console, address)
        assert "\u202e" not in page.text


def test_the_matrix_counts_rules_by_technique(console: Client, sshd: None) -> None:
    """Under each tactic of a technique; what cannot fire is told; rules that are off do not count."""
    load(1, tags=["attack.t1110"], fields=["user"])
    load(2, tags=["attack.t1110.003"], fields=["never_sent"])
    load(3, tags=["attack.t1110"])
    load(4, tags=["attack.t9999", "attack.impact"])
    load(5, tags=["attack.t9998"])
    OffRule.objects.create(rule_id="rule-3", reason="x")
    page = read(console, "/attack")
    assert "Credential access 1 Brute Force 2 rule s T1110 · 1 cannot fire" in page.text.replace("rules", "rule s")
    assert "Impact 1 T9999 1 rule" in page.text
    assert "Other 1 T9998 1 rule" in page.text
    assert "/rules?technique=T1110&coverage=none" in page.links


def test_the_matrix_is_a_layer_of_the_navigator(console: Client, sshd: None) -> None:
    """Of format 4.5, with sub-techniques by themselves."""
    load(1, tags=["attack.t1110"], fields=["user"])
    load(2, tags=["attack.t1110.003"], fields=["never_sent"])
    response = console.get("/attack/layer.json")
    layer = orjson.loads(response.content)
    assert (layer["versions"]["layer"], layer["domain"]) == ("4.5", "enterprise-attack")
    assert [(each["techniqueID"], each["score"]) for each in layer["techniques"]] == [("T1110", 1), ("T1110.003", 0)]
    assert layer["gradient"]["maxValue"] > layer["gradient"]["minValue"]
    assert "attachment" in response.headers["Content-Disposition"]


def test_who_only_looks_is_offered_nothing_to_change(db: None) -> None:
    """No editor, no switch; and an event leads to a draft to read."""
    client = sign_in(User.objects.create(email="v@example.com", role="viewer"))
    load(1)
    assert "/rules/new" not in str(read(client, "/rules").links)
    assert not read(client, "/rules/rule?id=rule-1").all("button", id="switch")
