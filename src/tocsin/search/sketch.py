"""Sketch: a small summary of one row group's values and words that says "surely not in here" or "perhaps".

It is a split-block Bloom filter over hashes of
- each distinct value of a field, folded, together with the field's folded name;
- each word in a value: a run of letters, digits and underscores, where every character beyond ASCII is a letter.

Values and words come from the engine's own columns, so lists are split and case is dropped as matching does it.
Source of the filter: Parquet format, "Bloom Filter" (blocks of 256 bits, one bit set in each of eight words).
"""

import struct
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.engine.compare import EDGE, Texts
from tocsin.engine.fields import Columns
from tocsin.engine.folding import fold_text
from tocsin.formats import REJECTED

BLOCK_BYTES: Final = 32
BITS_AN_ENTRY: Final = 12
"""About one row group in 250 that has not what is sought is opened all the same."""

_WINDOW_BYTES: Final = 1 << 20
"""Text hashed at a time: eight bytes of memory a byte, several times over."""

Hashes = npt.NDArray[np.uint64]
_NO_HASHES: Final = np.empty(0, np.uint64)
_BASE: Final = 0x9E3779B97F4A7C15
_UNBASE: Final = pow(_BASE, -1, 1 << 64)
_SALTS: Final = np.array(
    [0x47B6137B, 0x44974D91, 0x8824AD5B, 0xA2B7289D, 0x705495C7, 0x2DF1424B, 0x9EFC4947, 0x5C6BFB31], np.uint32
)
_LOW: Final = 0xFFFFFFFF
_WORDS: Final = struct.Struct("<8I")
_EXTRA: Final = ""
"""Stands for the name of a field that lies in `_extra`."""
_IS_WORD: Final = np.array(
    [chr(byte).isalnum() or byte == ord("_") if byte < 0x80 else byte != EDGE[0] for byte in range(256)]
)


def sketch(table: pa.Table) -> bytes:
    """Summarise the rows of ``table``, a row group as it is stored, its fields by their own names.

    Cost: one pass over each column's distinct values; no Python per value.
    """
    columns = Columns(table)
    hashes: list[Hashes] = []
    for name, values in columns.each():
        hashes += _hash_texts(values.texts, name or _EXTRA)
    hashes += _hash_texts(Texts(rejected_texts(table)), None)
    return _fill(np.unique(np.concatenate([_NO_HASHES, *hashes])))


def rejected_texts(table: pa.Table) -> pa.Array:
    """The text of each record that no field could be read from: its words are all that can be found of it."""
    if "_error" not in table.column_names or table["_error"].null_count == table.num_rows:
        return pa.array([], pa.string())
    is_rejected = pc.starts_with(table["_error"].cast(pa.string()), REJECTED).fill_null(False)
    return pc.filter(table["_raw"], is_rejected).combine_chunks()


class Probe:
    """Something that a row group must hold to be worth opening. Hundreds of sketches are asked: no arrays here."""

    __slots__ = ("_sought",)

    def __init__(self, *hashes: int) -> None:
        salts = [int(salt) for salt in _SALTS]
        self._sought = [
            (value >> 32, [1 << (((value & _LOW) * salt & _LOW) >> 27) for salt in salts]) for value in hashes
        ]

    def may_be_in(self, blocks: npt.NDArray[np.uint8]) -> bool:
        """Whether any of it may be in the sketch ``blocks``."""
        count = len(blocks) // BLOCK_BYTES
        for high, bits in self._sought:
            words = _WORDS.unpack_from(blocks.data, (high * count >> 32) * BLOCK_BYTES)
            if all(word & bit for word, bit in zip(words, bits, strict=True)):
                return True
        return False


@lru_cache(maxsize=4096)
def value_probe(name: str, value: str) -> Probe:
    """The field ``name`` has the value ``value``, in whatever case."""
    return Probe(_hash_value(name, value), _hash_value(_EXTRA, value))


@lru_cache(maxsize=4096)
def word_probe(word: str) -> Probe:
    """Some value holds the whole word ``word``, in whatever case."""
    return Probe(int(_mix(_hash_words(fold_text(word).encode()))[0]))


def words_of(text: str, *, is_open_left: bool = False, is_open_right: bool = False) -> list[str]:
    """The whole words of ``text``, folded; the first (last) is none if it may go on to the left (right)."""
    data = np.frombuffer(fold_text(text).encode(), np.uint8)
    starts, ends = _runs(data)
    words = [bytes(data[start:end]).decode() for start, end in zip(starts, ends, strict=True)]
    if words and is_open_left and starts[0] == 0:
        words, starts, ends = words[1:], starts[1:], ends[1:]
    if words and is_open_right and ends[-1] == len(data):
        words = words[:-1]
    return words


def _hash_value(name: str, value: str) -> int:
    texts = Texts(pa.array([value], pa.string()))
    return int(_salted(_hash_segments(*_whole(texts)), name)[0])


def _hash_texts(texts: Texts, name: str | None) -> Iterator[Hashes]:
    """The hashes of the words in ``texts``, and with a field's ``name`` of their values."""
    for part in _windows(texts):
        if name is not None:
            yield _salted(_hash_segments(*_whole(part)), name)
        data, _ = part.joined
        yield np.unique(_mix(_hash_segments(data, *_runs(data))))


def _windows(texts: Texts) -> Iterator[Texts]:
    """``texts`` in parts of about `_WINDOW_BYTES`."""
    if not len(texts):
        return
    folded = texts.folded
    offsets = np.frombuffer(folded.buffers()[1], np.int32)[folded.offset : folded.offset + len(folded) + 1]
    cuts = np.unique(np.searchsorted(offsets, np.arange(offsets[0], offsets[-1], _WINDOW_BYTES)))
    bounds = [0, *(cut for cut in cuts.tolist() if 0 < cut < len(folded)), len(folded)]
    for start, end in pairwise(bounds):
        part = Texts(texts.raw.slice(start, end - start))
        part.folded = folded.slice(start, end - start)
        yield part


def _whole(texts: Texts) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The folded texts as one, and where each begins and ends."""
    data, starts = texts.joined
    return data, starts + 1, np.append(starts[1:], len(data) - 1)


def _runs(data: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Where each run of word bytes begins and ends."""
    is_word = np.concatenate([[False], _IS_WORD[data], [False]])
    edges = np.flatnonzero(is_word[1:] != is_word[:-1])
    return edges[::2], edges[1::2]


def _hash_words(data: bytes) -> Hashes:
    return _hash_segments(np.frombuffer(data, np.uint8), np.array([0]), np.array([len(data)]))


def _hash_segments(data: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]) -> Hashes:
    """A hash of each data[start:end]: a polynomial modulo 2^64, from running sums, so that no segment is visited."""
    powers, unpowers = _powers(_round_up(len(data) + 1))
    with np.errstate(over="ignore"):
        sums = np.concatenate([[np.uint64(0)], np.cumsum((data.astype(np.uint64) + 1) * powers[: len(data)])])
        hashes: Hashes = (sums[ends] - sums[starts]) * unpowers[starts]
    return hashes


def _round_up(size: int) -> int:
    return max(_WINDOW_BYTES + (_WINDOW_BYTES >> 3), 1 << size.bit_length())


@lru_cache(maxsize=2)
def _powers(size: int) -> tuple[Hashes, Hashes]:
    """The powers of the base and of its inverse, modulo 2^64."""
    with np.errstate(over="ignore"):
        steps = (np.full(size, base, np.uint64) for base in (_BASE, _UNBASE))
        first, second = (np.concatenate([[np.uint64(1)], np.cumprod(step)[:-1]]) for step in steps)
    return first, second


def _mix(hashes: Hashes) -> Hashes:
    """Spread every bit over all bits (the finish of splitmix64)."""
    with np.errstate(over="ignore"):
        hashes = (hashes ^ (hashes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        hashes = (hashes ^ (hashes >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return hashes ^ (hashes >> np.uint64(31))


def _salted(hashes: Hashes, name: str) -> Hashes:
    salt = _mix(_hash_words(fold_text(name).encode()) + np.uint64(1))
    with np.errstate(over="ignore"):
        return _mix(hashes ^ salt)


def _fill(hashes: Hashes) -> bytes:
    """The filter that holds ``hashes``."""
    blocks = max(1, -(-len(hashes) * BITS_AN_ENTRY // (8 * BLOCK_BYTES)))
    bits = np.zeros(blocks * 8 * BLOCK_BYTES, np.bool_)
    first = _block_of(hashes, blocks) * (8 * BLOCK_BYTES)
    for word, salt in enumerate(_SALTS):
        bits[first + word * 32 + _bit_of(hashes, salt)] = True
    return np.packbits(bits, bitorder="little").tobytes()


def _block_of(hashes: Hashes, blocks: int) -> npt.NDArray[np.int64]:
    return (((hashes >> np.uint64(32)) * np.uint64(blocks)) >> np.uint64(32)).astype(np.int64)


def _bit_of(hashes: Hashes, salt: np.uint32) -> npt.NDArray[np.int64]:
    with np.errstate(over="ignore"):
        return (((hashes & np.uint64(0xFFFFFFFF)).astype(np.uint32) * salt) >> np.uint32(27)).astype(np.int64)
