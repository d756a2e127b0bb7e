"""Rules kept on disk: what is found again, and what is never trusted."""

import os
from pathlib import Path

import pytest
from tests.unit.rules.conftest import HEAD, Write

from tocsin.rules import cache as module
from tocsin.rules import load as loading
from tocsin.rules.cache import NAME
from tocsin.rules.load import load, parse_file
from tocsin.rules.model import RuleSet

RULES = (
    HEAD + "name: one\nlevel: high\ntags: [attack.t1]\n"
    "detection:\n    s:\n        a|contains: [ä, 'b*c']\n        n|gte: 5\n    t:\n        - ['k']\n"
    "    condition: s and not 1 of t*\ntocsin: {group-by: [a], timespan: 5m}\n---\n"
    "title: Many\nname: many\ncorrelation:\n    type: value_count\n    rules: [one]\n"
    "    group-by: [u]\n    timespan: 5m\n"
    "    aliases: {u: {one: user}}\n    condition: {gte: 3, field: x}\n---\n"
    "title: F\nlogsource: {product: linux}\nfilter: {rules: [one], f: {c: 1}, condition: not f}\n---\n"
    "title: Broken\nlevel: hihg\nlogsource: {product: linux}\ndetection: {s: {a: 1}, condition: s}\n"
)


@pytest.fixture
def folder(write: Write, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Rules in `rules`, an empty folder for the cache beside them, and nothing remembered in memory."""
    write("rules/a.yml", RULES)
    write("rules/b.yml", RULES.replace("one", "uno").replace("many", "molti"))
    return Path("kept")


def start(folder: Path | None, monkeypatch: pytest.MonkeyPatch) -> tuple[RuleSet, int]:
    """Load as a new process does; the rules and how many files were parsed."""
    parsed: list[Path] = []

    def count(*arguments: object) -> object:
        parsed.append(Path())
        return parse_file(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(loading, "_last_load", {})
        patched.setattr(loading, "parse_file", count)
        return load([Path("rules")], cache_folder=folder), len(parsed)


def test_a_second_start_parses_nothing_and_has_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules, issues, digest: every field of each."""
    first, parsed = start(folder, monkeypatch)
    assert parsed == 2
    second, parsed = start(folder, monkeypatch)
    assert parsed == 0
    assert second == first
    assert second.digest == first.digest
    assert start(None, monkeypatch) == (first, 2)


def test_only_what_has_changed_is_parsed(folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """By content: a file that is only touched has not changed."""
    start(folder, monkeypatch)
    os.utime("rules/a.yml", (1, 1))
    write("rules/b.yml", RULES.replace("one", "un"))
    ruleset, parsed = start(folder, monkeypatch)
    assert parsed == 1
    assert {rule.meta.name for rule in ruleset.rules} >= {"one", "un"}
    assert start(folder, monkeypatch)[1] == 0


def test_another_version_of_the_program_reads_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a rule becomes may have changed."""
    start(folder, monkeypatch)
    monkeypatch.setattr(module, "_program", lambda: "another")
    assert start(folder, monkeypatch)[1] == 2


@pytest.mark.parametrize("damage", [b"", b"x", b"\x00" * 100, None])
def test_a_damaged_cache_is_written_anew(folder: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes | None) -> None:
    """Half a file, another's content, one changed byte."""
    first, _ = start(folder, monkeypatch)
    content = (folder / NAME).read_bytes()
    (folder / NAME).write_bytes(content[:-2] + b"}]" if damage is None else damage)
    assert start(folder, monkeypatch) == (first, 2)
    assert start(folder, monkeypatch) == (first, 0)


def test_a_folder_that_others_may_write_is_neither_read_nor_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody else's rules would run, or none."""
    start(folder, monkeypatch)
    kept = (folder / NAME).read_bytes()
    folder.chmod(0o777)
    assert start(folder, monkeypatch)[1] == 2
    assert (folder / NAME).read_bytes() == kept


def test_a_link_in_place_of_the_folder_is_not_followed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it leads may be another's."""
    Path("elsewhere").mkdir(mode=0o700)
    folder.symlink_to("elsewhere")
    assert start(folder, monkeypatch)[1] == 2
    assert list(Path("elsewhere").iterdir()) == []


def test_only_the_owner_can_read_what_is_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rules tell an attacker what is not noticed."""
    start(folder, monkeypatch)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / NAME).stat().st_mode & 0o777 == 0o600


def test_a_cache_that_cannot_be_written_stops_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here a file stands where the folder should be."""
    folder.write_text("a file")
    assert start(folder, monkeypatch)[1] == 2
