"""The ground truth agrees with the events that were sent, counted again from their JSON."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tocsin.drill.story import tell
from tocsin.drill.truth import truth

START = datetime(2025, 12, 31, 22, 30, tzinfo=UTC)
Played = tuple[dict[str, Any], list[dict[str, Any]]]


@pytest.fixture(scope="module", params=[1, 42])
def played(request: pytest.FixtureRequest) -> Played:
    """The truth and the records of one drill."""
    story = tell(request.param, START)
    return truth(story), list(story.records())


def moment(text: str) -> datetime:
    """A moment of the truth."""
    return datetime.fromisoformat(text)


def test_totals_are_those_of_the_records(played: Played) -> None:
    """Every action, counted."""
    known, records = played
    assert known["totals"] == Counter(record["action"] for record in records)
    assert known["events"] == len(records)


def test_two_employees_took_45_verified_accounts(played: Played) -> None:
    """Each account has its two steps by one of the two, and lies in 20 to 30 minutes."""
    known, records = played
    employees = {each["id"] for each in known["employees"]}
    accounts = known["accounts"]
    verified = {record["subject"]["id"] for record in records if record["subject"]["is_verified"]}
    took = moment(accounts[-1]["second_factor_removed_at"]) - moment(accounts[0]["second_factor_removed_at"])
    assert len(employees) == 2
    assert len({each["id"] for each in accounts} & verified) == len(accounts) == 45
    assert {each["employee"] for each in accounts} == employees
    assert timedelta(minutes=20) <= took <= timedelta(minutes=30)


def test_every_account_goes_through_the_steps_in_order(played: Played) -> None:
    """Email, second factor, password, entry, scam."""
    known, _ = played
    steps = ("email_changed_at", "second_factor_removed_at", "password_reset_at", "signed_in_at", "first_scam_post_at")
    for account in known["accounts"]:
        times = [moment(account[step]) for step in steps]
        assert times == sorted(times)


def test_the_fifth_account_is_the_fifth(played: Played) -> None:
    """Four lost their second factor before it."""
    known, _ = played
    earlier = [each for each in known["accounts"] if each["second_factor_removed_at"] < known["fifth_account_at"]]
    assert len(earlier) == 4


def test_eight_accounts_were_copied(played: Played) -> None:
    """And by one of the two employees, as the expected alert says."""
    known, records = played
    copied = [each["id"] for each in known["accounts"] if "data_exported_at" in each]
    names = {each["id"] for each in known["employees"]}
    actors = {r["actor"]["id"] for r in records if r["action"] == "user.data_exported" and r["subject"]["id"] in copied}
    assert len(copied) == 8
    assert len(actors & names) == 1


def test_scam_posts_are_posts_of_the_taken_accounts(played: Played) -> None:
    """Their ids lead to posts from the thieves' addresses, one to three an account."""
    known, records = played
    by_id = {record["_id"]: record for record in records}
    posts = [by_id[post_id] for post_id in known["scam_post_ids"]]
    counts = Counter(post["actor"]["id"] for post in posts)
    assert {post["action"] for post in posts} == {"post.created"}
    assert set(counts) == {account["id"] for account in known["accounts"]}
    assert set(counts.values()) <= {1, 2, 3}
    assert all(post["source"]["is_new_place"] for post in posts)


def test_no_event_gives_the_incident_away(played: Played) -> None:
    """What only the truth may know is in no record."""
    _, records = played
    fields = {key for record in records for key in record}
    expected = {"_id", "time", "action", "actor", "subject", "source", "device", "request_id", "text", "url"}
    assert fields == expected
