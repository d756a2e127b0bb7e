"""The rules in use, and what is wrong with the others."""

from pathlib import Path

import pytest
from tests.unit.apps.detect.cast import RULES

from tocsin.apps.accounts.models import User
from tocsin.apps.detect import written
from tocsin.apps.detect.models import LoadedRule, OffRule, RuleIssue, RuleRevision
from tocsin.apps.detect.rulebook import read_rulebook, reread_rulebook
from tocsin.kernel.errors import ConfigError
from tocsin.rules.folders import RuleFolders

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one file of four rules."""
    (tmp_path / "app.yml").write_text(RULES)
    return tmp_path


def test_rules_are_listed_with_what_they_are(folder: Path) -> None:
    """Title, level, kind and place, for the console."""
    read_rulebook(RuleFolders((folder,)))
    rows = {row.title: row for row in LoadedRule.objects.all()}
    assert {title: (row.kind, row.level) for title, row in rows.items()} == {
        "Failed sign-in": ("detection", rows["Failed sign-in"].level),
        "Guessing": ("event_count", "high"),
        "Spraying": ("value_count", "medium"),
        "Admin made": ("detection", "critical"),
    }
    assert rows["Failed sign-in"].logsource == "product=app"
    assert rows["Guessing"].path.startswith(str(folder / "app.yml"))


def test_fields_are_all_that_is_matched_grouped_or_counted(folder: Path) -> None:
    """So that nothing else need be read."""
    fields = read_rulebook(RuleFolders((folder,))).fields
    assert fields is not None
    assert fields >= {"action", "ip", "user"}
    assert "note" not in fields


def test_a_broken_rule_is_listed_and_stops_nothing(folder: Path) -> None:
    """File, line and what to write instead; mended, it is an issue no more."""
    broken = folder / "broken.yml"
    broken.write_text("title: Broken\nlogsource: {product: app}\ndetection: {}\nlevel: hihg\n")
    book = read_rulebook(RuleFolders((folder,)))
    assert len(book.ringers) == 3
    issues = RuleIssue.objects.filter(path=str(broken))
    assert {4} <= set(issues.values_list("line", flat=True))
    broken.unlink()
    assert len(reread_rulebook(book, RuleFolders((folder,))).ringers) == 3
    assert RuleIssue.objects.count() == 0


def test_unchanged_files_keep_the_compiled_rules(folder: Path) -> None:
    """Nothing is loaded again for nothing; a file that changes is."""
    book = read_rulebook(RuleFolders((folder,)))
    assert reread_rulebook(book, RuleFolders((folder,))) is book
    (folder / "app.yml").write_text(RULES.replace("gte: 3", "gte: 4"))
    changed = reread_rulebook(book, RuleFolders((folder,)))
    assert changed is not book
    assert {ringer.measure.thresholds[0].value for ringer in changed.ringers} == {1, 2, 4}


def test_a_folder_that_vanished_keeps_the_rules(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """While a checkout replaces the folder, detection goes on; a start without it is refused."""
    book = read_rulebook(RuleFolders((folder,)))
    folder.rename(folder.with_name("away"))
    assert reread_rulebook(book, RuleFolders((folder,))) is book
    assert "the rules stay as they were" in caplog.text
    assert LoadedRule.objects.count() == 4
    with pytest.raises(ConfigError, match="does not exist"):
        read_rulebook(RuleFolders((folder,)))


def titles(folders: RuleFolders) -> set[str]:
    """What rings."""
    return {ringer.meta.title for ringer in read_rulebook(folders).ringers if ringer.rings}


def test_a_rule_that_is_switched_off_rings_no_more(folder: Path) -> None:
    """It is listed as such, and on again it is loaded at once."""
    folders = RuleFolders((folder,))
    book = read_rulebook(folders)
    guessing = LoadedRule.objects.get(title="Guessing").rule_id
    OffRule.objects.create(rule_id=guessing)
    book = reread_rulebook(book, folders)
    assert {ringer.meta.title for ringer in book.ringers} == {"Spraying", "Admin made"}
    assert list(LoadedRule.objects.filter(is_off=True).values_list("title", flat=True)) == ["Guessing"]
    OffRule.objects.all().delete()
    assert "Guessing" in {ringer.meta.title for ringer in reread_rulebook(book, folders).ringers}


def test_a_rule_that_is_off_still_feeds_those_that_count_it(folder: Path) -> None:
    """The rule that it is part of was not switched off."""
    chained = """---
title: Guessing again and again
correlation: {type: event_count, rules: [6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b02], timespan: 1h, condition: {gte: 2}}
"""
    with (folder / "app.yml").open("a") as file:
        file.write(chained)
    OffRule.objects.create(rule_id="6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b02")
    book = read_rulebook(RuleFolders((folder,)))
    assert {ringer.meta.title: ringer.rings for ringer in book.ringers}["Guessing"] is False
    assert "Guessing again and again" in {ringer.meta.title for ringer in book.ringers if ringer.rings}


def test_a_rule_has_a_history(folder: Path) -> None:
    """Each text that it had, and none twice, whatever else of the file changes."""
    folders = RuleFolders((folder,))
    book = read_rulebook(folders)
    text = (folder / "app.yml").read_text()
    (folder / "app.yml").write_text(text.replace("level: high", "level: critical"))
    book = reread_rulebook(book, folders)
    history = RuleRevision.objects.filter(rule_id="6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b02").order_by("pk")
    assert ["critical" in each.text for each in history] == [False, True]
    assert all("title: Guessing" in each.text and "Spraying" not in each.text for each in history)
    assert RuleRevision.objects.count() == 5


def test_a_rule_written_in_the_console_is_loaded(folder: Path, tmp_path: Path) -> None:
    """Beside those of the folders; changed and removed it is taken up too."""
    owner = User.objects.create(email="owner@example.com")
    folders = RuleFolders((folder,), written=tmp_path / "data" / "rules")
    book = read_rulebook(folders)
    rule = "title: Written\nlogsource: {product: app}\ndetection: {s: {a: 1}, condition: s}\n"
    written.add("mine", rule, owner)
    book = reread_rulebook(book, folders)
    assert "Written" in {ringer.meta.title for ringer in book.ringers}
    written.change("mine", rule.replace("Written", "Changed"), owner, seen=1)
    book = reread_rulebook(book, folders)
    assert "Changed" in {ringer.meta.title for ringer in book.ringers}
    written.remove("mine", seen=2)
    assert titles(folders) == {"Guessing", "Spraying", "Admin made"}
    assert not RuleIssue.objects.exists()


def test_a_rule_is_listed_with_the_fields_that_it_reads(folder: Path) -> None:
    """Tested, grouped by or counted, so that the console can say which source lacks one."""
    read_rulebook(RuleFolders((folder,)))
    rows = {row.title: row for row in LoadedRule.objects.all()}
    assert rows["Spraying"].fields == ["ip", "user"]
    assert rows["Admin made"].fields == ["action", "user"]
    assert rows["Failed sign-in"].rings is False
