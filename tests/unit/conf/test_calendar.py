"""The settings of the calendar."""

import pytest
from pydantic import ValidationError

from tocsin.conf.options import Options


def test_new_year_is_special_unless_the_settings_say_otherwise() -> None:
    """Nobody has to think of it first."""
    assert set(Options().special_days) == {"12-31", "01-01"}
    assert Options(special_days={}).special_days == {}


def test_right_settings_are_taken() -> None:
    """A zone, a part of a country, a day of one year and one of every fourth."""
    chosen = Options(timezone="Europe/Berlin", country="DE-BY", special_days={"2026-11-27": "Sale", "02-29": "Leap"})
    assert chosen.country == "DE-BY"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"timezone": "Berlin"}, "'Berlin' is not a time zone; write one such as UTC, Europe/Berlin"),
        ({"country": "Germany"}, "no holidays are known for 'Germany'; write a code of two letters"),
        ({"country": "DE-XX"}, "'XX' is not a part of DE with holidays of its own; those are: "),
        ({"special_days": {"31.12.": "x"}}, "'31.12.' is not a day; write MM-DD for every year or YYYY-MM-DD"),
        ({"special_days": {"13-01": "x"}}, "'13-01' is not a day"),
        ({"special_days": {"20261127": "x"}}, "'20261127' is not a day"),
        ({"special_days": {"12-24": " "}}, "the special day 12-24 has no name"),
    ],
)
def test_a_mistake_is_told_at_the_start(wrong: dict[str, object], message: str) -> None:
    """With what may be written instead."""
    with pytest.raises(ValidationError, match=message.replace(".", r"\.")):
        Options(**wrong)  # type: ignore[arg-type]  # what a person wrote
