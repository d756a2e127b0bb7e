"""What a site adds: files of placeholders and of processing pipelines."""

from pathlib import Path

import pytest
from tests.unit.rules.conftest import HEAD, Write

from tocsin.kernel.errors import ConfigError
from tocsin.rules.load import load
from tocsin.rules.model import DetectionRule, Operator, Or
from tocsin.rules.model import Test as Atom
from tocsin.rules.site import Site, read_site

RULE = HEAD + "detection:\n    s:\n        a|expand: '%admins%'\n    condition: s\n"
VALUES = "placeholders:\n    admins: [root, 'adm*']\n    one: x\n"


def test_placeholders_are_read_from_files_and_folders(write: Write) -> None:
    """Values of one name in several files are joined, each once."""
    write("values/a.yml", VALUES)
    write("values/b.yml", "placeholders:\n    admins: [root, 7]\n")
    site, found = read_site([Path("values")], [])
    assert found == []
    assert site.placeholders.values == {"admins": ("root", "adm*", 7), "one": ("x",)}


def test_a_rule_has_the_sites_values(write: Write) -> None:
    """Loading is with the site's knowledge."""
    site, _ = read_site([write("values.yml", VALUES)], [])
    (rule,) = load([write("r.yml", RULE)], site).rules
    assert isinstance(rule, DetectionRule)
    assert rule.condition == Or((Atom("a", Operator.EQUALS, "root"), Atom("a", Operator.STARTSWITH, "adm")))


def test_the_same_file_is_read_again_for_another_site(write: Write) -> None:
    """What is remembered of a file was read with the values of then."""
    path = write("r.yml", RULE)
    assert load([path]).rules == ()
    site, _ = read_site([write("values.yml", VALUES)], [])
    assert len(load([path], site).rules) == 1
    assert load([path]).rules == ()
    assert len({load([path]).digest, load([path], site).digest}) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("placeholders: [a]\n", "values.yml:1:15: 'placeholders' is a list, not a mapping of names to values"),
        ("placeholders: {a: {b: c}}\n", "values.yml:1:19: 'a' is a mapping, not a text or number, or a list of them"),
        ("placeholders: {a: []}\n", "values.yml:1:19: 'a' is a list, not a text or number, or a list of them"),
        ("placeholder: {a: b}\n", "values.yml:1:1: 'placeholder' is not a key of 'a file of placeholders'"),
        ("a: [\n", "values.yml:2:1: this is not YAML"),
    ],
)
def test_a_wrong_file_of_placeholders_says_where(write: Write, text: str, expected: str) -> None:
    """And gives no values."""
    site, found = read_site([write("values.yml", text)], [])
    assert [str(issue)[: len(expected)] for issue in found] == [expected]
    assert site.placeholders.values == {}


def test_a_path_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    """A setting that names nothing is a mistake."""
    with pytest.raises(ConfigError, match="none"):
        read_site([], [tmp_path / "none"])


def test_nothing_given_is_no_site() -> None:
    """And changes no digest."""
    assert read_site([], []) == (Site(), [])
