"""The variants of what was said."""

from tocsin.apps.detect.variants import MAX_VARIANTS, joined, merge_variants
from tocsin.engine.episodes import Saying


def test_texts_are_counted_and_the_most_frequent_come_first() -> None:
    """The actor is the one who was told first."""
    known = merge_variants([], [Saying("one", "ann", 2), Saying("two", "bob", 1)])
    assert merge_variants(known, [Saying("two", "cat", 5)]) == [
        {"text": "two", "actor": "bob", "count": 6},
        {"text": "one", "actor": "ann", "count": 2},
    ]


def test_their_number_is_bounded() -> None:
    """However many there are."""
    said = [Saying(f"text {number}", "ann", number) for number in range(50)]
    assert [each["count"] for each in merge_variants([], said)] == list(range(49, 49 - MAX_VARIANTS, -1))


def test_a_text_that_a_database_refuses_is_stored() -> None:
    """A NUL becomes what can be kept."""
    assert merge_variants([], [Saying("a\0b", "\0", 1)]) == [{"text": "a\ufffdb", "actor": "\ufffd", "count": 1}]


def test_those_of_joined_alerts_add_up() -> None:
    """Late events showed that they are one."""
    one, two = ([{"text": "x", "actor": name, "count": 2}] for name in ("ann", "bob"))
    assert joined([one, two]) == [{"text": "x", "actor": "ann", "count": 4}]
