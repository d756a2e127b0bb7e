"""The rules that the settings name."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tocsin.conf.options import options
from tocsin.conf.rules import rule_folders


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Settings of a data folder that is not there yet."""
    monkeypatch.setenv("TOCSIN_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("TOCSIN_RULES", "one:two")
    monkeypatch.setenv("TOCSIN_PLACEHOLDERS", "values.yml")
    monkeypatch.setenv("TOCSIN_PIPELINES", "a.yml:b")
    options.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    options.cache_clear()


def test_the_settings_name_rules_placeholders_and_pipelines(settings: pytest.MonkeyPatch) -> None:
    """Each a list of files or folders."""
    folders = rule_folders()
    assert folders.rules == (Path("one"), Path("two"))
    assert folders.placeholders == (Path("values.yml"),)
    assert folders.pipelines == (Path("a.yml"), Path("b"))


def test_what_was_read_is_kept_where_there_is_a_data_folder(settings: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Rules named by hand too: a second scan with the same folder starts at once."""
    (tmp_path / "data").mkdir()
    assert rule_folders().cache == tmp_path / "data" / "cache"
    assert rule_folders([Path("x.yml")]).cache == tmp_path / "data" / "cache"


def test_without_a_data_folder_it_is_kept_in_the_users_cache_folder(
    settings: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A scan sets nothing up, and makes no data folder."""
    settings.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert rule_folders().cache == tmp_path / "cache" / "tocsin"
    settings.delenv("XDG_CACHE_HOME")
    settings.setenv("HOME", str(tmp_path))
    assert rule_folders().cache == tmp_path / ".cache" / "tocsin"
    assert not (tmp_path / "data").exists()
