"""Texts from addresses."""

from datetime import UTC, datetime

import pytest

from tocsin.web.asked import moment, number, storable

AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_nul_characters_are_left_out() -> None:
    """And nothing else is."""
    assert storable("a\x00b\x1b ü") == "ab\x1b ü"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("24h", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("2w", datetime(2026, 2, 16, 8, tzinfo=UTC)),
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T10:00+02:00", datetime(2026, 3, 1, 8, tzinfo=UTC)),
        ("0001-01-01T00:00+14:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_moment_is_said_from_now_or_as_a_date(text: str, said: datetime | None) -> None:
    """What says none, or one that no calendar has, is none."""
    assert moment(text, AT) == said


@pytest.mark.parametrize(("text", "said"), [("7", 7), ("-7", None), ("٣", None), ("9" * 30, None), ("", None)])
def test_an_id_is_one_that_a_database_can_hold(text: str, said: int | None) -> None:
    """Whatever is guessed."""
    assert number(text) == said
