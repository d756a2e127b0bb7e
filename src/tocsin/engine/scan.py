"""Scan: all signals of one field against all its distinct texts at once."""

from collections.abc import Iterable, Iterator
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

WINDOW_BYTES: Final = 256 * 1024
"""Text given to the automaton at a time: what it finds comes back as Python objects, so this bounds memory."""

Lut = BoolArray | bool
"""Truth per distinct value, with one more place at the end for null; or the same for all."""


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
        scanned = [signal.value for signal in self.signals if signal.kind is SignalKind.SCANNED]
        self._automaton = BytesAhoCorasick(scanned) if scanned else None
        self._first_scanned = len(self.signals) - len(scanned)
        self._overlap = max(map(len, scanned), default=1) - 1

    def _table(self, kind: SignalKind) -> tuple[pa.Array, Ints]:
        places = [place for place, signal in enumerate(self.signals) if signal.kind is kind]
        values = [self.signals[place].value.decode() for place in places]
        return pa.array(values, pa.string()), np.array(places, np.int64)

    def signals_of(self, test: Test) -> tuple[Signal, ...]:
        """The signals of ``test``; empty if it has none and must be compared itself."""
        return self._signals_of[test]

    def place(self, signal: Signal) -> int:
        """The place of ``signal`` in `signals`."""
        return self._places[signal]

    def scan(self, texts: Texts) -> tuple[Ints, Ints]:
        """Find the signals in ``texts``.

        Shape: out two arrays of one entry a (signal, text), each pair once, in order of signal.
        Cost: one hash lookup a text and kind, one pass over the folded bytes; no Python per text.
        """
        found = [
            _look_up(texts.folded, *self._equal_folded) if len(self._equal_folded[1]) else None,
            _look_up(texts.raw, *self._equal_raw) if len(self._equal_raw[1]) else None,
            self._search(self._automaton, texts.folded) if self._automaton else None,
        ]
        pairs = [pair for pair in found if pair is not None]
        if not pairs:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        return _distinct(np.concatenate([p[0] for p in pairs]), np.concatenate([p[1] for p in pairs]), len(texts))

    def _search(self, automaton: BytesAhoCorasick, folded: pa.Array) -> tuple[Ints, Ints]:
        haystack, starts = _join(folded)
        found = [
            _distinct(patterns + self._first_scanned, np.searchsorted(starts, places, "right") - 1, len(folded))
            for patterns, places in self._hits(automaton, haystack)
        ]
        if not found:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        return np.concatenate([pair[0] for pair in found]), np.concatenate([pair[1] for pair in found])

    def _hits(self, automaton: BytesAhoCorasick, haystack: npt.NDArray[np.uint8]) -> Iterator[tuple[Ints, Ints]]:
        """The (pattern, first byte) of every hit, a window at a time; one in the overlap comes twice."""
        for start in range(0, len(haystack), WINDOW_BYTES):
            window = haystack[start : start + WINDOW_BYTES + self._overlap].data
            hits = automaton.find_matches_as_indexes(window, overlapping=True)
            if hits:
                flat = np.fromiter(chain.from_iterable(hits), np.int64, 3 * len(hits))
                yield flat[::3], flat[1::3] + start


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


def _distinct(signal: Ints, text: Ints, texts: int) -> tuple[Ints, Ints]:
    """Each pair once, in order."""
    keys = np.unique(signal * texts + text)
    return keys // texts, keys % texts


class Scan:
    """What a scanner found in one field of one batch, and from it the truth of each test per value.

    Attributes:
        present: the places of the signals that were found at all.
    """

    def __init__(self, scanner: Scanner, values: FieldValues) -> None:
        self.values = values
        self._scanner = scanner
        found, self._texts = scanner.scan(values.texts)
        self.present, first, counts = np.unique(found, return_index=True, return_counts=True)
        self._hits = {p: slice(f, f + n) for p, f, n in zip(self.present.tolist(), first, counts, strict=True)}

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
        if not places:
            return np.flatnonzero(holds(test, self.values.texts))
        hits = [self._texts[self._hits[place]] for place in places if place in self._hits]
        if not hits:
            return np.empty(0, np.int64)
        candidates = hits[0] if len(hits) == 1 else np.unique(np.concatenate(hits))
        if is_exact(test):
            return candidates
        return candidates[holds(test, self.values.texts.take(candidates))]
