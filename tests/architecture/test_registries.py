"""What is registered, what is there and what the documentation says are the same."""

import re
from importlib import import_module
from pathlib import Path

import pytest
import typer
from tests.architecture.tree import PACKAGE, ROOT

from tocsin.cli.app import app
from tocsin.conf.options import Options
from tocsin.formats import FORMATS
from tocsin.kernel.logsource import LogSource
from tocsin.notifiers import NOTIFIERS

PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])


def commands() -> set[str]:
    """Every command, and every sub-command as `group command`."""
    root = typer.main.get_command(app)
    assert isinstance(root, typer.core.TyperGroup)
    names = set(root.commands)
    for group, command in root.commands.items():
        names |= {f"{group} {name}" for name in getattr(command, "commands", {})}
    return names


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_every_format_reads_bodies_and_says_what_it_is(name: str) -> None:
    """A registered format is a module of the room with `parse` and `LOGSOURCE`."""
    module = import_module(FORMATS[name])
    assert callable(module.parse)
    assert isinstance(module.LOGSOURCE, LogSource)


def test_every_module_that_reads_bodies_is_registered() -> None:
    """A format that nobody can name is dead code."""
    parsers = {path.stem for path in (PACKAGE / "formats").glob("*.py") if "\nLOGSOURCE" in path.read_text()}
    assert {path.rpartition(".")[2] for path in FORMATS.values()} == parsers


def test_every_format_stands_in_the_readme() -> None:
    """Its table is the list that people read."""
    assert set(re.findall(r"^\| `(\w+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)) >= set(FORMATS)


def test_every_notifier_has_its_command_and_stands_in_the_readme() -> None:
    """`tocsin channel add KIND` adds each kind."""
    readme = (ROOT / "README.md").read_text()
    for kind in NOTIFIERS:
        assert f"tocsin channel add {kind}" in readme


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_in_the_documentation_is_there(page: Path) -> None:
    """What is shown as `tocsin NAME` can be typed."""
    text = page.read_text()
    said = {match[1] for match in re.finditer(r"(?:^    |`)tocsin ([a-z-]+)", text, re.MULTILINE)}
    assert said <= commands()
    grouped = {
        match[1]
        for match in re.finditer(r"(?:^    |`)tocsin ((?:token|api-token|rules|channel) [a-z]+)", text, re.MULTILINE)
    }
    assert grouped <= commands()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_in_the_documentation_is_there(page: Path) -> None:
    """A `TOCSIN_…` that a page names is a field of the settings."""
    others = {"secret_key"}
    assert {name.lower() for name in re.findall(r"TOCSIN_([A-Z_]+[A-Z])", page.read_text())} <= {
        *Options.model_fields,
        *others,
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_in_the_documentation_is_there(page: Path) -> None:
    """Links and paths of this repository lead somewhere."""
    text = page.read_text()
    links = set(re.findall(r"\]\(([^)#:]+)\)", text))
    paths = set(re.findall(r"`((?:src|docs|tests|benchmarks|rules)/[\w/.-]*\w)`", text))
    assert [link for link in links if not (page.parent / link).exists()] == []
    assert [path for path in paths if not any((root / path).exists() for root in (ROOT, PACKAGE))] == []
