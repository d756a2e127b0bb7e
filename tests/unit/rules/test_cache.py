"""Rules kept on disk: what is found again, and what is never trusted."""

import os
from pathlib import Path

import orjson
import pytest
from tests.unit.rules.conftest import HEAD, Write

from tocsin.kernel.shelf import Shelf
from tocsin.rules import cache as module
from tocsin.rules import load as loading
from tocsin.rules.cache import cache_name
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
        return load([Path("rules")], shelf=Shelf(folder) if folder else None), len(parsed)


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


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"{",
        b'{"program": "ours", "files": [], "tests": []}',
        b'{"program": "ours", "files": {}, "tests": [[], [], [], [], [1]]}',
    ],
)
def test_what_another_has_written_is_passed_over(folder: Path, monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    """JSON of another shape, or none; it is written anew."""
    monkeypatch.setattr(module, "_program", lambda: "ours")
    first, _ = start(folder, monkeypatch)
    Shelf(folder).write(cache_name([Path("rules")]), body)
    assert start(folder, monkeypatch) == (first, 2)
    assert start(folder, monkeypatch) == (first, 0)


@pytest.mark.parametrize("entry", [1, [], ["x"], [99], [0, 1], [1], [1, 99], [2, 99], [5, 1]])
def test_an_entry_of_another_shape_is_read_anew(folder: Path, monkeypatch: pytest.MonkeyPatch, entry: object) -> None:
    """The others are kept."""
    first, _ = start(folder, monkeypatch)
    data = orjson.loads(Shelf(folder).read(cache_name([Path("rules")])) or b"")
    key = next(key for key in data["files"] if "a.yml" in key)
    data["files"][key] = entry
    Shelf(folder).write(cache_name([Path("rules")]), orjson.dumps(data))
    assert start(folder, monkeypatch) == (first, 1)


def test_each_choice_of_folders_is_kept_by_itself(folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scan with other rules does not slow the next start of the server."""
    assert len({cache_name(paths) for paths in ([], [Path("a")], [Path("b")], [Path("a"), Path("b")])}) == 4
    start(folder, monkeypatch)
    load([Path("rules/a.yml")], shelf=Shelf(folder))
    assert start(folder, monkeypatch)[1] == 0


def test_the_content_tells_rule_sets_apart(folder: Path, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is compiled is found by it: two files that change places are not the same, a file that is touched is."""
    first = start(None, monkeypatch)[0].content
    os.utime("rules/a.yml", (1, 1))
    assert start(None, monkeypatch)[0].content == first != ""
    one, other = Path("rules/a.yml").read_text(), Path("rules/b.yml").read_text()
    write("rules/a.yml", other)
    write("rules/b.yml", one)
    assert start(None, monkeypatch)[0].content != first
