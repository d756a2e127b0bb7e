"""Days of the calendar, as people write them."""

from datetime import date


def check_days(days: dict[str, str]) -> None:
    """Raises: ValueError where one of ``days`` is no day or has no name."""
    for day, name in days.items():
        try:
            # A leap year, so that 02-29 is a day.
            is_written = date.fromisoformat(day if len(day) == 10 else f"2024-{day}").isoformat().endswith(day)
        except ValueError:
            is_written = False
        if not is_written:
            raise ValueError(f"'{day}' is not a day; write MM-DD for every year or YYYY-MM-DD for one, such as 12-31")
        if not name.strip():
            raise ValueError(f"the special day {day} has no name; write what people call it")
