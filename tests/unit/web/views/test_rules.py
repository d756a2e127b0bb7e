"""The rules in use, and what is wrong with the others."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.test import Client
from tests.unit.web.conftest import MakeAlert, read

from tocsin.apps.detect.models import LoadedRule, RuleIssue
from tocsin.rules.model import Level

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


def test_rules_are_listed_most_urgent_first_with_their_open_alerts(console: Client, make_alert: MakeAlert) -> None:
    """The number leads to the alerts that it counts."""
    load(1, level="low")
    load(2, level="critical")
    make_alert(rule_id="rule-1")
    make_alert(rule_id="rule-1", state="resolved")
    page = read(console, "/rules")
    assert page.text.index("Rule 2") < page.text.index("Rule 1")
    assert "product=linux service=sshd 1" in page.text
    assert "/alerts?rule=rule-1" in page.links


def test_rules_are_found_by_words(console: Client) -> None:
    """In title, file or logsource, without case; the words stay in the field."""
    load(1, title="Guessing")
    load(2, title="Scanner")
    page = read(console, "/rules?q=GUESS")
    assert "Guessing" in page.text
    assert "Scanner" not in page.text
    assert page.all("input", name="q")[0]["value"] == "GUESS"
    assert "No rule has these words" in read(console, "/rules?q=%22%3E%3Cb%3E").text


def test_three_thousand_rules_come_in_pages(console: Client, django_assert_num_queries: Queries) -> None:
    """A hundred a page at the cost of eleven queries: five for the frame, six for the rules."""
    LoadedRule.objects.bulk_create(
        LoadedRule(rule_id=f"r{number}", title=f"Rule {number}", level="low", level_rank=1, kind="detection", path="p")
        for number in range(3_000)
    )
    with django_assert_num_queries(11):
        console.get("/rules")
    page = read(console, "/rules?page=30")
    assert "30 of 30" in page.text
    assert len(page.all("a", class_="cover")) == 100
    assert "30 of 30" in read(console, "/rules?page=99999").text
    assert "1 of 30" in read(console, "/rules?page=x").text
