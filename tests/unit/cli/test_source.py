"""`tocsin source`: listed, and set."""

import pytest
import typer
from typer.testing import CliRunner

from tocsin.apps.audit.models import AuditRow
from tocsin.apps.intake.models import Source
from tocsin.cli.source import app
from tocsin.kernel.errors import ConfigError

pytestmark = pytest.mark.django_db(transaction=True)


def run(*arguments: str) -> list[str]:
    """The lines that the command prints."""
    result = CliRunner().invoke(app, list(arguments), catch_exceptions=False, standalone_mode=False)
    if result.exception:
        raise result.exception
    return result.stdout.splitlines()


def test_the_list_says_what_is_set() -> None:
    """Of a source without settings, that it goes by its rhythm and by the default."""
    assert "There is no source yet" in run("list")[0]
    Source.objects.create(name="app")
    Source.objects.create(name="web", format="access", lateness_s=60, silent_after_s=0)
    rows = [line.split() for line in run("list")[1:]]
    assert rows == [
        ["app", "json", "0", "never", "0", "default", "auto"],
        ["web", "access", "0", "never", "0", "60", "s", "off"],
    ]


def test_silence_and_lateness_are_set_and_taken_back() -> None:
    """Each alone or both; what people did is recorded."""
    Source.objects.create(name="app")
    assert run("set", "app", "--silent-after", "15m", "--lateness", "1h") == [
        "app: silent after 900 s, lateness 3600 s"
    ]
    assert run("set", "app", "--silent-after", "off") == ["app: silent after off, lateness 3600 s"]
    assert run("set", "app", "--silent-after", "auto", "--lateness", "default") == [
        "app: silent after auto, lateness default"
    ]
    assert AuditRow.objects.count() == 5


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("app", "--silent-after", "5s"), "a source may be silent for 60 seconds"),
        (("app", "--silent-after", "soon"), "'soon' is not a duration"),
        (("app", "--silent-after", "15m", "--lateness", "8d"), "events may come up to 604800 seconds"),
        (("gone", "--lateness", "1m"), "there is no source 'gone'"),
    ],
)
def test_what_cannot_be_set_is_named_and_changes_nothing(arguments: tuple[str, ...], message: str) -> None:
    """Also not the half that could."""
    Source.objects.create(name="app")
    with pytest.raises(ConfigError, match=message):
        run("set", *arguments)
    assert Source.objects.get().silent_after_s is None


def test_nothing_to_set_is_said() -> None:
    """With the options that there are."""
    with pytest.raises(typer.BadParameter, match="--silent-after, --lateness"):
        run("set", "app")
