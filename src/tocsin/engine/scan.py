"""Scan: all signals of one field against all its distinct texts at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from ahocorasick_rs import BytesAhoCorasick, Implementation

from tocsin.engine.atoms import Signal, SignalKind, is_exact, signals
from tocsin.engine.compare import EDGE, BoolArray, Texts, holds
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

MAX_SCANS_WITHOUT: Final = 256
"""Scans after which what was too common is sought again."""

MAX_TABLE_BYTES: Final = 64 * 1024
"""Signals of so many bytes become a table of transitions, of up to 16 MB and twice as fast; more become a graph."""

MAX_SKIPPED: Final = 16
"""Up to so many signals, to skip to a byte that they begin with is faster than to look at every byte."""

_NEVER: Final = [b"\xf8", b"\xf9", b"\xfa", b"\xfb"]
"""Bytes that UTF-8 does not have, sought so that more first bytes are to be skipped to than pays."""

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
class Sought:
    """What betrays a test.

    Attributes:
        places: its signals; empty if it has none and must be compared itself.
        is_exact: whether every text that shows one passes the test, without a second look.
    """

    places: tuple[int, ...]
    is_exact: bool


@dataclass(frozen=True, slots=True)
class _Automaton:
    """Compiled pieces of text.

    Attributes:
        places: per piece the place of its signal, in order.
    """

    matcher: BytesAhoCorasick
    places: Ints

    def find(self, window: npt.NDArray[np.uint8]) -> tuple[Ints, Ints, Ints]:
        """The (signal, first byte, byte behind the last) of every hit in ``window``."""
        hits = self.matcher.find_matches_as_indexes(window.data, overlapping=True)
        flat = np.fromiter(chain.from_iterable(hits), np.int64, 3 * len(hits))
        return self.places[flat[::3]], flat[1::3], flat[2::3]


@dataclass(frozen=True, slots=True)
class _Seeking:
    """What is sought at present.

    Attributes:
        unsought: the signals that are left out, in order.
        scans: how often that was so.
    """

    automaton: _Automaton | None
    unsought: Ints = field(default_factory=lambda: _NONE)
    scans: int = 0


class Scanner:
    """The tests of one field, compiled.

    Attributes:
        signals: every signal of the field's tests, each once; a signal is known by its place here.
        sought: per test what betrays it.
    """

    def __init__(self, tests: Iterable[Test]) -> None:
        signals_of = {test: signals(test) for test in tests}
        self.signals = sorted(set(chain.from_iterable(signals_of.values())), key=lambda s: (s.kind.name, s.value))
        self._places = {signal: place for place, signal in enumerate(self.signals)}
        self.sought = {
            test: Sought(tuple(self._places[signal] for signal in found), is_exact(test))
            for test, found in signals_of.items()
        }
        self._equal_folded = self._table(SignalKind.EQUAL_FOLDED)
        self._equal_raw = self._table(SignalKind.EQUAL_RAW)
        self._scanned = self._places_of(SignalKind.SCANNED)
        self._has_edges = any(EDGE in self.signals[place].value for place in self._scanned)
        self._overlap = max((len(self.signals[place].value) for place in self._scanned), default=1) - 1

    @cached_property
    def _seeking(self) -> _Seeking:
        """Compiled with the first batch that has the field: most fields of all rules are in no event of a source."""
        return _Seeking(self._compile(self._scanned))

    def place(self, signal: Signal) -> int:
        """The place of ``signal`` in `signals`."""
        return self._places[signal]

    def _places_of(self, kind: SignalKind) -> Ints:
        return np.array([place for place, signal in enumerate(self.signals) if signal.kind is kind], np.int64)

    def _table(self, kind: SignalKind) -> tuple[pa.Array, Ints]:
        places = self._places_of(kind)
        return pa.array([self.signals[place].value.decode() for place in places], pa.string()), places

    def _compile(self, places: Ints) -> _Automaton | None:
        """An automaton of the signals at ``places``; None if there are none."""
        pieces = [self.signals[place].value for place in places]
        if not pieces:
            return None
        is_small = sum(map(len, pieces)) <= MAX_TABLE_BYTES
        if len(pieces) > MAX_SKIPPED:
            pieces += _NEVER
        kind = Implementation.DFA if is_small else Implementation.ContiguousNFA
        return _Automaton(BytesAhoCorasick(pieces, implementation=kind), places)

    def scan(self, *fields: Texts) -> Found:
        """Find the signals in the texts of ``fields``, which are numbered through from the first field to the last.

        Cost: one hash lookup a text and kind, one pass over the folded bytes; no Python per text.
        """
        pairs = [(_NONE, _NONE)]
        firsts = np.cumsum([0, *map(len, fields)])
        for first, texts in zip(firsts.tolist(), fields, strict=False):
            for table, side in ((self._equal_folded, "folded"), (self._equal_raw, "raw")):
                if len(table[1]):
                    signal, text = _look_up(getattr(texts, side), *table)
                    pairs.append((signal, text + first))
        seeking = self._start()
        for haystack, starts, numbers in _join(fields, firsts.tolist(), has_edges=self._has_edges):
            found, seeking = self._search(haystack, starts, seeking)
            pairs += [(signal, numbers[text]) for signal, text in found]
        self._seeking = seeking
        return Found(*_distinct(pairs), seeking.unsought)

    def _start(self) -> _Seeking:
        """What was too common before is sought again from time to time; events change."""
        known = self._seeking
        if len(known.unsought) and known.scans >= MAX_SCANS_WITHOUT:
            return _Seeking(self._compile(self._scanned))
        return replace(known, scans=known.scans + 1)

    def _search(
        self, haystack: npt.NDArray[np.uint8], starts: Ints, seeking: _Seeking
    ) -> tuple[list[tuple[Ints, Ints]], _Seeking]:
        """The (signal, text) pairs of each window, and what is sought from here on."""
        found = []
        for start in range(0, len(haystack), WINDOW_BYTES):
            if not seeking.automaton:
                break
            signal, place, end = seeking.automaton.find(haystack[start : start + WINDOW_BYTES + self._overlap])
            if start == 0 and len(haystack) >= MIN_WINDOWS * WINDOW_BYTES:
                seeking = self._leave_out(_common(signal, int(np.searchsorted(starts, WINDOW_BYTES))), seeking)
                is_kept = ~np.isin(signal, seeking.unsought)
                signal, place, end = signal[is_kept], place[is_kept], end[is_kept]
            text = np.searchsorted(starts, place + start, "right") - 1
            if not self._has_edges:  # nothing stands between the texts, so that a hit may reach into the next
                is_inside = end + start <= np.append(starts, len(haystack))[text + 1]
                signal, text = signal[is_inside], text[is_inside]
            found.append(_distinct([(signal, text)]))
        return found, seeking

    def _leave_out(self, common: Ints, seeking: _Seeking) -> _Seeking:
        """Seek no further what is too common, in later batches neither: those of one source are alike."""
        if not len(common):
            return seeking
        unsought = np.union1d(seeking.unsought, common)
        return _Seeking(self._compile(np.setdiff1d(self._scanned, unsought)), unsought)


def _common(signal: Ints, texts: int) -> Ints:
    """The signals that are hit too often in a window of ``texts`` texts."""
    counts = np.bincount(signal, minlength=1)
    return np.flatnonzero(counts > max(MIN_COMMON_HITS, MAX_HITS_A_TEXT * texts))


def _join(
    fields: Sequence[Texts], firsts: Sequence[int], *, has_edges: bool
) -> Iterator[tuple[npt.NDArray[np.uint8], Ints, Ints]]:
    """Texts as one, where each begins, and its number; an `EDGE` around each if signals ask for edges.

    Long ones as they are, all short ones together: to copy costs time, and so does every haystack.
    """
    short = []
    for texts, first in zip(fields, firsts, strict=False):
        if len(texts):
            data, starts = texts.joined if has_edges else texts.laid
            numbers = np.arange(first, first + len(texts))
            if len(data) >= WINDOW_BYTES:
                yield data, starts[: len(texts)], numbers
            else:
                short.append((data, starts[: len(texts)], numbers))
    if short:
        bases = np.cumsum([0, *(len(data) for data, _, _ in short)]).tolist()
        places = [starts + base for base, (_, starts, _) in zip(bases, short, strict=False)]
        numbers = np.concatenate([numbers for _, _, numbers in short])
        yield np.concatenate([data for data, _, _ in short]), np.concatenate(places), numbers


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


class _Hits:
    """What a scanner found in a batch.

    Attributes:
        present: the places of the signals that were found or not sought, in order.
    """

    def __init__(self, scanner: Scanner, *fields: Texts) -> None:
        self._sought = scanner.sought
        found = scanner.scan(*fields)
        self._texts = found.text
        seen, first, counts = np.unique(found.signal, return_index=True, return_counts=True)
        ends = (first + counts).tolist()
        self._hits = {place: (f, e) for place, f, e in zip(seen.tolist(), first.tolist(), ends, strict=True)}
        self._unsought = frozenset(found.unsought.tolist())
        self.present = np.union1d(seen, found.unsought) if len(found.unsought) else seen

    def _candidates(self, sought: Sought) -> Ints | None:
        """The places of the texts that show any signal of a test; None if that was not looked for."""
        if not sought.places or (self._unsought and not self._unsought.isdisjoint(sought.places)):
            return None
        known = self._hits
        hits = [self._texts[slice(*known[place])] for place in sought.places if place in known]
        if len(hits) == 1:
            return hits[0]
        return np.unique(np.concatenate(hits)) if hits else _NONE


class Scan(_Hits):
    """What a scanner found in one field, and from it the truth of each test per value."""

    def __init__(self, scanner: Scanner, values: FieldValues) -> None:
        super().__init__(scanner, values.texts)
        self.values = values

    def lut(self, test: Test) -> Lut:
        """For which distinct values does ``test`` hold? Never for null."""
        sought = self._sought[test]
        texts = self._candidates(sought)
        if texts is None or (len(texts) and not sought.is_exact):
            texts = _filter(test, self.values.texts, texts)
        return _lut(self.values, texts)


class KeywordScan(_Hits):
    """What a scanner found in every field of some rows, and from it the truth of each test per row."""

    def __init__(self, scanner: Scanner, fields: Sequence[FieldValues]) -> None:
        super().__init__(scanner, *(values.texts for values in fields))
        self._fields = fields
        self._firsts = np.cumsum([0, *(len(values.texts) for values in fields)])

    def mask(self, test: Test) -> BoolArray | bool:
        """For which rows does ``test`` hold in any field?"""
        sought = self._sought[test]
        mask: BoolArray | bool = False
        for values, texts in self._by_field(self._candidates(sought)):
            if texts is None or not sought.is_exact:
                texts = _filter(test, values.texts, texts)  # noqa: PLW2901 - the same, fewer
            lut = _lut(values, texts)
            mask = mask if isinstance(lut, bool) else mask | lut.take(values.codes)
        return mask

    def _by_field(self, texts: Ints | None) -> Iterator[tuple[FieldValues, Ints | None]]:
        """The fields that ``texts`` stand in, with the places in each; every field, all of it, for None."""
        if texts is None:
            yield from ((values, None) for values in self._fields)
            return
        field_of_text = np.searchsorted(self._firsts, texts, "right") - 1
        for place in np.unique(field_of_text).tolist():
            yield self._fields[place], texts[field_of_text == place] - self._firsts[place]


def _filter(test: Test, texts: Texts, candidates: Ints | None) -> Ints:
    """Those of ``candidates`` (None: of all) that ``test`` holds for."""
    if candidates is None:
        return np.flatnonzero(holds(test, texts))
    return candidates[holds(test, texts.take(candidates))]


def _lut(values: FieldValues, texts: Ints) -> Lut:
    """The values that ``texts`` belong to."""
    if not len(texts):
        return False
    lut = np.zeros(values.size + 1, np.bool_)
    lut[values.values_of(texts)] = True
    return lut
