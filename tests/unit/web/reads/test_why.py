"""Why an alert rang, asked of a sample."""

from pathlib import Path

import pytest
from django.conf import settings
from tests.unit.web.conftest import MakeAlert

from tocsin.apps.detect.models import RuleRevision
from tocsin.web.reads.why import Piece, mark, read_why

RULES = """
title: Failed
id: failed
logsource: {product: app}
detection:
  selection:
    action|contains: fail
    user: root
  condition: selection
level: low
---
title: Many
id: many
correlation:
  type: event_count
  rules: [failed]
  group-by: [ip]
  timespan: 1m
  condition: {gte: 3}
level: high
"""
SAMPLE: dict[str, object] = {
    "source": "app",
    "raw": '{"action": "sign-in FAILED", "user": "root"}',
    "fields": {"action": "sign-in FAILED", "user": "root"},
}


@pytest.fixture(autouse=True)
def _rules(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, db: None) -> None:
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "many.yml").write_text(RULES)
    monkeypatch.setattr(type(settings.TOCSIN_OPTIONS), "rule_paths", (folder,))
    monkeypatch.setattr(type(settings.TOCSIN_OPTIONS), "local_dir", tmp_path / "data")


@pytest.mark.parametrize("rule_id", ["failed", "many"])
def test_the_tests_of_the_rule_are_asked_again(make_alert: MakeAlert, rule_id: str) -> None:
    """Of a correlation those of the rules that it counts; what was found is named by its field."""
    why = read_why(make_alert(rule_id=rule_id), SAMPLE)
    told = [(line.label, line.is_true) for line in why.lines]
    assert ("action contains 'fail'", True) in told
    assert ("user is 'root'", True) in told
    assert why.found == {"action": ["fail"], "user": []}
    assert not why.is_changed


def test_a_text_that_was_cut_is_asked_by_its_fields(make_alert: MakeAlert) -> None:
    """No raw text that a format reads is needed."""
    why = read_why(make_alert(rule_id="failed"), SAMPLE | {"raw": '{"action": "sign-in FAI…'})
    assert why.lines[0].is_true


@pytest.mark.parametrize("sample", [{}, {"raw": "\x00", "fields": 7}, {"raw": "[1, 2", "fields": {}}])
def test_what_cannot_be_asked_is_not_true(make_alert: MakeAlert, sample: dict[str, object]) -> None:
    """Nothing that was kept breaks the answer."""
    why = read_why(make_alert(rule_id="failed"), sample)
    assert why.gone or not why.lines[0].is_true


def test_a_rule_that_is_gone_says_so(make_alert: MakeAlert) -> None:
    """There is nothing left to ask."""
    why = read_why(make_alert(rule_id="other"), SAMPLE)
    assert "The rule is gone" in why.gone
    assert why.lines == ()


def test_a_rule_that_was_changed_says_so(make_alert: MakeAlert) -> None:
    """The alert rang by another text than that of now."""
    RuleRevision.objects.create(rule_id="failed", digest="another", text="x", path="x")
    assert read_why(make_alert(rule_id="failed"), SAMPLE).is_changed


@pytest.mark.parametrize(
    ("value", "found", "pieces"),
    [
        ("root", None, [("root", False)]),
        ("root", [], [("root", True)]),
        ("a FAILED b", ["fail"], [("a ", False), ("FAIL", True), ("ED b", False)]),
        ("x", ["y"], [("x", True)]),
        ("Straße fail", ["fail"], [("Straße fail", True)]),
    ],
)
def test_what_was_found_is_marked(value: str, found: list[str] | None, pieces: list[tuple[str, bool]]) -> None:
    """A part where a part was asked for, else the whole."""
    assert mark(value, found) == tuple(Piece(*each) for each in pieces)
