"""`action` documents: keys shared between the rules of one file."""

from pathlib import Path

from tests.unit.rules.conftest import HEAD, IssuesOf, Load, Write

from tocsin.rules.load import load
from tocsin.rules.model import DetectionRule, Level
from tocsin.rules.model import Test as Atom

GLOBAL = "action: global\ntitle: Shared\nlogsource: {product: linux}\nlevel: high\n"
TWO = (
    GLOBAL
    + "---\nid: one\ndetection:\n    s: {a: 1}\n    condition: s\n"
    + "---\nid: two\ndetection:\n    s: {a: 2}\n    condition: s\n"
)


def rules(load_text: Load, text: str) -> list[tuple[str, str, str, str]]:
    """Id, title, product and tested value of each rule."""
    found = []
    for rule in load_text(text).rules:
        assert isinstance(rule, DetectionRule)
        assert isinstance(rule.condition, Atom)
        found.append((rule.meta.id, rule.meta.title, str(rule.logsource.product), rule.condition.value))
    return found


def test_global_is_laid_over_every_rule_that_follows(load_text: Load) -> None:
    """Each of them is a rule of its own, at its own place."""
    assert rules(load_text, TWO) == [("one", "Shared", "linux", "1"), ("two", "Shared", "linux", "2")]
    assert [str(rule.meta.location) for rule in load_text(TWO).rules] == ["r.yml:6:1", "r.yml:11:1"]
    assert {rule.meta.level for rule in load_text(TWO).rules} == {Level.HIGH}


def test_global_wins_and_joins_mappings_key_by_key(load_text: Load) -> None:
    """As pySigma has it: what is shared is the same everywhere."""
    text = (
        "action: global\ntitle: Shared\ndetection:\n    condition: s\n---\n"
        "title: Own\nlogsource: {product: linux}\ndetection:\n    s: {a: 1}\n"
    )
    assert [(title, value) for _, title, _, value in rules(load_text, text)] == [("Shared", "1")]


def test_reset_ends_what_is_shared(load_text: Load, issues_of: IssuesOf) -> None:
    """A rule after it stands alone."""
    text = TWO + "---\naction: reset\n---\nid: three\n" + HEAD + "detection:\n    s: {a: 3}\n    condition: s\n"
    assert [(rule_id, title) for rule_id, title, _, _ in rules(load_text, text)][2] == ("three", "A rule")
    assert [issue for issue in issues_of(text) if "UUID" not in issue] == []


def test_repeat_is_laid_over_the_rule_before_it(load_text: Load) -> None:
    """It makes another rule, which takes over all but the id and the name."""
    text = TWO + "---\naction: repeat\ndetection:\n    s: {a: 3}\n"
    ids, titles, products, values = zip(*rules(load_text, text), strict=True)
    assert (titles[2], products[2], values[2]) == ("Shared", "linux", "3")
    assert len(set(ids)) == 3


def test_a_mistake_keeps_its_own_place(issues_of: IssuesOf) -> None:
    """In the shared part as in the rule's own."""
    assert "r.yml:4:8: level 'hihg' is not a level; use informational, low, medium, high or critical" in issues_of(
        TWO.replace("level: high", "level: hihg")
    )
    assert any(
        issue.startswith("r.yml:13:11: modifier 'x'") for issue in issues_of(TWO.replace("s: {a: 2}", "s: {a|x: 2}"))
    )


def test_a_file_of_shared_keys_only_is_a_warning(issues_of: IssuesOf) -> None:
    """Nothing has them."""
    assert issues_of(GLOBAL) == ["r.yml:1:1: the file shares keys with no rule; write rules below, or delete it"]


def test_correlations_and_other_files_share_nothing(write: Write) -> None:
    """`global` is for the detection rules of one file."""
    write("rules/a.yml", TWO)
    write("rules/b.yml", "id: three\ntitle: A rule\ndetection:\n    s: {a: 1}\n    condition: s\n")
    found = load([Path("rules")])
    assert [rule.meta.id for rule in found.rules] == ["one", "two"]
    assert "rules/b.yml:1:1: the rule has no 'logsource'" in "\n".join(map(str, found.issues))
