"""What happened, who and where, how often, since when, in words."""

from datetime import timedelta

import pytest
from tests.unit.notifiers.cast import hostile, message

from tocsin.notifiers import words
from tocsin.notifiers.message import Occasion, Sample, Variant


def test_the_subject_says_level_count_group_title() -> None:
    """The line on the phone is enough to decide whether to get up."""
    assert words.subject(message()) == "[HIGH] 12 events, 203.0.113.9 — SSH brute force"


def test_an_update_says_how_many_there_are_now() -> None:
    """A counter that grew is told as a counter."""
    grown = message(occasion=Occasion.UPDATE, count=1204)
    assert words.subject(grown) == "[HIGH] now 1,204 events, 203.0.113.9 — SSH brute force"


def test_an_alert_that_rings_again_says_so() -> None:
    """What was resolved and goes on reads unlike a new alert."""
    assert words.subject(message(occasion=Occasion.AGAIN)) == "[HIGH] again: 12 events, 203.0.113.9 — SSH brute force"


def test_distinct_values_name_their_field() -> None:
    """A value_count alert counts values, and says in how many events they were."""
    counted = message(count=45, count_of="user.name", events=130)
    assert words.subject(counted).startswith("[HIGH] 45 distinct user.name, 203.0.113.9")
    assert ("How often", "45 distinct user.name in 130 events") in words.facts(counted)


def test_an_alert_without_a_group_leaves_no_gap() -> None:
    """One event of one rule reads well too."""
    assert words.subject(message(group=(), count=1)) == "[HIGH] 1 event — SSH brute force"


def test_a_test_is_called_a_test() -> None:
    """Nobody gets up for a test."""
    assert words.subject(message(occasion=Occasion.TEST, title="It works")) == "[TEST] It works"


def test_facts_say_since_when() -> None:
    """The beginning is in UTC and in words."""
    assert ("Since", "2026-01-31T02:14:07Z (12 min ago)") in words.facts(message())
    assert ("Last", "2026-01-31T02:25:07Z") in words.facts(message())


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (3600, "1 h ago"),
        (12_000, "3 h 20 min ago"),
        (86_400, "1 d ago"),
        (100_000, "1 d 3 h ago"),
        (-30, "just now"),
        (-3600, "ahead of the clock"),
    ],
)
def test_ages_are_told_in_two_units(seconds: int, told: str) -> None:
    """An age is short, whatever it is."""
    assert words.ago(timedelta(seconds=seconds)) == told


def test_a_sample_is_its_raw_text_or_its_fields() -> None:
    """A log line is told as it came; JSON, and what has no text, by its fields."""
    fields = (("a", "1"), ("b", "2"))
    three = (Sample(None, "as it came", fields), Sample(None, "", fields), Sample(None, '{"a":1,"b":2}', fields))
    assert words.samples(message(samples=three), 100) == ["as it came", "a=1 b=2", "a=1 b=2"]


def test_at_most_five_samples_are_told() -> None:
    """A thousand samples do not make a longer message."""
    assert len(words.samples(message(samples=(Sample(None, "x"),) * 1000), 100)) == 5


def test_only_web_addresses_are_links() -> None:
    """A reference that is a script is not made clickable."""
    assert words.links(message(references=("javascript:alert(1)", "https://example.com/a"))) == [
        "https://example.com/a"
    ]


def test_a_huge_group_leaves_room_for_the_count() -> None:
    """Forty group fields do not push out how often and since when."""
    labels = [label for label, _ in words.facts(message(group=tuple((f"f{n}", "v") for n in range(40))))]
    assert len(labels) <= 10
    assert labels[-3:] == ["How often", "Since", "Last"]


def test_hostile_words_are_one_short_line_each() -> None:
    """Whatever a log says, a subject is one line of at most 160 characters."""
    subject = words.subject(hostile())
    assert len(subject) <= 160
    assert subject.isprintable()


def test_variants_are_told_with_what_differs_in_marks() -> None:
    """The most frequent one as it is; a character that is not seen is written out."""
    said = (Variant("send 5 now", "ann", 3), Variant("send 9\x1b now", "bob", 1))
    assert words.variants(message(variants=said), 100) == ["3 × ann: send 5 now", "1 × bob: send ‹9\\x1b› now"]
    assert words.variants(message(), 100) == []


def test_facts_say_what_is_normal() -> None:
    """Of a rule that learns it; no line of the others."""
    learnt = "47 in 10 minutes; at this hour 0 to 3 are normal"
    assert ("Normal", learnt) in words.facts(message(normal=learnt))
    assert "Normal" not in dict(words.facts(message()))
