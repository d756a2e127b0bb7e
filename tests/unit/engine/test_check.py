"""One check for the command, the API and the editor."""

from dataclasses import replace

from tests.unit.engine.cases import META, ask

from tocsin.engine.check import find_issues
from tocsin.kernel.issues import Location
from tocsin.kernel.logsource import LogSource
from tocsin.rules.check import NAME, check_text
from tocsin.rules.model import DetectionRule, RuleSet
from tocsin.rules.outline import finder, read_text
from tocsin.rules.review import Carrier

TEXT = """\
title: A
level: hihg
logsource: {product: app}
detection:
    s: {user: x}
    condition: s
"""
CARRIERS = [Carrier(LogSource("app"), frozenset({"name"}))]


def found(text: str) -> list[str]:
    """What is wrong with a text, each at its place."""
    return [str(issue) for issue in find_issues(check_text(text), CARRIERS, finder(read_text(text, NAME)))]


def test_what_is_strange_beside_the_sources_has_its_place_in_a_text() -> None:
    """Though there is no file of it."""
    (issue,) = found(TEXT.replace("hihg", "high"))
    assert issue.startswith("rule.yml:5:9: no source of product=app has sent a field 'user'")


def test_what_cannot_be_read_is_told() -> None:
    """A rule that is left out is not looked at further."""
    (issue,) = found(TEXT)
    assert issue.startswith("rule.yml:2:8: level 'hihg'")


def test_what_the_engine_refuses_is_told_with_its_mend() -> None:
    """At the rule."""
    broken = DetectionRule(replace(META, location=Location("r.yml", 3)), LogSource(), ask("a", "regex", "(?=x)"))
    (issue,) = find_issues(RuleSet((broken,)), [])
    assert (issue.code, issue.location, bool(issue.mend)) == ("refused-by-engine", Location("r.yml", 3), True)
