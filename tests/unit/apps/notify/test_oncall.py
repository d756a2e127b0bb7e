"""Who is on call."""

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.apps.accounts.models import User
from tocsin.apps.notify.models import Rotation
from tocsin.apps.notify.oncall import (
    coming_turns,
    find_duty,
    resolve_addresses,
    set_rotation,
    substitute,
    who_is_on_call,
)
from tocsin.kernel.errors import ConfigError

MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def people(db: None) -> list[User]:
    """Ann, Bob and Cy."""
    return [User.objects.create(email=f"{name}@example.com", name=name.title()) for name in ("ann", "bob", "cy")]


@pytest.fixture
def weekly(people: list[User]) -> Rotation:
    """A week each, handed over on Mondays at nine in Berlin."""
    return set_rotation("primary", people, starts_at=MONDAY, shift_days=7, time_zone="Europe/Berlin")


def name_at(rotation: Rotation, at: datetime) -> str:
    """Who it is."""
    return str(find_duty(rotation, at).user)


@pytest.mark.parametrize(
    ("after", "who"),
    [(0 * DAY, "Ann"), (7 * DAY - timedelta(seconds=1), "Ann"), (7 * DAY, "Bob"), (20 * DAY, "Cy"), (21 * DAY, "Ann")],
)
def test_each_has_a_shift_in_turn(weekly: Rotation, after: timedelta, who: str) -> None:
    """A shift ends at the moment at which the next one begins."""
    assert name_at(weekly, MONDAY + after) == who


def test_a_shift_changes_at_the_same_hour_in_summer(weekly: Rotation) -> None:
    """Clocks go forward on March 29: nine in Berlin is seven in UTC then."""
    handover = datetime(2026, 3, 30, 7, tzinfo=UTC)
    assert [name_at(weekly, handover - timedelta(seconds=1)), name_at(weekly, handover)] == ["Ann", "Bob"]
    assert find_duty(weekly, handover - DAY).until_at == handover


def test_nobody_is_on_call_before_it_begins(weekly: Rotation) -> None:
    """And that is said, not guessed."""
    assert find_duty(weekly, MONDAY - DAY).user is None


def test_who_stands_in_is_on_call(weekly: Rotation, people: list[User]) -> None:
    """From the first moment up to the last; of two who stand in, the one who was named last."""
    substitute(weekly, people[1], MONDAY, MONDAY + DAY)
    substitute(weekly, people[2], MONDAY, MONDAY + DAY)
    duty = find_duty(weekly, MONDAY)
    assert (duty.user, duty.is_substitute, duty.until_at) == (people[2], True, MONDAY + DAY)
    assert name_at(weekly, MONDAY + DAY) == "Ann"


def test_who_has_left_is_passed_over(weekly: Rotation, people: list[User]) -> None:
    """An account that is switched off is never on call."""
    User.objects.filter(pk=people[0].pk).update(is_active=False)
    assert name_at(Rotation.objects.get(), MONDAY) == "Bob"


def test_a_channel_writes_to_who_is_on_call(weekly: Rotation) -> None:
    """`@primary` becomes an address; what is no rotation stays."""
    config = {"to": ["ops@example.com", "@primary", "@gone"], "x": 1}
    assert resolve_addresses(config, MONDAY) == {"to": ["ops@example.com", "ann@example.com", "@gone"], "x": 1}
    assert resolve_addresses({"url": "u"}, MONDAY) == {"url": "u"}


def test_a_rotation_is_changed_in_place(weekly: Rotation, people: list[User]) -> None:
    """Its people and their order."""
    set_rotation("primary", people[1:], starts_at=MONDAY, shift_days=1, time_zone="UTC")
    assert [(duty.rotation.name, str(duty.user)) for duty in who_is_on_call(MONDAY + DAY)] == [("primary", "Cy")]


@pytest.mark.parametrize(
    ("changes", "said"),
    [({"shift_days": 0}, "a shift of 0 days"), ({"time_zone": "Mars"}, "not a time zone"), ({"people": []}, "nobody")],
)
def test_a_rotation_that_cannot_be_is_refused(people: list[User], changes: dict[str, object], said: str) -> None:
    """With what is wrong."""
    values = {"people": people, "starts_at": MONDAY, "shift_days": 7, "time_zone": "UTC", **changes}
    with pytest.raises(ConfigError, match=said):
        set_rotation("primary", **values)


def test_nobody_stands_in_backwards(weekly: Rotation, people: list[User]) -> None:
    """It begins before it ends."""
    with pytest.raises(ConfigError, match="cannot stand in"):
        substitute(weekly, people[0], MONDAY, MONDAY)


def test_coming_turns_meet_each_other_and_follow_who_is_on_call(weekly: Rotation, people: list[User]) -> None:
    """From before the rotation begins to the end asked for, a substitution within a shift among them."""
    start = weekly.starts_at
    substitute(weekly, people[-1], start + timedelta(days=2), start + timedelta(days=3))
    turns = coming_turns(weekly, start - timedelta(days=1), start + timedelta(days=20))
    assert turns[0].user is None
    assert turns[0].until_at == start
    assert [turn.until_at for turn in turns[:-1]] == [turn.from_at for turn in turns[1:]]
    assert turns[-1].until_at == start + timedelta(days=20)
    for turn in turns:
        for at in (turn.from_at, turn.until_at - timedelta(seconds=1)):
            assert turn.user == find_duty(weekly, at).user
    assert [turn.is_substitute for turn in turns].count(True) == 1
