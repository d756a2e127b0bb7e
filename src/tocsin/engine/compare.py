"""Compare: one test against many texts at once, an operator a function. No Python per text."""

import re
from collections.abc import Callable
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.engine.addresses import Addresses, parse_network
from tocsin.engine.folding import fold
from tocsin.engine.literals import least_length, like_to_regex
from tocsin.formats.moments import OUT_OF_RANGE, TIME, read_moments
from tocsin.rules.model import Operator, Test

NUMBER: Final = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
"""A number as JSON writes it; leading zeros are passed over."""

EDGE: Final = b"\xff"
"""Stands between the texts that are scanned as one: a byte that UTF-8 never has."""

_LONG_LINE: Final = re.compile(r"\.\{([0-9]{1,4}),\}")
"""What rules ask long command lines by; to count is a thousand times faster than to match."""

BoolArray = npt.NDArray[np.bool_]


class Texts:
    """Texts with what is computed from them at most once.

    Shape: ``raw`` a string array without nulls; everything else one entry a text.
    """

    def __init__(self, raw: pa.Array) -> None:
        self.raw = raw

    def __len__(self) -> int:
        return len(self.raw)

    def take(self, places: npt.NDArray[np.int64]) -> "Texts":
        """The texts at ``places``; what was folded stays folded."""
        chosen = pa.array(places)
        texts = Texts(self.raw.take(chosen))
        if "folded" in self.__dict__:
            texts.folded = self.folded.take(chosen)
        return texts

    @cached_property
    def folded(self) -> pa.Array:
        """The texts without case."""
        return fold(self.raw)

    @cached_property
    def joined(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """The folded texts as one, an `EDGE` around each; and where each begins, its `EDGE` included."""
        # Arrow lays them out in one buffer already.
        kind = pa.large_binary()
        joined = pc.binary_join_element_wise(self.folded.cast(kind), pa.scalar(b"", kind), pa.scalar(EDGE, kind))
        offsets = np.frombuffer(joined.buffers()[1], np.int64)[joined.offset : joined.offset + len(joined) + 1]
        data = np.frombuffer(joined.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]]
        return np.concatenate([np.frombuffer(EDGE, np.uint8), data]), offsets[:-1] - offsets[0]

    @cached_property
    def laid(self) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
        """The folded texts one after the other, nothing between them; where each begins, and the last ends."""
        # Arrow lays them out so already: nothing is copied.
        offsets = np.frombuffer(self.folded.buffers()[1] or bytes(4), np.int32)
        offsets = offsets[self.folded.offset : self.folded.offset + len(self) + 1].astype(np.int64)
        return np.frombuffer(self.folded.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]], offsets - offsets[0]

    @cached_property
    def numbers(self) -> npt.NDArray[np.float64]:
        """The texts as finite 64-bit floats; NaN for what is no such number."""
        numbers = np.full(len(self), np.nan)
        places = np.flatnonzero(_mask(pc.match_substring_regex(self.raw, rf"\A{NUMBER}\z")))
        numbers[places] = self.raw.take(pa.array(places)).cast(pa.float64()).to_numpy()
        numbers[np.isinf(numbers)] = np.nan
        return numbers

    @cached_property
    def addresses(self) -> Addresses:
        """The texts as addresses."""
        return Addresses.parse(self.raw)

    @cached_property
    def moments(self) -> pa.Array:
        """The texts as moments in UTC; null for what is none."""
        moments = read_moments(self.raw)
        return pc.if_else(pc.equal(moments, OUT_OF_RANGE), pa.scalar(None, pa.int64()), moments).cast(TIME)

    def side(self, test: Test) -> pa.Array:
        """The texts as ``test`` wants them: as they are, or without case."""
        return self.raw if test.is_cased else self.folded


def holds(test: Test, texts: Texts) -> BoolArray:
    """For which of ``texts`` does ``test`` hold?

    ``test`` is canonical (`atoms.canonical`) and of an operator that looks at one text.
    """
    return _COMPARE[test.operator](test, texts)


def _mask(array: pa.Array) -> BoolArray:
    mask: BoolArray = array.to_numpy(zero_copy_only=False)
    return mask


def _equals(test: Test, texts: Texts) -> BoolArray:
    return _mask(pc.equal(texts.side(test), test.value))


def _contains(test: Test, texts: Texts) -> BoolArray:
    return _mask(pc.match_substring(texts.side(test), test.value))


def _startswith(test: Test, texts: Texts) -> BoolArray:
    return _mask(pc.starts_with(texts.side(test), test.value))


def _endswith(test: Test, texts: Texts) -> BoolArray:
    return _mask(pc.ends_with(texts.side(test), test.value))


def _like(test: Test, texts: Texts) -> BoolArray:
    return _mask(pc.match_substring_regex(texts.side(test), like_to_regex(test.value)))


def _regex(test: Test, texts: Texts) -> BoolArray:
    if found := _LONG_LINE.fullmatch(test.value):
        return _longest_lines(texts.raw) >= int(found[1])
    mask = np.zeros(len(texts), np.bool_)
    # A long repetition costs RE2 most, and most values are too short for it: a character is at least a byte.
    places = np.flatnonzero(_mask(pc.greater_equal(pc.binary_length(texts.raw), least_length(test.value))))
    mask[places] = _mask(pc.match_substring_regex(texts.raw.take(pa.array(places)), test.value))
    return mask


def _longest_lines(texts: pa.Array) -> npt.NDArray[np.int64]:
    """The characters of each text's longest line."""
    lines = pc.split_pattern(texts, "\n")
    lengths = pc.utf8_length(lines.flatten()).to_numpy().astype(np.int64)
    longest: npt.NDArray[np.int64] = (
        np.maximum.reduceat(lengths, lines.offsets.to_numpy()[:-1]) if len(texts) else lengths
    )
    return longest


def _cidr(test: Test, texts: Texts) -> BoolArray:
    return texts.addresses.are_in(parse_network(test.value))


def _lt(test: Test, texts: Texts) -> BoolArray:
    return texts.numbers < float(test.value)


def _lte(test: Test, texts: Texts) -> BoolArray:
    return texts.numbers <= float(test.value)


def _gt(test: Test, texts: Texts) -> BoolArray:
    return texts.numbers > float(test.value)


def _gte(test: Test, texts: Texts) -> BoolArray:
    return texts.numbers >= float(test.value)


def _moment_part(test: Test, texts: Texts) -> BoolArray:
    part = _MOMENT_PARTS[test.operator](texts.moments)
    return _mask(pc.fill_null(pc.equal(part, int(test.value)), False))


_MOMENT_PARTS: Final = {
    Operator.MINUTE: pc.minute,
    Operator.HOUR: pc.hour,
    Operator.DAY: pc.day,
    Operator.WEEK: pc.iso_week,
    Operator.MONTH: pc.month,
    Operator.YEAR: pc.year,
}
_COMPARE: Final[dict[Operator, Callable[[Test, Texts], BoolArray]]] = {
    Operator.EQUALS: _equals,
    Operator.CONTAINS: _contains,
    Operator.STARTSWITH: _startswith,
    Operator.ENDSWITH: _endswith,
    Operator.LIKE: _like,
    Operator.REGEX: _regex,
    Operator.CIDR: _cidr,
    Operator.LT: _lt,
    Operator.LTE: _lte,
    Operator.GT: _gt,
    Operator.GTE: _gte,
    **dict.fromkeys(_MOMENT_PARTS, _moment_part),
}
