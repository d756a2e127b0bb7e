"""`tocsin rules check` and `tocsin rules list`."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tocsin.cli.rules import app
from tocsin.conf.options import options
from tocsin.kernel.errors import ConfigError

RULE = "title: A rule\nname: a\nlogsource: {product: linux}\ndetection:\n    s: {a: 1}\n    condition: s\n"
CORRELATION = (
    "---\ntitle: '[Many] of them'\nname: b\nlevel: high\n"
    "tags: [attack.credential-access, attack.t1110.004]\n"
    "correlation:\n    type: event_count\n    rules: [a]\n"
    "    timespan: 5m\n    condition: {gte: 5}\n"
)


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A rule folder, `rules`, in the working folder; tables are printed wide enough."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    path = Path("rules")
    path.mkdir()
    return path


def run(*arguments: str) -> tuple[int, list[str]]:
    """Exit status and printed lines of `tocsin rules …`."""
    result = CliRunner().invoke(app, arguments)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.stdout.splitlines()


def test_rules_without_issues_are_counted(folder: Path) -> None:
    """One line, and exit status 0."""
    (folder / "a.yml").write_text(RULE + CORRELATION)
    assert run("check", "rules") == (0, ["2 rules, 0 errors, 0 warnings"])


def test_every_issue_is_a_line_and_an_error_the_status(folder: Path) -> None:
    """file:line:column: message; mend, as editors and CI read it."""
    (folder / "a.yml").write_text(RULE + "level: hihg\n")
    (folder / "b.yml").write_text(RULE)
    assert run("check", "rules") == (
        1,
        [
            "rules/a.yml:7:8: level 'hihg' is not a level; use informational, low, medium, high or critical",
            "rules/b.yml:2:7: name 'a' is already that of the rule at rules/a.yml:1:1; give this rule another name",
            "0 rules, 2 errors, 0 warnings",
        ],
    )


def test_a_warning_does_not_fail_the_check(folder: Path) -> None:
    """The rule runs, so CI need not stop."""
    (folder / "a.yml").write_text("id: my-rule\n" + RULE)
    status, lines = run("check", "rules")
    assert (status, lines[-1]) == (0, "1 rule, 0 errors, 1 warning")


def test_without_paths_the_folders_of_the_settings_are_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of TOCSIN_RULES."""
    (folder / "a.yml").write_text(RULE)
    monkeypatch.setenv("TOCSIN_RULES", str(folder.resolve()))
    options.cache_clear()
    try:
        assert run("check") == (0, ["1 rule, 0 errors, 0 warnings"])
    finally:
        monkeypatch.undo()
        options.cache_clear()


def test_a_folder_that_does_not_exist_is_refused(folder: Path) -> None:
    """The command's frame prints it and exits with 2."""
    with pytest.raises(ConfigError, match="the rule folder none does not exist"):
        run("check", "none")


def test_the_table_says_what_rings(folder: Path) -> None:
    """One row a rule; brackets in a title are no markup."""
    (folder / "a.yml").write_text(RULE + CORRELATION)
    status, lines = run("list", "rules")
    assert status == 0
    assert [line.split() for line in lines] == [
        ["Level", "Title", "Kind", "Logsource", "Rings", "ATT&CK", "Where"],
        ["medium", "A", "rule", "detection", "product=linux", "in", "correlations", "rules/a.yml:1:1"],
        ["high", "[Many]", "of", "them", "event_count", "yes", "T1110.004", "rules/a.yml:8:1"],
        [
            *("2", "rules;", "1", "ATT&CK", "technique", "(1", "technique", "with", "sub-techniques),"),
            *("most", "often", "T1110.004", "(1)"),
        ],
    ]


ROWS = [
    {
        "id": "a",
        "title": "A rule",
        "level": "medium",
        "kind": "detection",
        "logsource": "product=linux",
        "alerts": False,
        "tags": [],
        "techniques": [],
        "location": "rules/a.yml:1:1",
    },
    {
        "id": "b",
        "title": "[Many] of them",
        "level": "high",
        "kind": "event_count",
        "logsource": "",
        "alerts": True,
        "tags": ["attack.credential-access", "attack.t1110.004"],
        "techniques": ["T1110.004"],
        "location": "rules/a.yml:8:1",
    },
]


def test_the_list_is_json_for_programs(folder: Path) -> None:
    """One array, or one object a line."""
    (folder / "a.yml").write_text(RULE + CORRELATION)
    _, lines = run("list", "rules", "--output", "json")
    assert json.loads("\n".join(lines)) == ROWS
    _, lines = run("list", "rules", "--output", "ndjson")
    assert [json.loads(line) for line in lines] == ROWS


def test_a_logsource_that_looks_misspelt_is_a_warning(folder: Path) -> None:
    """The rule would look at nothing; the word tells it from an error."""
    (folder / "a.yml").write_text(RULE.replace("product: linux", "product: windws, category: process_creation"))
    status, lines = run("check", "rules")
    assert (status, lines[0]) == (
        0,
        "rules/a.yml:3:22: warning: product 'windws' is not in Sigma's taxonomy; write 'windows'",
    )
