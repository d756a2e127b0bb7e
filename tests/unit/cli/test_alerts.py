"""`tocsin alerts`: for eyes and for programs."""

import json
from datetime import timedelta
from typing import Any

import pytest
from tests.unit.apps.notify.cast import AT, alert
from typer.testing import CliRunner, Result

from tocsin.apps.alerts.models import State
from tocsin.cli.app import app
from tocsin.kernel.clock import now
from tocsin.kernel.errors import ConfigError

pytestmark = pytest.mark.django_db(transaction=True)

FIELDS = {"id", "rule", "level", "source", "group", "first", "last", "count", "state"}


def run(*words: str) -> Result:
    """Run the command."""
    result = CliRunner().invoke(app, ["alerts", *words])
    if isinstance(result.exception, ConfigError):
        raise result.exception
    return result


def listed(*words: str) -> list[dict[str, Any]]:
    """What it prints as NDJSON."""
    return [json.loads(line) for line in run("--output", "ndjson", *words).stdout.splitlines()]


def test_programs_get_every_field() -> None:
    """One object a line, or one array; both hold the same."""
    alert(group={"source.ip": "203.0.113.9", "ü": "\u202e"})
    (row,) = listed()
    assert row.keys() >= FIELDS
    assert (row["rule"], row["first"], row["count"], row["state"]) == ("SSH brute force", AT.isoformat(), 12, "open")
    assert json.loads(run("--output", "json").stdout) == [row]


def test_the_newest_come_first_and_merged_ones_not_at_all() -> None:
    """By the time of their last event."""
    first, second = alert(), alert(last_at=AT + timedelta(hours=1))
    alert(state=State.MERGED, merged_into=first)
    assert [row["id"] for row in listed()] == [second.pk, first.pk]


def test_since_and_state_choose() -> None:
    """A moment, or a duration back from now."""
    old, new = alert(), alert(last_at=now(), state=State.RESOLVED)
    assert [row["id"] for row in listed("--since", "2h")] == [new.pk]
    assert [row["id"] for row in listed("--since", AT.isoformat())] == [new.pk, old.pk]
    assert [row["id"] for row in listed("--state", "open")] == [old.pk]


def test_a_table_shows_log_content_and_obeys_none() -> None:
    """Markup and control characters are text."""
    alert(group={"user": "[red]x\x1b[31m"}, rule_title="A [bold] rule")
    shown = run().stdout
    assert "[red]x" in shown
    assert "A [bold] rule" in shown
    assert "\x1b" not in shown


def test_without_alerts_it_says_what_to_do() -> None:
    """In a table; a program gets an empty list."""
    assert "tocsin drill" in run().stdout
    assert (run("--output", "json").stdout.strip(), run("--output", "ndjson").stdout) == ("[]", "")


@pytest.mark.parametrize(("words", "status"), [(("--state", "merged"), 2), (("--output", "xml"), 2)])
def test_what_is_no_choice_is_refused(words: tuple[str, ...], status: int) -> None:
    """With those there are."""
    result = run(*words)
    assert result.exit_code == status
    assert words[1] in result.output


def test_what_is_no_time_is_named() -> None:
    """With what is allowed."""
    with pytest.raises(ConfigError, match="'yesterday' is not a time"):
        run("--since", "yesterday")


def test_what_was_normal_is_told_in_words() -> None:
    """Empty for a rule that learns nothing."""
    learnt = {"peak": 47, "low": 0, "high": 3, "day": "", "over": "group", "timespan_s": 600, "count_of": ""}
    alert(normal=learnt)
    assert [row["normal"] for row in listed()] == ["47 in 10 minutes; at this hour 0 to 3 are normal"]
    alert()
    assert [row["normal"] for row in listed()].count("") == 1
