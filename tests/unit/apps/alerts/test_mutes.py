"""Mutes: what they cover, how long they hold, and what they would have kept quiet."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.unit.apps.detect.cast import BURST, Bench, event, finish, told

from tocsin.apps.accounts.models import User
from tocsin.apps.alerts.models import Alert, AlertAction, Mute
from tocsin.apps.alerts.mutes import Scope, add_mute, find_mute, lift_mute, muted, preview
from tocsin.apps.notify.models import Channel
from tocsin.kernel.clock import now
from tocsin.kernel.errors import ConfigError

GUESSING = "6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b02"
HOUR = timedelta(hours=1)


@pytest.fixture
def owner(db: None) -> User:
    """Who mutes; and a channel that takes every level."""
    Channel.objects.create(name="pager", kind="webhook", min_level_rank=0)
    return User.objects.create(email="owner@example.com")


def mute(user: User, until_at: datetime | None = None, **values: str) -> Mute:
    """A mute of the guessing rule for an hour."""
    at = now()
    return add_mute(
        Scope(GUESSING, values), title="Guessing", until_at=until_at or at + HOUR, reason="a pentest", user=user, at=at
    )


def test_a_muted_alert_rings_and_nobody_is_told(bench: Bench, owner: User) -> None:
    """It is there, counts, and names the mute; the other rules tell as before."""
    held = mute(owner, ip="203.0.113.9")
    bench.send(*BURST, event(40, "admin"))
    bench.detect()
    alert = Alert.objects.get(rule_id=GUESSING)
    assert (alert.muted_by, alert.count) == (held, 4)
    assert told() == [("Admin made", "opened")]
    assert list(Alert.objects.filter(muted(now()))) == [alert]


def test_another_group_of_the_rule_is_told(bench: Bench, owner: User) -> None:
    """All values of the mute must be the alert's."""
    mute(owner, ip="203.0.113.10")
    bench.send(*BURST)
    bench.detect()
    assert told() == [("Guessing", "opened")]


def test_a_mute_without_values_is_the_whole_rule(bench: Bench, owner: User) -> None:
    """Every group of it."""
    mute(owner)
    bench.send(*BURST)
    bench.detect()
    assert told() == []


def test_what_goes_on_after_a_mute_is_told_once(bench: Bench, owner: User) -> None:
    """The next event after the end opens the alert for its people."""
    held = mute(owner)
    bench.send(*BURST)
    detector = bench.detect()
    assert lift_mute(held.pk, owner, now())
    assert not lift_mute(held.pk, owner, now())
    assert told() == []
    bench.send(event(50))
    finish(detector)
    bench.send(event(55))
    finish(detector)
    assert told() == [("Guessing", "opened")]
    assert Alert.objects.get(rule_id=GUESSING).muted_by is None


def test_an_open_alert_that_is_muted_tells_of_no_growth(bench: Bench, owner: User) -> None:
    """What was told before is told no more, and the history says who muted it, and why."""
    bench.send(*BURST)
    detector = bench.detect()
    mute(owner, ip="203.0.113.9")
    bench.send(*(event(40 + second / 10) for second in range(20)))
    finish(detector)
    assert told() == [("Guessing", "opened")]
    action = AlertAction.objects.get(verb="muted")
    assert (action.user, action.note) == (owner, "a pentest")


def test_of_several_mutes_the_longest_holds(bench: Bench, owner: User) -> None:
    """So that the console names the moment from which an alert is loud again."""
    mute(owner)
    longer = mute(owner, until_at=now() + 2 * HOUR)
    bench.send(*BURST)
    bench.detect()
    assert find_mute(Alert.objects.get(rule_id=GUESSING), now()) == longer


def test_the_preview_counts_the_last_thirty_days(bench: Bench, owner: User) -> None:
    """Of the same rule, with the same values, none that is older."""
    bench.send(*BURST, *(event(second, ip="203.0.113.10") for second in (0, 1, 2)))
    bench.detect()
    at = datetime(2026, 1, 2, tzinfo=UTC)
    assert len(preview(Scope(GUESSING, {}), at)) == 2
    assert [alert.group["ip"] for alert in preview(Scope(GUESSING, {"ip": "203.0.113.9"}), at)] == ["203.0.113.9"]
    assert preview(Scope("another", {}), at) == []
    assert preview(Scope(GUESSING, {}), at + timedelta(days=30)) == []


@pytest.mark.parametrize(
    ("reason", "length", "said"),
    [(" ", HOUR, "needs a reason"), ("x" * 2_001, HOUR, "needs a reason"), ("x", -HOUR, "ends within 90 days")],
)
def test_a_mute_has_a_reason_and_an_end(owner: User, reason: str, length: timedelta, said: str) -> None:
    """Nobody mutes for ever, or without saying why."""
    at = now()
    with pytest.raises(ConfigError, match=said):
        add_mute(Scope(GUESSING, {}), title="Guessing", until_at=at + length, reason=reason, user=owner, at=at)
    with pytest.raises(ConfigError, match="ends within 90 days"):
        mute(owner, until_at=at + timedelta(days=91))
