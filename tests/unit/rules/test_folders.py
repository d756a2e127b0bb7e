"""Where rules are read from, with all that belongs to them."""

from pathlib import Path

from tests.unit.rules.conftest import HEAD, Write

from tocsin.rules.folders import RuleFolders

RULE = HEAD + "detection:\n    s: {a|expand: '%admins%'}\n    condition: s\n"


def folders(write: Write, values: str) -> RuleFolders:
    """A rule that needs a placeholder, and its values."""
    write("rules/r.yml", RULE)
    write("values.yml", values)
    return RuleFolders((Path("rules"),), (Path("values.yml"),))


def test_rules_are_loaded_with_what_the_site_adds(write: Write) -> None:
    """And every issue of the site's own files is among the rules'."""
    assert len(folders(write, "placeholders: {admins: root}\n").load().rules) == 1
    ruleset = folders(write, "placeholders: [root]\n").load()
    assert ruleset.rules == ()
    assert [issue.location.path for issue in ruleset.issues] == ["values.yml", "rules/r.yml"]


def test_the_stamp_changes_with_each_of_the_files(write: Write) -> None:
    """A new value of a placeholder makes other rules."""
    first = folders(write, "placeholders: {admins: root}\n").stamp()
    assert folders(write, "placeholders: {admins: [root, toor]}\n").stamp() != first


def test_a_new_value_is_not_answered_from_the_cache(write: Write) -> None:
    """What is kept was read with the values of then."""
    kept = RuleFolders((Path("rules"),), (Path("values.yml"),), cache=Path("kept"))
    folders(write, "placeholders: {admins: root}\n")
    first = kept.load()
    folders(write, "placeholders: {admins: toor}\n")
    assert kept.load().rules != first.rules
    assert kept.load().digest != first.digest
