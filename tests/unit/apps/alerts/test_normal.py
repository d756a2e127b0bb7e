"""What an alert says of what is normal."""

from dataclasses import replace

import pytest

from tocsin.apps.alerts.normal import record, say
from tocsin.engine.baseline import Normal
from tocsin.engine.measures import Measure
from tocsin.engine.ringers import Feed, Ringer
from tocsin.kernel.issues import Location
from tocsin.rules.model import Baseline, CorrelationType, Level, Meta, Threshold

META = Meta("rule", "Rule", Level.HIGH, Location("rule.yml"))
COUNT = Measure(CorrelationType.EVENT_COUNT, (Threshold("gte", 10),))
RINGER = Ringer(META, (Feed(0, ("ip",)),), 600_000_000, COUNT, ("ip",), baseline=Baseline())
FLOOR = "so the written condition (at least 10) decided"
VALUES = replace(RINGER, measure=replace(COUNT, type=CorrelationType.VALUE_COUNT), fields=("user",))


@pytest.mark.parametrize(
    ("ringer", "normal", "said"),
    [
        (RINGER, Normal(3, 0, 4), "1,047 in 10 minutes; at this hour 0 to 3 are normal"),
        (
            replace(VALUES, timespan_us=3_600_000_000, baseline=Baseline(is_over_all=True)),
            Normal(9, 2, 4),
            "1,047 different user in 1 hour; at this hour 2 to 9 are normal over all groups",
        ),
        (RINGER, Normal(30, 2, 4, "New Year's Eve"), "1,047 in 10 minutes; on New Year's Eve 2 to 30 are normal"),
        (
            RINGER,
            Normal(None, None, 1),
            f"1,047 in 10 minutes; what is normal is not known yet: 1 past week of at least 3, {FLOOR}",
        ),
        (
            RINGER,
            Normal(None, None, 0),
            f"1,047 in 10 minutes; nothing of this group is known from the past weeks, {FLOOR}",
        ),
    ],
)
def test_an_alert_explains_itself(ringer: Ringer, normal: Normal, said: str) -> None:
    """How many, in how long, and how many are normal, or why that is not known."""
    assert say(record(ringer, normal, 1_047)) == said


def test_an_alert_without_a_baseline_says_nothing() -> None:
    """There is nothing to say."""
    assert say({}) == ""
