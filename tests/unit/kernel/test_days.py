"""Days of the calendar, as people write them."""

import pytest

from tocsin.kernel.days import check_days


@pytest.mark.parametrize("day", ["12-31", "02-29", "2026-11-27", "2024-02-29"])
def test_a_day_of_every_year_or_of_one_is_a_day(day: str) -> None:
    """The leap day too."""
    check_days({day: "a name"})


@pytest.mark.parametrize("day", ["13-01", "2026-02-29", "1-1", "20261127", "", "tomorrow"])
def test_anything_else_is_none(day: str) -> None:
    """It says what may be written."""
    with pytest.raises(ValueError, match="MM-DD"):
        check_days({day: "a name"})


def test_a_day_has_a_name() -> None:
    """One that is not blank."""
    with pytest.raises(ValueError, match="no name"):
        check_days({"12-31": " "})
