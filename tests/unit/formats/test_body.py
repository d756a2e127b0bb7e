"""Bodies are cut into records, and their text is kept."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tocsin.formats.body import Body, join_lines, read_texts, split_lines, trim
from tocsin.kernel.limits import MAX_RECORD_BYTES


@given(st.lists(st.text(alphabet="ab é\t\r\x00\x1b", max_size=30)))
def test_lines_are_trimmed_and_blank_ones_are_no_records(lines: list[str]) -> None:
    """Every line comes back without the spaces around it; those with nothing else do not."""
    texts = read_texts(split_lines("\n".join(lines).encode()))
    expected = [line.strip(" \t\r\n") for line in lines]
    assert texts.raw.to_pylist() == [line for line in expected if line]
    assert not texts.rejected
    assert not texts.notes


@given(st.binary(max_size=200))
def test_any_bytes_become_text_that_differs_only_where_it_is_noted(data: bytes) -> None:
    """Invalid UTF-8 is replaced and noted, record by record; the others are as they came."""
    body = split_lines(data)
    texts = read_texts(body)
    texts.raw.validate(full=True)
    for row, text in enumerate(texts.raw.to_pylist()):
        assert (text.encode() == body[row]) == (row not in texts.notes)


def test_a_long_run_of_spaces_is_trimmed_like_a_short_one() -> None:
    """A line of many spaces around a word is that word, and one of spaces alone is no record."""
    body = split_lines(b" " * 1000 + b"x" + b" " * 1000 + b"\n" + b" " * 5000 + b"\ny")
    assert [body[row] for row in range(len(body))] == [b"x", b"y"]


def test_a_byte_order_mark_is_no_part_of_the_first_record() -> None:
    """The mark that Windows tools write is passed over."""
    assert read_texts(split_lines(b"\xef\xbb\xbfa\nb")).raw.to_pylist() == ["a", "b"]


def test_what_is_too_long_is_cut_and_rejected_and_its_neighbours_are_whole() -> None:
    """One record over the limit costs nothing but itself."""
    texts = read_texts(split_lines(b"a\n" + b"x" * (MAX_RECORD_BYTES + 1) + b"\nb"))
    assert [len(text) for text in texts.raw.to_pylist()] == [1, MAX_RECORD_BYTES, 1]
    assert texts.rejected == {1: "the record is longer than 1,048,576 bytes"}


def test_records_that_commas_part_are_joined_by_line_ends() -> None:
    """An array's elements become lines; lines stay the bytes that they are."""
    apart = Body(b"[a,b]", np.array([1, 3]), np.array([2, 4]))
    joined = join_lines(apart)
    assert (joined.data, joined[0], joined[1]) == (b"a\nb", b"a", b"b")
    lines = split_lines(b"a\r\n\n b")
    assert join_lines(lines) is lines


def test_spans_of_nothing_are_dropped() -> None:
    """Trimming leaves no empty record."""
    assert len(trim(b"  ", np.array([0, 1]), np.array([1, 1]))) == 0
