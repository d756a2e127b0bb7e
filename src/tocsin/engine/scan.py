"""Scan: all signals of one field against all its distinct texts at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from ahocorasick_rs import BytesAhoCorasick

from tocsin.engine.atoms import EDGE, Signal, SignalKind, is_exact, signals
from tocsin.engine.compare import BoolArray, Texts, holds
from tocsin.engine.fields import FieldValues, Ints
from tocsin.rules.model import Test

WINDOW_BYTES: Final = 128 * 1024
"""Text given to the automaton at a time: what it finds comes back as Python objects, so this bounds memory."""

MIN_WINDOWS: Final = 2
"""From this much text on it pays to look at the first window for signals that are too common."""

MAX_HITS_A_TEXT: Final = 0.25
"""A signal seen more often is too common: looking for it alone, and only if a rule asks, costs less."""

MIN_COMMON_HITS: Final = 1_000
"""Fewer hits a window than this are never too common."""

_NONE: Final = np.empty(0, np.int64)
_TEXT_BITS: Final = 32

Lut = BoolArray | bool
"""Truth per distinct value, with one more place at the end for null; or the same for all."""


@dataclass(frozen=True, slots=True)
class Found:
    """Signals found in texts.

    Shape: ``signal`` and ``text`` one entry a pair, each pair once, in order of signal.
    Attributes:
        unsought: signals that were left out, in order; any text may show them.
    """

    signal: Ints
    text: Ints
    unsought: Ints


@dataclass(frozen=True, slots=True)
class _Automaton:
    """Compiled pieces of text.

    Attributes:
        places: per piece the place of its signal, in order.
    """

    matcher: BytesAhoCorasick
    places: Ints

    def find(self, window: npt.NDArray[np.uint8]) -> tuple[Ints, Ints]:
        """The (signal, first byte) of every hit in ``window``."""
        hits = self.matcher.find_matches_as_indexes(window.data, overlapping=True)
        flat = np.fromiter(chain.from_iterable(hits), np.int64, 3 * len(hits))
        return self.places[flat[::3]], flat[1::3]


class Scanner:
    """The tests of one field, compiled.

    Attributes:
        signals: every signal of the field's tests, each once; a signal is known by its place here.
    """

    def __init__(self, tests: Iterable[Test]) -> None:
        self._signals_of = {test: signals(test) for test in tests}
        self.signals = sorted(set(chain.from_iterable(self._signals_of.values())), key=lambda s: (s.kind.name, s.value))
        self._places = {signal: place for place, signal in enumerate(self.signals)}
        self._equal_folded = self._table(SignalKind.EQUAL_FOLDED)
        self._equal_raw = self._table(SignalKind.EQUAL_RAW)
        scanned = self._places_of(SignalKind.SCANNED)
        self._overlap = max((len(self.signals[place].value) for place in scanned), default=1) - 1
        self._automaton = self._compile(scanned) if len(scanned) else None
        self._reduced = (_NONE, self._automaton)

    def signals_of(self, test: Test) -> tuple[Signal, ...]:
        """The signals of ``test``; empty if it has none and must be compared itself."""
        return self._signals_of[test]

    def place(self, signal: Signal) -> int:
        """The place of ``signal`` in `signals`."""
        return self._places[signal]

    def _places_of(self, kind: SignalKind) -> Ints:
        return np.array([place for place, signal in enumerate(self.signals) if signal.kind is kind], np.int64)

    def _table(self, kind: SignalKind) -> tuple[pa.Array, Ints]:
        places = self._places_of(kind)
        return pa.array([self.signals[place].value.decode() for place in places], pa.string()), places

    def _compile(self, places: Ints) -> _Automaton:
        return _Automaton(BytesAhoCorasick([self.signals[place].value for place in places]), places)

    def scan(self, texts: Texts) -> Found:
        """Find the signals in ``texts``.

        Cost: one hash lookup a text and kind, one pass over the folded bytes; no Python per text.
        """
        pairs, unsought = [(_NONE, _NONE)], _NONE
        if len(self._equal_folded[1]):
            pairs.append(_look_up(texts.folded, *self._equal_folded))
        if len(self._equal_raw[1]):
            pairs.append(_look_up(texts.raw, *self._equal_raw))
        if self._automaton:
            found, unsought = self._search(self._automaton, texts.folded)
            pairs += found
        return Found(*_distinct(pairs), unsought)

    def _search(self, automaton: _Automaton, folded: pa.Array) -> tuple[list[tuple[Ints, Ints]], Ints]:
        """The (signal, text) pairs of each window, and what was too common to be sought on."""
        haystack, starts = _join(folded)
        found, unsought = [], _NONE
        for start in range(0, len(haystack), WINDOW_BYTES):
            signal, place = automaton.find(haystack[start : start + WINDOW_BYTES + self._overlap])
            if start == 0 and len(haystack) >= MIN_WINDOWS * WINDOW_BYTES:
                unsought = _common(signal, int(np.searchsorted(starts, WINDOW_BYTES)))
                automaton = self._without(automaton, unsought)
                place, signal = place[~np.isin(signal, unsought)], signal[~np.isin(signal, unsought)]
            text = np.searchsorted(starts, place + start, "right") - 1
            found.append(_distinct([(signal, text)]))
        return found, unsought

    def _without(self, automaton: _Automaton, unsought: Ints) -> _Automaton:
        """The automaton less some signals; batches of one source tend to have the same ones in common."""
        if not np.array_equal(self._reduced[0], unsought):
            self._reduced = (unsought, self._compile(np.setdiff1d(automaton.places, unsought)))
        return self._reduced[1] or automaton


def _common(signal: Ints, texts: int) -> Ints:
    """The signals that are hit too often in a window of ``texts`` texts."""
    counts = np.bincount(signal, minlength=1)
    return np.flatnonzero(counts > max(MIN_COMMON_HITS, MAX_HITS_A_TEXT * texts))


def _join(folded: pa.Array) -> tuple[npt.NDArray[np.uint8], Ints]:
    """All texts as one, an `EDGE` before, between and after them, and where each begins, its `EDGE` included."""
    # Each text with an edge behind it: Arrow lays them out in one buffer already.
    kind = pa.large_binary()
    joined = pc.binary_join_element_wise(folded.cast(kind), pa.scalar(b"", kind), pa.scalar(EDGE, kind))
    offsets = np.frombuffer(joined.buffers()[1], np.int64)[joined.offset : joined.offset + len(joined) + 1]
    data = np.frombuffer(joined.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
    haystack = np.concatenate([np.frombuffer(EDGE, np.uint8), data])
    return haystack, offsets[:-1] - offsets[0]


def _look_up(texts: pa.Array, table: pa.Array, places: Ints) -> tuple[Ints, Ints]:
    """Which text equals which entry of ``table``."""
    entries = pc.index_in(texts, value_set=table)
    at = np.flatnonzero(entries.is_valid().to_numpy(zero_copy_only=False))
    return places[entries.take(pa.array(at)).to_numpy()], at


def _distinct(pairs: list[tuple[Ints, Ints]]) -> tuple[Ints, Ints]:
    """Each pair once, in order."""
    signal, text = (np.concatenate(side) for side in zip(*pairs, strict=True))
    keys = np.sort(signal << _TEXT_BITS | text)  # several times faster than np.unique, which hashes
    keys = keys[np.append(True, keys[1:] != keys[:-1])] if len(keys) else keys
    return keys >> _TEXT_BITS, keys & ((1 << _TEXT_BITS) - 1)


class Scan:
    """What a scanner found in one field of one batch, and from it the truth of each test per value.

    Attributes:
        present: the places of the signals that were found or not sought, in order.
    """

    def __init__(self, scanner: Scanner, values: FieldValues) -> None:
        self.values = values
        self._scanner = scanner
        found = scanner.scan(values.texts)
        self._texts = found.text
        seen, first, counts = np.unique(found.signal, return_index=True, return_counts=True)
        self._hits = {place: slice(f, f + n) for place, f, n in zip(seen.tolist(), first, counts, strict=True)}
        self._unsought = frozenset(found.unsought.tolist())
        self.present = np.union1d(seen, found.unsought)

    def lut(self, test: Test) -> Lut:
        """For which distinct values does ``test`` hold? Never for null."""
        texts = self._texts_of(test)
        if not len(texts):
            return False
        lut = np.zeros(self.values.size + 1, np.bool_)
        lut[self.values.values_of(texts)] = True
        return lut

    def _texts_of(self, test: Test) -> Ints:
        """The places of the texts that ``test`` holds for."""
        places = [self._scanner.place(signal) for signal in self._scanner.signals_of(test)]
        if not places or not self._unsought.isdisjoint(places):
            return np.flatnonzero(holds(test, self.values.texts))
        candidates = self._texts_with(places)
        if is_exact(test) or not len(candidates):
            return candidates
        return candidates[holds(test, self.values.texts.take(candidates))]

    def _texts_with(self, places: list[int]) -> Ints:
        """The places of the texts that show any of the signals at ``places``."""
        hits = [self._texts[self._hits[place]] for place in places if place in self._hits]
        if len(hits) == 1:
            return hits[0]
        return np.unique(np.concatenate(hits)) if hits else _NONE
