"""`tocsin rules explain`: why a rule matches an event or not."""

from pathlib import Path

import pytest
from tests.unit.cli.test_rules import run

from tocsin.kernel.errors import ConfigError

RULE = (
    "title: '[A] rule'\nname: one\nlogsource: {product: linux}\n"
    "detection:\n    s:\n        a|contains: [x, y]\n    known: {user: admin}\n    condition: s and not known\n"
)
COUNTED = (
    "---\ntitle: Many\nname: many\ncorrelation:\n    type: event_count\n    rules: [one]\n"
    "    timespan: 5m\n    condition: {gte: 5}\n"
)


@pytest.fixture
def rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A rule's file in the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    Path("r.yml").write_text(RULE)
    return "r.yml"


TREE = [
    "✗ [A] rule",
    "├── ✓ logsource: product=linux: any of",
    "│   ├── ✗ product is 'linux': it is not there",
    "│   └── ✓ product is not there",
    "├── ✗ condition: s and not known",
    "├── ✓ s: any of",
    "│   ├── ✓ a contains 'x': it is 'an X'",
    "│   └── ✗ a contains 'y': it is 'an X'",
    "└── ✓ known",
    "    └── ✓ user is 'admin': it is 'Admin'",
]


def test_the_tree_has_every_test_and_what_the_event_has_there(rule: str) -> None:
    """By the rule's own names of its selections."""
    assert run("explain", rule, '{"a": "an X", "user": "Admin"}') == (0, TREE)


def test_the_event_may_be_a_file_of_several(rule: str) -> None:
    """Counted from 1."""
    Path("e.json").write_text('{"a": "z"}\n{"a": "an X", "user": "Admin"}\n')
    assert run("explain", rule, "e.json", "--number", "2") == (0, TREE)
    with pytest.raises(ConfigError, match="there is no event 3: 2 were read from EVENT"):
        run("explain", rule, "e.json", "--number", "3")


def test_control_characters_are_shown_and_not_obeyed(rule: str) -> None:
    """An event is an attacker's text."""
    _, lines = run("explain", rule, '{"a": "\\u001b[31mx"}')
    assert "\x1b" not in "".join(lines)
    assert any("\\x1b[31mx" in line for line in lines)


def test_a_correlation_is_explained_by_the_rules_that_it_counts(rule: str) -> None:
    """Those are what looks at an event."""
    Path(rule).write_text(RULE + COUNTED)
    _, lines = run("explain", rule, '{"a": "an X", "user": "Admin"}')
    assert lines == TREE


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("none", "{}"), "there is no rule 'none'; give a rule's file, or the id or name of a loaded rule"),
        (("r.yml", "none.json"), r"the event cannot be read from none.json \(No such file or directory\)"),
        (("r.yml", "{"), "event 1 cannot be read"),
        (("r.yml", "{}", "--format", "jsn"), "'jsn' is not a format"),
    ],
)
def test_what_is_not_there_is_told(rule: str, arguments: tuple[str, ...], expected: str) -> None:
    """The command's frame prints it and exits with 2."""
    with pytest.raises(ConfigError, match=expected):
        run("explain", *arguments)


def test_a_correlation_that_learns_says_what(rule: str) -> None:
    """After the rules that it counts."""
    Path("r.yml").write_text(RULE + COUNTED + "tocsin:\n    baseline: {season: day, over: all}\n")
    _, lines = run("explain", rule, '{"a": "an X", "user": "Admin"}')
    assert lines[: len(TREE)] == TREE
    assert " ".join(lines[len(TREE) :]) == (
        "Many: rings at gte 5, and only above what is normal: the 0.999 quantile of this hour of the past 28 days, "
        "learnt of all groups together; with fewer than 3 days of history gte 5 decides alone"
    )
