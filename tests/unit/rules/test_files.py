"""Which files are read, and what is said of those that cannot be."""

import os
from pathlib import Path

import pytest
from tests.unit.rules.conftest import Write

from tocsin.kernel.errors import ConfigError
from tocsin.kernel.issues import Issue
from tocsin.rules.documents import MAX_FILE_BYTES
from tocsin.rules.files import find_files, read_content, walk


def test_the_made_id_is_the_place_below_the_folder(write: Write) -> None:
    """The same wherever the folder stands; a very long one is shortened to a digest."""
    write("one/rules/a/b.yml", "x")
    write("rules/" + "long/" * 60 + "b.yml", "x")
    (found,), _ = find_files([Path("one/rules")])
    assert found.made_id == "rules/a/b.yml"
    (deep,), _ = find_files([Path("rules")])
    assert len(deep.made_id) == 32


def test_files_come_in_the_order_of_the_paths_then_of_their_names(write: Write) -> None:
    """Each once, however it is reached."""
    for name in ("b/x.yml", "a/z.yaml", "a/y.yml"):
        write(name, "x")
    found, issues = find_files([Path("b"), Path("a"), Path("b/x.yml")])
    assert [str(file.path) for file in found] == ["b/x.yml", "a/y.yml", "a/z.yaml"]
    assert issues == []


def test_a_path_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """It is a mistake in a setting, and not in a rule."""
    with pytest.raises(ConfigError, match="does not exist"):
        find_files([tmp_path / "none"])


def test_hidden_and_other_files_are_passed_over(write: Write) -> None:
    """A version control's folder holds no rules."""
    for name in ("a/.git/x.yml", "a/.x.yml", "a/readme.md", "a/x.YML"):
        write(name, "x")
    assert [str(path) for path in walk(Path("a"))[0]] == ["a/x.YML"]


def test_a_file_over_the_limit_or_that_is_none_is_an_issue(tmp_path: Path) -> None:
    """A pipe is never opened: reading it would wait for ever."""
    (tmp_path / "large.yml").write_bytes(b"x" * (MAX_FILE_BYTES + 1))
    (tmp_path / "fits.yml").write_bytes(b"x" * MAX_FILE_BYTES)
    os.mkfifo(tmp_path / "pipe.yml")
    found = {name: read_content(tmp_path / f"{name}.yml") for name in ("large", "fits", "pipe", "none")}
    assert isinstance(found["fits"], bytes)
    codes = {name: each.code for name, each in found.items() if isinstance(each, Issue)}
    assert codes == {"large": "large-file", "pipe": "unreadable-file", "none": "unreadable-file"}


def test_a_file_whose_name_is_no_text_is_an_issue(tmp_path: Path) -> None:
    """It could be neither shown nor stored; the files beside it are read."""
    for name in (b"\xff.yml", b"a.yml"):
        Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_text("x")
    files, (issue,) = find_files([tmp_path])
    assert [file.made_id for file in files] == [f"{tmp_path.name}/a.yml"]
    assert "\\udcff.yml" in str(issue)
    assert "its name is not UTF-8" in issue.message
