"""Imports point one way."""

import subprocess
import sys
from pathlib import Path

from tests.architecture.tree import ROOT


def test_the_import_rules_hold() -> None:
    """The contracts of pyproject.toml are kept: the order of the rooms, and where Django may be."""
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


def test_help_needs_neither_django_nor_the_engines() -> None:
    """Naming the commands imports nothing heavy, so that help and completion are instant."""
    script = (
        "import sys, tocsin.cli.app; "
        "print(*sorted({'django', 'pyarrow', 'deltalake', 'numpy', 'sigma', 'httpx', 'uvicorn'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
