"""What a rule says of itself."""

from collections.abc import Callable

import pytest
from tests.unit.rules.conftest import HEAD

from tocsin.kernel.issues import Location
from tocsin.kernel.logsource import LogSource
from tocsin.rules.metadata import canonical_name
from tocsin.rules.model import DetectionRule, Level, Meta, RuleSet

DETECTION = "detection:\n    s: {a: 1}\n    condition: s\n"
UUID = "5a1b0c6e-1f6d-4c8e-9a39-2f3a1d9c7b10"

LoadText = Callable[[str], RuleSet]


def test_every_key_for_people_is_kept(load_text: LoadText) -> None:
    """What the rule says is what the alert will say."""
    text = (
        f"id: {UUID.upper()}\nname: many_failures\nstatus: Stable\nlevel: High\ndescription: |\n    Two\n    lines\n"
        "author: Me\ntags: [attack.t1110]\nreferences: [https://example.org]\nfalsepositives: [Tests]\n"
        "fields: [user]\ntocsin:\n    next_steps: Call them.\n"
    )
    (rule,) = load_text(HEAD + DETECTION + text).rules
    assert rule.meta == Meta(
        id=UUID,
        title="A rule",
        level=Level.HIGH,
        location=Location("r.yml", 1, 1),
        name="many_failures",
        status="stable",
        description="Two\nlines",
        author="Me",
        tags=("attack.t1110",),
        references=("https://example.org",),
        falsepositives=("Tests",),
        fields=("user",),
        next_steps="Call them.",
    )


@pytest.mark.parametrize(
    ("keys", "expected"),
    [(f"id: {UUID}\nname: x\n", UUID), ("name: x\n", "x"), ("", "r.yml"), ("id: my-rule\n", "my-rule")],
)
def test_a_rule_is_known_by_its_id_else_its_name_else_its_file(load_text: LoadText, keys: str, expected: str) -> None:
    """Every rule has an id that stays when the rules are loaded again."""
    (rule,) = load_text(keys + HEAD + DETECTION).rules
    assert rule.meta.id.endswith(expected)


def test_a_rule_without_a_level_is_medium(load_text: LoadText) -> None:
    """Sigma does not ask for a level."""
    assert load_text(HEAD + DETECTION).rules[0].meta.level is Level.MEDIUM


def test_a_text_where_a_list_is_usual_is_a_list_of_one(load_text: LoadText) -> None:
    """It can mean nothing else, and numbers are their texts."""
    meta = load_text(HEAD + DETECTION + "references: https://example.org\nfalsepositives: [5, null]\n").rules[0].meta
    assert meta.references == ("https://example.org",)
    assert meta.falsepositives == ("5",)


def test_a_mistake_in_what_people_read_does_not_silence_the_rule(load_text: LoadText) -> None:
    """A warning, and the rule is kept."""
    ruleset = load_text(HEAD + DETECTION + "description: [a]\ntags: {a: b}\nid: 7\ndate: yesterday\n")
    assert {issue.severity for issue in ruleset.issues} == {"warning"}
    assert [rule.meta.id for rule in ruleset.rules] == ["7"]


def test_the_logsource_is_read_whole(load_text: LoadText) -> None:
    """Product, category and service; its definition is for people."""
    logsource = "title: A rule\nlogsource: {product: linux, category: process, service: auditd, definition: on}\n"
    (rule,) = load_text(logsource + DETECTION).rules
    assert isinstance(rule, DetectionRule)
    assert rule.logsource == LogSource("linux", "process", "auditd")


def test_a_uuid_has_one_spelling() -> None:
    """Case and braces do not make another rule of it; other names are compared as they are."""
    assert canonical_name(UUID.upper()) == canonical_name(f"{{{UUID}}}") == UUID
    assert canonical_name(" Failed ") == "Failed"
