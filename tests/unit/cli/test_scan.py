"""`tocsin scan`."""

import csv
import io
from pathlib import Path

import orjson
import pytest
from tests.unit.scan.cases import BLAND, HOSTS, SHADOW, write_rules
from typer.testing import CliRunner, Result

from tocsin.cli.app import app
from tocsin.kernel.errors import ConfigError


@pytest.fixture
def rules(tmp_path: Path) -> str:
    """A folder of rules."""
    return str(write_rules(tmp_path))


@pytest.fixture
def log(tmp_path: Path) -> str:
    """A log in which something is found."""
    path = tmp_path / "a.log"
    path.write_bytes(b"\n".join((BLAND, SHADOW, b"{broken", HOSTS)))
    return str(path)


def run(*words: str, stdin: bytes = b"") -> Result:
    """Run the command, and raise what it raises: the `tocsin` command turns that into one line."""
    result = CliRunner().invoke(app, ["scan", *words], input=stdin)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def test_a_table_tells_rules_and_what_was_skipped(rules: str, log: str) -> None:
    """A person reads it, without a server."""
    result = run("--rules", rules, log)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[1].split() == ["high", "1", "Shadow", "read", f"{log}:2"]
    assert lines[2].split() == ["low", "2", "Anything", "read", f"{log}:2"]
    assert "3 matches of 2 rules: 1 high, 2 low" in lines
    assert f"Read as json: {log}" in lines
    assert "ATT&CK: T1005 (2), T1003.008 (1)" in lines
    assert "Skipped 1 correlation: they need time and state, and run in the server" in lines
    assert any(line.startswith(f"Skipped 1 record, first {log}:3: not JSON") for line in lines)


def test_ndjson_is_an_object_a_match_and_the_summary_is_beside(rules: str, log: str) -> None:
    """Machines read the output, people the standard error."""
    result = run("--rules", rules, "--output", "ndjson", log)
    told = [orjson.loads(line) for line in result.stdout.splitlines()]
    assert [list(each) for each in told] == [["rule", "file", "line", "time", "event"]] * 3
    assert [(each["rule"]["title"], each["line"]) for each in told] == [
        ("Shadow read", 2),
        ("Anything read", 2),
        ("Anything read", 4),
    ]
    assert "3 matches of 2 rules" in result.stderr


def test_json_is_one_array_and_csv_a_line_a_match(rules: str, log: str) -> None:
    """Of the same matches."""
    array = orjson.loads(run("--rules", rules, "--output", "json", log).stdout)
    names, *rows = csv.reader(io.StringIO(run("--rules", rules, "--output", "csv", log).stdout))
    lines = [dict(zip(names, row, strict=True)) for row in rows]
    assert [(each["rule"]["id"], str(each["line"])) for each in array] == [
        (row["rule_id"], row["line"]) for row in lines
    ]


def test_the_standard_input_is_a_file(rules: str) -> None:
    """Its name is a dash."""
    result = run("--rules", rules, "--output", "ndjson", "-", stdin=HOSTS)
    assert orjson.loads(result.stdout)["file"] == "-"


@pytest.mark.parametrize(
    ("content", "fail_on", "status"),
    [
        (BLAND, "informational", 0),
        (HOSTS, "low", 1),
        (HOSTS, "medium", 0),
        (SHADOW, "high", 1),
        (SHADOW, "critical", 0),
    ],
)
def test_the_exit_status_says_what_was_found(
    tmp_path: Path, rules: str, content: bytes, fail_on: str, status: int
) -> None:
    """1 with matches of at least that level, else 0."""
    path = tmp_path / "b.log"
    path.write_bytes(content)
    assert run("--rules", rules, "--fail-on", fail_on, str(path)).exit_code == status


def test_what_cannot_be_read_is_status_2_and_the_rest_is_scanned(tmp_path: Path, rules: str, log: str) -> None:
    """Each such file is told."""
    result = run("--rules", rules, str(tmp_path / "missing.log"), log)
    assert result.exit_code == 2
    assert "3 matches" in result.stdout
    assert f"Not read: {tmp_path / 'missing.log'}: No such file or directory" in result.stdout


def test_several_rule_folders_and_a_stated_format(tmp_path: Path, rules: str) -> None:
    """`--rules` can be said several times; a format is not questioned."""
    path = tmp_path / "b.log"
    path.write_bytes(b"path=/etc/hosts")
    result = run("--rules", rules, "--rules", rules, "--format", "logfmt", "--output", "ndjson", str(path))
    assert orjson.loads(result.stdout)["event"] == {"path": "/etc/hosts"}


def test_a_format_that_there_is_not_is_refused_with_those_there_are(rules: str, log: str) -> None:
    """Before anything is read."""
    with pytest.raises(ConfigError, match="'xml' is not a format; use auto, access, auditd"):
        run("--rules", rules, "--format", "xml", log)


def test_a_folder_without_detection_rules_is_refused(tmp_path: Path, log: str) -> None:
    """Nothing found by nothing would say nothing."""
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="no detection rule to scan with; say where they are with --rules PATH"):
        run("--rules", str(tmp_path / "empty"), log)


def test_without_rules_those_of_the_settings_are_used(log: str) -> None:
    """Tocsin's own, if nothing else is set."""
    assert "events in 1 file against" in run(log).stdout
