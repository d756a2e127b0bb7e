"""A text that is checked without a file."""

from tocsin.rules.check import check_text
from tocsin.rules.documents import MAX_FILE_BYTES

GOOD = """\
title: A
name: a
logsource: {product: app}
detection:
  selection: {action: x}
  condition: selection
---
title: B
correlation: {type: event_count, rules: [a], timespan: 1m, condition: {gte: 2}}
"""


def test_the_rules_of_a_text_name_each_other() -> None:
    """As those of a file do."""
    checked = check_text(GOOD)
    assert [rule.meta.title for rule in checked.rules] == ["A", "B"]
    assert checked.issues == ()


def test_an_issue_names_line_and_column() -> None:
    """Of the text; a rule that is wrong does not stop the other."""
    checked = check_text(GOOD.replace("{gte: 2}", "{gte: two}"))
    assert [rule.meta.title for rule in checked.rules] == ["A"]
    assert {(issue.location.path, issue.location.line) for issue in checked.issues} == {("rule.yml", 9)}


def test_no_text_is_too_odd_to_be_answered() -> None:
    """Too long, no YAML, lone surrogates."""
    for text in ("x" * (MAX_FILE_BYTES + 1), "{", "\ud800", ""):
        assert check_text(text).issues
