"""The sign of a text: 128 bytes that agree with another text's in as many places as the texts have in common.

Each byte is of the least of the text's four-letter pieces under one of 128 orders (MinHash, b-bit minwise hashing):
the share of equal bytes estimates how many of both texts' pieces are in both. Pieces of letters, not words, so that
spacing does not matter, and scripts without spaces are compared alike.

Source: Broder, "On the resemblance and containment of documents" (1997); Li and König, "b-Bit Minwise Hashing" (2010).
"""

from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Signs = npt.NDArray[np.uint8]
"""Shape (n texts, `SIZE`)."""

SIZE: Final = 128
PIECE: Final = 4
_CHUNK: Final = 20_000
"""Texts that are signed at a time: what is needed meanwhile stays small."""
_BLOCK: Final = 60_000
"""Pieces that are looked at together: they fit the processor's cache."""
_WIDE: Final = 0x2E80
"""From here on scripts say with one letter what others say with about three."""
_RNG: Final = np.random.default_rng(20_250_105)
_ODDS: Final = _RNG.integers(0, 2**31, SIZE, np.uint32) * np.uint32(2) + np.uint32(1)
_FLIPS: Final = _RNG.integers(0, 2**32, SIZE, np.uint32)
_MIX: Final = np.uint32(0x85EBCA6B)


def sign(letters: pa.StringArray) -> Signs:
    """The signs of texts by their `letters`; of no letters it is all zeros."""
    signs = np.zeros((len(letters), SIZE), np.uint8)
    for start in range(0, len(letters), _CHUNK):
        _sign(letters.slice(start, _CHUNK), signs[start : start + _CHUNK])
    return signs


def lengths(letters: pa.StringArray) -> npt.NDArray[np.int64]:
    """How long each text is in letters, those of scripts that say more with one counted three times."""
    count: npt.NDArray[np.int64] = pc.utf8_length(letters).to_numpy(zero_copy_only=False).astype(np.int64)
    is_ascii = pc.string_is_ascii(letters).to_numpy(zero_copy_only=False)
    strange = np.flatnonzero(~is_ascii)
    if len(strange):
        codes, starts = _codes(letters.take(pa.array(strange)))
        wide = np.append(0, np.cumsum(codes >= _WIDE))
        count[strange] += 2 * (wide[starts[1:]] - wide[starts[:-1]])
    return count


def _codes(letters: pa.StringArray) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.int64]]:
    """All letters one after the other, and where each text begins, with the end of the last."""
    counts = pc.utf8_length(letters).to_numpy(zero_copy_only=False).astype(np.int64)
    joined = "".join(letters.to_pylist())
    return np.frombuffer(joined.encode("utf-32-le"), np.uint32), np.append(0, np.cumsum(counts))


def _pieces(codes: npt.NDArray[np.uint32]) -> npt.NDArray[np.uint32]:
    """A hash of the piece that begins at each letter."""
    padded = np.append(codes, np.zeros(PIECE, np.uint32))
    hashed = np.zeros(len(codes), np.uint32)
    for place in range(PIECE):
        hashed *= np.uint32(0x01000193)
        hashed += padded[place : place + len(codes)] * np.uint32(0x9E3779B1)
        hashed ^= hashed >> np.uint32(15)
    hashed *= _MIX
    hashed ^= hashed >> np.uint32(13)
    return hashed


def _sign(letters: pa.StringArray, signs: Signs) -> None:
    codes, starts = _codes(letters)
    hashed = np.append(_pieces(codes), np.uint32(0))
    sizes = np.maximum(np.diff(starts) - PIECE + 1, 0)
    order = np.argsort(sizes, kind="stable")
    order = order[np.searchsorted(sizes[order], 1) :]  # a text without a whole piece has no sign
    done = 0
    while done < len(order):
        # Texts of about one length are one matrix: the shorter ones repeat their last piece, which changes nothing.
        shortest = int(sizes[order[done]])
        upto = int(np.searchsorted(sizes[order], shortest + shortest // 8 + 1))
        upto = min(upto, done + max(1, _BLOCK // shortest))
        rows = order[done:upto]
        longest = int(sizes[rows[-1]])
        places = np.minimum(np.arange(longest)[:, None], sizes[rows] - 1) + starts[rows]
        signs[rows] = _minima(hashed[places])
        done = upto


def _minima(pieces: npt.NDArray[np.uint32]) -> Signs:
    """The low byte of the least piece under each order. Shape: in (pieces, texts), out (texts, `SIZE`)."""
    found = np.empty((SIZE, pieces.shape[1]), np.uint32)
    mixed = np.empty_like(pieces)
    for place in range(SIZE):
        np.bitwise_xor(pieces, _FLIPS[place], out=mixed)
        np.multiply(mixed, _ODDS[place], out=mixed)
        np.min(mixed, axis=0, out=found[place])
    return found.astype(np.uint8).T
