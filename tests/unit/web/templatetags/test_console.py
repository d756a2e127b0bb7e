"""How moments, levels, states and charts are written."""

from datetime import UTC, datetime, timedelta

import pytest
from django.template import RequestContext
from django.test import RequestFactory

from tocsin.rules.model import Level
from tocsin.web.reads.alert import Episode
from tocsin.web.templatetags.console import (
    as_entity,
    chart,
    episode,
    is_web,
    level,
    relative,
    state,
    visible,
    when,
    without,
)

AT = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s ago"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (3_599, "59 min ago"),
        (7_200, "2 h ago"),
        (86_400, "1 d ago"),
        (30 * 86_400, "30 d ago"),
        (31 * 86_400, "2025-12-31"),
        (-90, "in 1 min"),
    ],
)
def test_moments_are_told_in_their_largest_unit(seconds: int, words: str) -> None:
    """Rounded down; past a month, as a date."""
    assert relative(AT - timedelta(seconds=seconds), AT) == words


def test_a_moment_carries_its_exact_time() -> None:
    """For programs, for the tooltip, and for the clock in the page."""
    written = when(AT)
    assert 'datetime="2026-01-31T12:00:00Z"' in written
    assert 'title="2026-01-31 12:00:00 UTC"' in written
    assert when(None) == '<span class="absent">never</span>'


@pytest.mark.parametrize("name", list(Level))
def test_a_level_is_told_by_word_and_bars(name: Level) -> None:
    """Never by colour alone."""
    assert f"bars-{name.rank}" in level(name)
    assert level(name).endswith(f"{name}</span>")


def test_badges_escape_what_they_are_given() -> None:
    """A level or state from outside is text."""
    assert "<b>" not in level("<b>")
    assert "<b>" not in state("<b>")


def test_a_chart_shows_rare_as_more_than_never() -> None:
    """One event beside a million still has a bar; none has none."""
    assert chart((0, 1, 1_000_000)).count("M") == 2
    assert "v-1h" in chart((0, 1, 1_000_000))
    assert "at most 0 a minute" in chart((0, 0))


@pytest.mark.parametrize(
    ("value", "shown"), [(None, ""), (7, "7"), (["a", "b"], "a, b"), ("\x1b[0m", "\\x1b[0m"), ("x" * 9, "xxxx…")]
)
def test_any_value_can_be_shown(value: object, shown: str) -> None:
    """Lists as their items, unseen characters by name, long texts cut."""
    assert visible(value, 8 if value != "x" * 9 else 5) == shown


def test_only_web_addresses_become_links() -> None:
    """`javascript:` and `data:` stay text."""
    assert is_web("https://example.com")
    assert not is_web("javascript:alert(1)")
    assert not is_web(None)


def test_an_episode_is_a_line_with_its_samples() -> None:
    """Where it rang, and a tick a moment with a sample; the words say it without seeing it."""
    line = episode(Episode(250, (0, 1_000, 1_000), "It rang 3 minutes after the first event"))
    assert "M250 0v24" in line
    assert line.count("v12") == 2
    assert "It rang 3 minutes after the first event; 3 samples" in line


def test_an_address_goes_on_without_a_parameter() -> None:
    """From its first page on; without any it is the path alone."""
    request = RequestFactory().get("/alerts?level=high&rule=a%26b&after=x")
    assert without(RequestContext(request, {"request": request}), "level") == "/alerts?rule=a%26b"
    request = RequestFactory().get("/alerts?level=high")
    assert without(RequestContext(request, {"request": request}), "level") == "/alerts"


def test_a_value_of_a_group_is_cut_as_entities_are() -> None:
    """So that the link finds them."""
    assert as_entity("x" * 601) == "x" * 600
    assert as_entity(7) == "7"
