"""Where the elements of a JSON array lie, without reading them: whole columns of bytes at a time.

A broken element must not cost its neighbours, and `_raw` needs each as it came; no JSON library tells.
"""

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from tocsin.formats.body import Body, trim

_ESCAPE: Final = re.compile(rb"\\.", re.DOTALL)
_STEPS: Final = np.zeros(256, dtype=np.int8)
_STEPS[list(b"[{")] = 1
_STEPS[list(b"]}")] = -1
_IS_MARK: Final = np.zeros(256, dtype=bool)
_IS_MARK[list(b"[]{},")] = True
_QUOTE: Final = ord('"')
_COMMA: Final = ord(",")


@dataclass(frozen=True, slots=True)
class _Structure:
    """The commas and brackets outside strings: where they are, which, and how deep one is after each."""

    places: npt.NDArray[np.int64]
    marks: npt.NDArray[np.uint8]
    depths: npt.NDArray[np.int32]


def max_depth(text: bytes) -> int:
    """How deep the brackets of a JSON text nest."""
    return int(_structure(text).depths.max(initial=0))


def split_array(text: bytes) -> Body:
    """The elements of the array that ``text`` begins with, trimmed.

    What follows the array's end is one more element, so that it is rejected and not lost. Where
    brackets or quotes do not balance, the elements after that place are cut wrongly and are rejected.
    """
    structure = _structure(text)
    closed = structure.places[structure.depths == 0]
    end = int(closed[0]) if len(closed) else len(text)
    is_cut = (structure.depths == 1) & (structure.marks == _COMMA) & (structure.places < end)
    cuts = structure.places[is_cut]
    starts = np.concatenate(([1], cuts + 1, [end + 1])).astype(np.int64)
    ends = np.concatenate((cuts, [end, max(len(text), end + 1)])).astype(np.int64)
    return trim(text, starts, ends)


def _structure(text: bytes) -> _Structure:
    # An escaped character never ends a string, and outside strings there are none: blank them.
    blanked = _ESCAPE.sub(b"  ", text) if b"\\" in text else text
    view = np.frombuffer(blanked, dtype=np.uint8)
    is_inside = np.logical_xor.accumulate(view == _QUOTE)
    places = np.flatnonzero(_IS_MARK[view] & ~is_inside)
    marks = view[places]
    return _Structure(places, marks, np.cumsum(_STEPS[marks], dtype=np.int32))
