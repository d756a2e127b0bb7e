"""A search and its address."""

from datetime import UTC, datetime

from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from tocsin.kernel.clock import to_us
from tocsin.web.asked_search import WINDOWS, Asked

NOW = datetime(2026, 1, 31, tzinfo=UTC)
TEXTS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=5)


@given(
    st.builds(
        Asked,
        query=TEXTS.map(str.strip),
        sources=st.lists(TEXTS, unique=True, max_size=2).map(tuple),
        columns=st.lists(TEXTS, unique=True, max_size=3).map(tuple),
        window=st.sampled_from(list(WINDOWS)),
        after=TEXTS,
    )
)
def test_an_address_says_all_of_a_search(asked):
    """Whoever opens it sees the same."""
    assert Asked.of(QueryDict(asked.address.removeprefix("?"))) == asked


def test_a_moment_wins_over_a_window():
    """Zoomed in, a search stays where it is."""
    asked = Asked.of(QueryDict("window=1h&from=100&to=200"))
    assert asked.bounds(NOW) == (100_000_000, 200_999_999)
    assert asked.address == "?from=100&to=200"


def test_what_makes_no_sense_is_as_if_not_given():
    """An address that somebody wrote by hand is no error."""
    asked = Asked.of(QueryDict("window=never&from=-1&to=x&col=&source="))
    assert asked == Asked()
    assert asked.bounds(NOW) == (to_us(NOW) - 86_400_000_000, None)


def test_a_number_of_thousands_of_digits_is_bounded():
    """No moment lies beyond the calendar."""
    assert Asked.of(QueryDict("from=" + "9" * 5000)).from_s is None
    assert Asked.of(QueryDict("to=999999999999")).to_at is not None
