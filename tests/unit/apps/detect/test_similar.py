"""Who says nearly the same, in the detector: one alert with its variants, kept across restarts."""

from pathlib import Path

import pytest
from tests.unit.apps.detect.cast import Bench, event, finish

from tocsin.apps.alerts.models import Alert, State
from tocsin.apps.detect import memory
from tocsin.apps.detect.models import WindowSegment

RULES = """\
title: Post
id: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9c01
name: post
logsource: {product: app}
detection:
  selection: {action: post}
  condition: selection
---
title: Wave
id: 6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9c02
correlation:
  type: value_count
  rules: [post]
  timespan: 1m
  condition: {field: user, gte: 3}
level: high
tocsin:
  similar: {field: text}
"""
SAID = (
    "We lend garden tools on every second Saturday, bring your card",
    "WE LEND GARDEN TOOLS ON EVERY SECOND SATURDAY, BRING YOUR CARD",
    "Wе lend gаrden tools on every second Saturday, bring your card",
)
OTHER = "The harbour is closed for swimmers until the storm has passed by"


@pytest.fixture
def bench(db: None, tmp_path: Path) -> Bench:
    """A bench with one rule about what is nearly the same."""
    bench = Bench(tmp_path, RULES)
    bench.add_source()
    return bench


def post(second: float, user: str, text: str) -> dict[str, object]:
    """Somebody says something."""
    return event(second, "post", user=user, text=text)


def test_an_alert_shows_the_variants_of_earlier_passes_too(bench: Bench) -> None:
    """With every restart between them: the texts are kept with the posts."""
    for second, (user, text) in enumerate(zip(("ann", "bob", "cat"), SAID, strict=True)):
        bench.send(post(second, user, text), post(second, user, OTHER if second == 1 else "short"))
        bench.detect()
    alert = Alert.objects.get()
    assert (alert.count, alert.events, alert.count_of) == (3, 3, "user")
    assert {(each["text"], each["actor"], each["count"]) for each in alert.variants} == {
        (SAID[0], "ann", 1),
        (SAID[1], "bob", 1),
        (SAID[2], "cat", 1),
    }
    assert alert.rule_text["similar"] == {"field": "text", "at_least": 0.8}


def test_two_campaigns_at_once_are_two_alerts_that_grow_by_themselves(bench: Bench) -> None:
    """A restart does not mix them up."""
    for second in range(6):
        bench.send(post(second, f"u{second}", SAID[second % 3]), post(second + 0.5, f"v{second}", OTHER))
        bench.detect()
    assert sorted(Alert.objects.values_list("count", "events")) == [(6, 6), (6, 6)]
    assert len(set(Alert.objects.values_list("thread", flat=True))) == 2


def test_late_posts_join_alerts_and_a_restart_knows(bench: Bench) -> None:
    """The posts of both are in one thread from then on, also those that were kept before."""
    for start in (0, 100):
        bench.send(*(post(start + number, f"u{start + number}", SAID[number]) for number in range(3)))
        bench.detect()
    bench.send(post(50, "late", SAID[0]))
    bench.detect()
    assert Alert.objects.exclude(state=State.MERGED).count() == 1
    bench.send(post(101.5, "more", SAID[1]))
    bench.detect()
    alert = Alert.objects.exclude(state=State.MERGED).get()
    assert (alert.events, sum(each["count"] for each in alert.variants)) == (8, 8)


def test_many_segments_become_one(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their number is bounded, and nothing is forgotten."""
    monkeypatch.setattr(memory, "MAX_SEGMENTS", 3)
    detector = bench.detector()
    for second in range(8):
        bench.send(post(second, f"u{second}", SAID[second % 3]))
        finish(detector)
        assert WindowSegment.objects.count() <= 3
    bench.send(post(9, "last", SAID[0]))
    bench.detect()
    alert = Alert.objects.get()
    assert (alert.count, alert.events) == (9, 9)


def test_hostile_text_is_kept_and_shown_as_it_came(bench: Bench) -> None:
    """What an attacker writes rings like anything else."""
    evil = "<script>alert(1)</script>\x00\u202e free garden tools for everybody who clicks on this now"
    for second, user in enumerate(("ann", "bob", "cat")):
        bench.send(post(second, user, evil))
    bench.detect()
    (variant,) = Alert.objects.get().variants
    assert variant["text"] == evil.replace("\x00", "\ufffd")
