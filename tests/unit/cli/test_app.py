"""The `tocsin` command: help, version, and one clear line for what a person can mend."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tocsin import __version__
from tocsin.cli import app as module
from tocsin.kernel.errors import ConfigError


def test_help_names_every_command() -> None:
    """Each with what it does."""
    result = CliRunner().invoke(module.app, ["--help"])
    for name in ("serve", "drill", "token", "follow", "alerts", "rules", "channel", "signin", "upkeep", "run"):
        assert f" {name} " in result.stdout


def test_the_version_is_printed() -> None:
    """Alone, for scripts."""
    done = subprocess.run([sys.executable, "-m", "tocsin", "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == __version__


def test_an_expected_error_is_one_line_and_status_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No traceback; what is unexpected has one."""

    def fail() -> None:
        raise ConfigError("the disk is full; free some space")

    monkeypatch.setattr(module, "app", fail)
    with pytest.raises(SystemExit) as ended:
        module.main()
    assert ended.value.code == 2
    assert capsys.readouterr().err == "tocsin: the disk is full; free some space\n"


@pytest.mark.parametrize(
    ("arguments", "unneeded"),
    [
        (["--help"], {"django", "pydantic", "pyarrow", "numpy", "yaml", "sigma", "deltalake"}),
        (["scan", "--help"], {"django", "pyarrow", "numpy", "yaml", "sigma", "deltalake"}),
        (["rules", "list", "{rules}"], {"django", "pyarrow", "numpy", "sigma", "deltalake"}),
        (["scan", "--rules", "{rules}", "{rules}/e.log", "--format", "json"], {"django", "sigma", "deltalake"}),
    ],
)
def test_a_command_imports_no_more_than_it_needs(arguments: list[str], unneeded: set[str], tmp_path: Path) -> None:
    """Imports are start time. What reads rules is not needed at the second start."""
    (tmp_path / "r.yml").write_text("title: R\nlogsource: {product: x}\ndetection: {s: {a: 1}, condition: s}\n")
    (tmp_path / "e.log").write_text('{"a": 2}\n')
    code = "import sys\nfrom tocsin.cli.app import app\ntry: app()\nfinally: print(*sys.modules, file=sys.stderr)"
    filled = [argument.format(rules=tmp_path) for argument in arguments]
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", code, *filled], capture_output=True, text=True, check=True)
    assert not unneeded & set(done.stderr.split())
