"""`tocsin drill`."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from tocsin.apps.detect.models import Checkpoint
from tocsin.apps.intake.models import IngestToken, Source
from tocsin.cli.drill import describe, drill, local_url, open_source, parse_speed, write_truth
from tocsin.drill import Summary, tell
from tocsin.drill.expected import EXPECTED
from tocsin.kernel.errors import ConfigError

START = datetime(2026, 1, 1, tzinfo=UTC)
app = typer.Typer()
app.command()(drill)


def run(*arguments: str) -> str:
    """What the command prints."""
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_print_writes_the_events_and_sends_nothing() -> None:
    """The lines are the story of that seed and start."""
    lines = run("--print", "--seed", "3", "--start", "2026-01-01T00:00:00Z").splitlines()
    assert [json.loads(line) for line in lines] == list(tell(3, START).records())


def test_print_writes_the_truth_where_it_is_asked_to(tmp_path: Path) -> None:
    """The truth goes into a file, never between the events."""
    path = tmp_path / "truth.json"
    run("--print", "--seed", "3", "--truth", str(path))
    assert json.loads(path.read_text())["seed"] == 3


def test_without_a_server_nothing_is_made_and_the_way_out_is_told() -> None:
    """No source is left behind, so that a later start still counts as the first."""
    with pytest.raises(ConfigError, match="start it with tocsin serve"):
        run("--url", "http://127.0.0.1:1")


@pytest.mark.parametrize(("text", "factor"), [("60x", 60.0), ("60", 60.0), (" 0.5x", 0.5)])
def test_a_speed_is_a_number_and_an_x(text: str, factor: float) -> None:
    """The x may be left away."""
    assert parse_speed(text) == factor


@pytest.mark.parametrize("text", ["", "fast", "0x", "-3x", "nanx", "infx"])
def test_what_is_no_speed_is_refused_with_its_text(text: str) -> None:
    """And with what to write instead."""
    with pytest.raises(ConfigError, match=f"'{text}' is not a speed"):
        parse_speed(text)


@pytest.mark.django_db
def test_a_fresh_source_is_made_with_a_token_for_it() -> None:
    """JSON of an application, as the rules for the drill expect."""
    name, token = open_source("drill")
    source = Source.objects.get(name=name)
    found = IngestToken.find(token)
    assert (name, source.format, source.product) == ("drill", "json", "app")
    assert found
    assert found.source == source


@pytest.mark.django_db
def test_a_source_with_events_is_left_alone() -> None:
    """The next free number is taken; an empty source is used again."""
    open_source("drill")
    assert open_source("drill")[0] == "drill"
    Checkpoint.objects.create(source="drill", version=3, events=10)
    Checkpoint.objects.create(source="drill-2", version=3, events=10)
    assert open_source("drill")[0] == "drill-3"


def test_an_unwritable_truth_is_told_with_its_path(tmp_path: Path) -> None:
    """The folder has to be there."""
    with pytest.raises(ConfigError, match="use --truth PATH"):
        write_truth(tell(1, START), tmp_path / "nowhere" / "truth.json")


def test_the_server_of_this_machine_is_where_it_listens() -> None:
    """The default settings."""
    assert local_url() == "http://127.0.0.1:8000"


def test_the_summary_names_everything_that_must_ring(tmp_path: Path) -> None:
    """Each rule with its level, and where to look."""
    summary = Summary(tell(1, START), "drill", "http://127.0.0.1:8000", 24_000, 3, 6.0)
    text = describe(summary, tmp_path / "truth.json", "http://tocsin.example")
    assert all(each.title in text for each in EXPECTED)
    assert "24,000 events to source 'drill'" in text
    assert "3 events were rejected" in text
    assert "http://tocsin.example" in text
    assert str(tmp_path / "truth.json") in text
