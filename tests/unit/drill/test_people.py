"""The cast."""

from collections import Counter
from random import Random

from tocsin.drill.people import ACCOUNTS, STAFF, WELL_KNOWN, cast


def test_names_and_ids_are_unique() -> None:
    """Two accounts of one name could not be told apart in an alert."""
    everybody = cast(Random(1))
    people = everybody.accounts + everybody.staff
    assert len(everybody.accounts) == ACCOUNTS
    assert len(everybody.staff) == STAFF
    assert len({each.id for each in people}) == len({each.name for each in people}) == ACCOUNTS + STAFF


def test_the_verified_accounts_are_the_most_followed() -> None:
    """Fifty of them hold most of all followers."""
    accounts = cast(Random(1)).accounts
    followers = [each.followers for each in accounts]
    assert [each.is_verified for each in accounts] == [True] * WELL_KNOWN + [False] * (ACCOUNTS - WELL_KNOWN)
    assert sum(followers[:WELL_KNOWN]) > sum(followers) / 2


def test_many_people_share_a_carriers_address() -> None:
    """A rule that takes an address for a person must meet crowds."""
    homes = Counter(each.home.ip for each in cast(Random(1)).accounts)
    shared = [count for ip, count in homes.items() if ip.startswith("100.")]
    assert min(shared) > 10
    assert sum(shared) > 2_000
