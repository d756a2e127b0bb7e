"""A rule's own file, read again."""

from pathlib import Path

import pytest
from tests.unit.rules.conftest import HEAD, Write

from tocsin.kernel.issues import Location
from tocsin.rules.load import load
from tocsin.rules.model import DetectionRule
from tocsin.rules.outline import find_document, find_field, find_text, read_conditions, read_outline

RULE = HEAD + "detection:\n    s: {a: 1}\n    t:\n        - b|contains: x\n        - y\n    condition: [s, s and t]\n"
FILTER = "---\ntitle: F\nlogsource: {product: linux}\nfilter: {rules: any, f: {c: 1}, condition: not f}\n"


@pytest.fixture
def rule(write: Write) -> DetectionRule:
    """The rule, loaded from its file."""
    (found,) = load([write("r.yml", RULE)]).rules
    assert isinstance(found, DetectionRule)
    return found


def test_the_outline_has_the_selections_by_name(rule: DetectionRule) -> None:
    """And the conditions as they are written."""
    outline = read_outline(rule)
    assert outline is not None
    assert list(outline.selections) == ["s", "t"]
    assert read_conditions(rule) == ("s", "s and t")


def test_a_rule_that_asks_for_more_than_its_file_has_no_outline(write: Write) -> None:
    """The selections would explain another rule."""
    (filtered,) = load([write("r.yml", RULE + FILTER)]).rules
    assert isinstance(filtered, DetectionRule)
    assert read_outline(filtered) is None


def test_a_file_that_has_gone_has_nothing(rule: DetectionRule) -> None:
    """It is no error: the rule itself is still known."""
    Path("r.yml").unlink()
    assert find_document(rule.meta.location) is None
    assert read_outline(rule) is None
    assert read_conditions(rule) == ()
    assert find_field(rule, "a") == rule.meta.location


def test_a_field_is_found_where_it_is_named(rule: DetectionRule) -> None:
    """Its key, modifiers aside; a field that is not named is at the rule."""
    assert find_field(rule, "a") == Location("r.yml", 5, 9)
    assert find_field(rule, "b") == Location("r.yml", 7, 11)
    assert find_field(rule, "c") == rule.meta.location


def test_the_text_of_a_rule_is_its_document(tmp_path: Path) -> None:
    """Of several in one file its own; of one that is gone, none."""
    file = tmp_path / "a.yml"
    file.write_text("title: A\n---\n# why\ntitle: B\n")
    assert find_text(Location(str(file), 1, 1)) == "title: A\n"
    assert find_text(Location(str(file), 4, 1)) == "---\n# why\ntitle: B\n"
    assert find_text(Location(str(tmp_path / "none.yml"), 1, 1)) == ""
