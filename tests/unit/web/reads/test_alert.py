"""Words for one alert."""

from datetime import timedelta

import pytest
from tests.unit.web.conftest import START, MakeAlert

from tocsin.web.reads.alert import in_words, summarise


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "a second"),
        (1, "1 second"),
        (79, "79 seconds"),
        (120, "2 minutes"),
        (7_300, "2 hours"),
        (200_000, "2 days"),
    ],
)
def test_a_duration_is_told_in_a_unit_it_has_two_of(seconds: float, words: str) -> None:
    """79 seconds say more than 1 minute."""
    assert in_words(timedelta(seconds=seconds)) == words


def test_one_event_is_told_in_the_singular(make_alert: MakeAlert) -> None:
    """No `1 events`."""
    alert = make_alert(count=1, events=1, first_at=START, last_at=START)
    assert summarise(alert) == "1 event, at one moment"
    alert.count_of = "user"
    assert summarise(alert) == "1 different value of user in 1 event, at one moment"
