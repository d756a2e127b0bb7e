"""A folder of rules to write into, and what loading it says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tocsin.rules.load import load
from tocsin.rules.model import DetectionRule, Expression, RuleSet

HEAD = "title: A rule\nlogsource:\n    product: linux\n"

Write = Callable[[str, str], Path]
Load = Callable[..., RuleSet]
IssuesOf = Callable[[str], list[str]]
ExpressionOf = Callable[[str], Expression]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write a file into the rule folder, which is `.` from then on."""
    monkeypatch.chdir(tmp_path)

    def write_file(name: str, text: str) -> Path:
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write_file


@pytest.fixture
def load_text(write: Write) -> Callable[[str], RuleSet]:
    """Load the text of one rule file, `r.yml`."""
    return lambda text: load([write("r.yml", text)])


@pytest.fixture
def issues_of(load_text: Callable[[str], RuleSet]) -> IssuesOf:
    """The issues of the text of one rule file, as they are printed."""
    return lambda text: [str(issue) for issue in load_text(text).issues]


@pytest.fixture
def expression_of(load_text: Callable[[str], RuleSet]) -> ExpressionOf:
    """The expression of a detection section, given from its first selection on."""

    def read(section: str) -> Expression:
        ruleset = load_text(HEAD + "detection:\n" + section)
        assert [str(issue) for issue in ruleset.issues] == []
        (rule,) = ruleset.rules
        assert isinstance(rule, DetectionRule)
        return rule.condition

    return read
