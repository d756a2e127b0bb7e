"""Words for one alert."""

from tests.unit.web.conftest import START, MakeAlert

from tocsin.web.reads.alert import summarise


def test_one_event_is_told_in_the_singular(make_alert: MakeAlert) -> None:
    """No `1 events`."""
    alert = make_alert(count=1, events=1, first_at=START, last_at=START)
    assert summarise(alert) == "1 event, at one moment"
    alert.count_of = "user"
    assert summarise(alert) == "1 different value of user in 1 event, at one moment"
