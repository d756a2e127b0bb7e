"""The rules in use, and what is wrong with the others."""

from pathlib import Path

import pytest
from tests.unit.apps.detect.cast import RULES

from tocsin.apps.detect.models import LoadedRule, RuleIssue
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
