"""The `tocsin` command: help, version, and one clear line for what a person can mend."""

import subprocess
import sys

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
