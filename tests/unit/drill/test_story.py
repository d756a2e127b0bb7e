"""The whole drill on one timeline."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import orjson
import pytest

from tocsin.drill.happenings import Action
from tocsin.drill.story import EVE, LENGTH, Story, start_before, tell

START = datetime(2025, 12, 31, 22, 30, tzinfo=UTC)
DOCUMENTATION = [
    ip_network(each) for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "100.64.0.0/10")
]


@pytest.fixture(scope="module")
def story() -> Story:
    """The drill that everybody sees first."""
    return tell(1, START)


def body(story: Story) -> bytes:
    """All events as they are sent."""
    return b"\n".join(orjson.dumps(record) for record in story.records())


def test_the_same_seed_and_start_give_the_same_bytes(story: Story) -> None:
    """A drill can be played again, and talked about."""
    assert body(tell(1, START)) == body(story)


def test_another_seed_gives_another_story(story: Story) -> None:
    """A hundred seeds are a hundred stories, not one with other names."""
    assert [each.at_s for each in tell(2, START).happenings] != [each.at_s for each in story.happenings]


def test_another_start_moves_every_event_and_changes_nothing_else(story: Story) -> None:
    """The start is when, the seed is what."""
    later = tell(1, START + timedelta(hours=1))
    assert later.happenings == story.happenings
    assert later.moment(7) - story.moment(7) == timedelta(hours=1)


def test_ids_are_unique_and_differ_between_starts(story: Story) -> None:
    """What is sent twice is known by its id; what is played twice is not the same."""
    ids = {record["_id"] for record in story.records()}
    others = {record["_id"] for record in tell(1, START + timedelta(seconds=1)).records()}
    assert len(ids) == len(story.happenings)
    assert not ids & others


def test_events_are_in_order_and_within_the_length(story: Story) -> None:
    """Times never run backwards, and the drill is over when it says."""
    times = [datetime.fromisoformat(record["time"]) for record in story.records()]
    assert times == sorted(times)
    assert times[0] >= START
    assert times[-1] <= START + LENGTH


def test_there_are_tens_of_thousands_of_events_of_every_kind(story: Story) -> None:
    """Enough traffic that the incident is a needle: under two in a hundred events."""
    actions = Counter(each.action for each in story.happenings)
    assert 20_000 <= len(story.happenings) <= 40_000
    assert set(actions) == set(Action)
    assert sum(each.is_incident for each in story.happenings) < 0.02 * len(story.happenings)


def test_thousands_greet_in_the_new_years_eve_hour(story: Story) -> None:
    """The hour has at least twice the posts of the one before, from thousands of accounts."""
    eve_from, eve_until = (moment.total_seconds() for moment in EVE)
    posts = [each for each in story.happenings if each.action is Action.POST_CREATED]
    eve = [each for each in posts if eve_from <= each.at_s < eve_until]
    before = [each for each in posts if each.at_s < eve_from]
    assert len(eve) > 2 * len(before)
    assert len({each.actor.id for each in eve}) > 3_000


def test_few_accounts_write_much_of_what_is_written(story: Story) -> None:
    """Activity has a heavy tail: the busiest hundredth writes over a tenth of the ordinary posts."""
    first_hour = [each for each in story.happenings if each.action is Action.POST_CREATED and each.at_s < 3600]
    counts = sorted(Counter(each.actor.id for each in first_hour).values(), reverse=True)
    assert sum(counts[:50]) > 0.1 * len(first_hour)


def test_every_address_is_from_a_range_kept_for_documentation_or_carriers(story: Story) -> None:
    """Nobody real is accused."""
    addresses = {ip_address(each.visit.ip) for each in story.happenings}
    strays = [
        each for each in addresses if not any(each in net for net in DOCUMENTATION if net.version == each.version)
    ]
    assert strays == []


def test_every_linked_host_is_an_example(story: Story) -> None:
    """Nobody real is linked to."""
    hosts = {record["url"]["host"] for record in story.records() if "url" in record}
    assert hosts
    assert all(host.endswith(".example") for host in hosts)


def test_a_story_that_ends_now_begins_its_length_ago() -> None:
    """The default start, in whole seconds."""
    end = datetime(2026, 3, 1, 12, 0, 0, 700_000, tzinfo=UTC)
    assert start_before(end) == datetime(2026, 3, 1, 9, 0, 0, tzinfo=UTC)
