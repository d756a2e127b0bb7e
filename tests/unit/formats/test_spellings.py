"""Spellings of JSON values."""

import orjson
import pyarrow as pa
import pytest

from tocsin.formats.spellings import print_plain, resolve_escapes


def test_only_texts_with_escapes_are_resolved() -> None:
    """Their places and what they stand for, however often each stands there."""
    places, resolved = resolve_escapes(pa.array(["a", r"b\\c", "d", r"\u00e9", r"b\\c"]))
    assert places.tolist() == [1, 3, 4]
    assert resolved.to_pylist() == ["b\\c", "é", "b\\c"]
    assert resolve_escapes(pa.array(["a"]))[1].to_pylist() == []


def test_numbers_and_literals_are_printed_as_the_slow_way_prints_them() -> None:
    """What is odd is read once; null is none."""
    places, printed = print_plain(pa.array(["1", "1.50", "null", "true", "1", "-0"]))
    assert printed.take(pa.array(places)).to_pylist() == ["1", "1.5", None, "true", "1", "0"]


def test_what_is_no_json_is_refused() -> None:
    """The caller then reads the slow way."""
    with pytest.raises(orjson.JSONDecodeError):
        print_plain(pa.array(["01"]))
    with pytest.raises(orjson.JSONDecodeError):
        resolve_escapes(pa.array([r"\x"]))
