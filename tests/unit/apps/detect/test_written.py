"""Files of rules that were written in the console."""

from pathlib import Path

import pytest

from tocsin.apps.accounts.models import User
from tocsin.apps.detect import written
from tocsin.apps.detect.models import WrittenRule
from tocsin.kernel.errors import ConfigError
from tocsin.rules.documents import MAX_FILE_BYTES


@pytest.fixture
def owner(db: None) -> User:
    """Who writes."""
    return User.objects.create(email="owner@example.com")


def files(folder: Path) -> dict[str, str]:
    """What lies in a folder."""
    return {path.name: path.read_text() for path in folder.iterdir()} if folder.is_dir() else {}


def test_a_folder_holds_what_is_kept(owner: User, tmp_path: Path) -> None:
    """Added, changed, removed; and nothing is made where nothing is written."""
    folder = tmp_path / "rules"
    written.lay_out(folder)
    assert not folder.exists()
    written.add("a", "one", owner)
    written.add("b", "two", owner)
    written.lay_out(folder)
    assert files(folder) == {"a.yml": "one", "b.yml": "two"}
    written.change("a", "three", owner, seen=1)
    written.remove("b", seen=1)
    written.lay_out(folder)
    assert files(folder) == {"a.yml": "three"}


def test_what_has_not_changed_is_not_written_again(owner: User, tmp_path: Path) -> None:
    """So that the rules are not loaded again for nothing."""
    written.add("a", "one", owner)
    written.lay_out(tmp_path)
    before = (tmp_path / "a.yml").stat().st_mtime_ns
    written.lay_out(tmp_path)
    assert (tmp_path / "a.yml").stat().st_mtime_ns == before


def test_the_second_of_two_is_told(owner: User) -> None:
    """Nobody writes over what they have not seen."""
    written.add("a", "one", owner)
    written.change("a", "two", owner, seen=1)
    with pytest.raises(written.StaleEdit, match="in the meantime"):
        written.change("a", "three", owner, seen=1)
    with pytest.raises(written.StaleEdit):
        written.remove("a", seen=1)
    assert WrittenRule.objects.get().text == "two"


def test_a_name_is_taken_once(owner: User) -> None:
    """And a text has a length."""
    written.add("a", "one", owner)
    with pytest.raises(ConfigError, match="already"):
        written.add("a", "two", owner)
    with pytest.raises(ConfigError, match="too long"):
        written.add("b", "x" * (MAX_FILE_BYTES + 1), owner)


def test_a_folder_that_cannot_be_written_stops_nothing(owner: User, tmp_path: Path) -> None:
    """It is logged, and tried again."""
    (tmp_path / "rules").write_text("a file stands here")
    written.add("a", "one", owner)
    written.lay_out(tmp_path / "rules")
    assert (tmp_path / "rules").is_file()
