"""What a sketch says is certain when it says no."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.engine.test_oracle import PIECES, events
from tests.unit.search.cases import rows

from tocsin.rules import model
from tocsin.rules.model import Operator
from tocsin.search.judge import Judge
from tocsin.search.pruning import Content, may_hold
from tocsin.search.sketch import sketch, value_probe, word_probe, words_of
from tocsin.search.tree import Ask, Word

SEEN = (*PIECES, "_", "-", "7", "日本", "–", "\x7f", "é", "q")
texts = st.lists(st.sampled_from(SEEN), min_size=1, max_size=5).map("".join)
patterns = st.lists(st.sampled_from((*SEEN, "*", "?")), min_size=1, max_size=6).map("".join)
leaves = st.one_of(
    st.builds(lambda text: Ask(model.Test("host", Operator.EQUALS, text)), texts),
    st.builds(lambda text: Ask(model.Test("größe", Operator.LIKE, text)), patterns),
    st.builds(Word, patterns.filter(lambda pattern: pattern.strip("*"))),
)


def of(*given_events):
    """The sketch of ``given_events``."""
    return np.frombuffer(sketch(rows(given_events)), np.uint8)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    leaves,
    st.lists(st.one_of(events, st.dictionaries(st.sampled_from(["host", "Host", "GRÖßE", "_raw"]), texts)), max_size=4),
)
def test_what_a_query_finds_is_never_passed_over(leaf, given_events):
    """Whatever its case, its script, its place in a list or in `_extra`."""
    table = rows(given_events)
    is_found = Judge(leaf).holds(table, "web").any()
    content = Content("web", {}, None, np.frombuffer(sketch(table), np.uint8))
    assert may_hold(leaf, content) or not is_found


def test_what_is_not_there_is_seldom_opened():
    """At most one probe in a hundred is wrong, over values and over words."""
    blocks = of(*({"id": f"value-{number}", "other": f"x{number}"} for number in range(3000)))
    assert sum(value_probe("id", f"value-{number}").may_be_in(blocks) for number in range(3000, 5000)) < 20
    assert sum(word_probe(f"x{number}").may_be_in(blocks) for number in range(3000, 5000)) < 20


def test_a_value_is_known_with_its_field():
    """`anna` as a host does not open a row group for a user of that name."""
    blocks = of({"host": "anna", "user": "bob"})
    assert value_probe("HOST", "Anna").may_be_in(blocks)
    assert not value_probe("user", "anna").may_be_in(blocks)


def test_a_text_longer_than_a_window_has_its_words():
    """A line of megabytes, and what comes after it."""
    blocks = of({"line": "x y " * 600_000 + "needle"}, {"line": "second"})
    assert word_probe("needle").may_be_in(blocks)
    assert word_probe("second").may_be_in(blocks)
    assert value_probe("line", "second").may_be_in(blocks)


def test_a_rejected_record_has_its_words_in_the_sketch():
    """The raw text of others is not in it: nobody looks for words there."""
    blocks = of({"_error": "rejected: no", "_raw": "broken {"}, {"a": "b", "_raw": "whole"})
    assert word_probe("broken").may_be_in(blocks)
    assert not word_probe("whole").may_be_in(blocks)


@pytest.mark.parametrize(
    ("text", "left", "right", "words"),
    [
        ("/Admin/login", False, False, ["admin", "login"]),
        ("/admin/login", True, True, ["admin"]),
        ("admin", True, False, []),
        ("a-b", False, True, ["a"]),
        ("", False, False, []),
    ],
)
def test_a_word_that_may_go_on_is_not_whole(text, left, right, words):
    """Only whole words can be looked up."""
    assert words_of(text, is_open_left=left, is_open_right=right) == words


def test_an_empty_row_group_has_a_sketch():
    """It holds nothing."""
    blocks = of()
    assert not word_probe("a").may_be_in(blocks)
