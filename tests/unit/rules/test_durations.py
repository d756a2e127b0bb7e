"""Durations in rules."""

import pytest

from tocsin.rules.documents import read_documents
from tocsin.rules.durations import read_timespan


def read(text: str) -> tuple[int | None, list[str]]:
    """What `timespan:` with this text is, and its issues."""
    (document,), _ = read_documents(f"timespan: {text}\n".encode(), "r.yml", "made")
    span_us, found = read_timespan(document, "timespan")
    return span_us, [issue.code for issue in found]


@pytest.mark.parametrize(
    ("text", "span_us"),
    [("1s", 1_000_000), ("5m", 300_000_000), ("2h", 7_200_000_000), ("366d", 31_622_400_000_000)],
)
def test_a_duration_is_a_number_and_a_unit(text: str, span_us: int) -> None:
    """Read in microseconds."""
    assert read(text) == (span_us, [])


@pytest.mark.parametrize("text", ["60", "5 minutes", "1M", "-5m", "1.5h", "[5m]", "0s", "367d", "9" * 5000 + "w", ""])
def test_anything_else_is_an_issue(text: str) -> None:
    """No unit, an unknown one, nothing, or more than a year of matches to keep."""
    assert read(text) == (None, ["bad-timespan"])
