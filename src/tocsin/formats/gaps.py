"""Lines of compact JSON of any shapes, read in columns of bytes: the fast way where no one schema fits.

Between two strings of an object whose only arrays are of strings there are but marks, numbers and literals. So:

1. The quotes that are not escaped cut each line into strings and the gaps behind them.
2. How a gap begins and ends says whether its string was a name, what the value is, and how many objects end.
3. The path of a name is that of the last name one level up, then the name.
4. The values of one path are spans of bytes; all spans become texts at once, and so do all escapes.

A line that has any other array, spaces between its marks or anything odd is left to the slow way, which also
knows what is wrong with it. So nothing is read here that the slow way would reject or read otherwise.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.formats.body import Body, is_utf8
from tocsin.formats.columns import MAX_ID_LENGTH, field_name
from tocsin.formats.spellings import print_plain, resolve_escapes

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

_QUOTE, _COLON, _COMMA, _OPEN, _CLOSE = (ord(mark) for mark in '":,{}')
_OPEN_ARRAY: Final = ord("[")
_CLOSE_ARRAY: Final = ord("]")
_BACKSLASH: Final = ord("\\")
_SPACE: Final = 32
_MAX_BACKSLASHES: Final = 64
_MAX_DEPTH: Final = 30


Choose = Callable[[str], bool | None]
"""Of a field's name: True if it gets a column, False if its values go to the others, None if it is left out."""


class _Unfit(Exception):
    """All lines must be read the slow way."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The values of one field: a text a row, in order of ``rows``."""

    rows: Ints
    texts: pa.Array


@dataclass(frozen=True, slots=True)
class _Strings:
    """The strings of some lines, in order, and the gap behind each.

    Attributes:
        row: the line. is_last: whether the string is its line's last.
        start, end: the bytes between its quotes.
        gap, gap_end: the bytes up to the next string, or to the line's end.
        array_end: where the array of strings that the gap begins with ends; 0 if there is none.
    """

    row: Ints
    is_last: Bools
    start: Ints
    end: Ints
    gap: Ints
    gap_end: Ints
    array_end: Ints


@dataclass(frozen=True, slots=True)
class _Names:
    """The names of fields, in order.

    Attributes:
        row: the line. depth: how many objects the name stands in.
        start, end: the name's bytes.
        has_text: whether the value is a string. is_object: whether it is an object with names of its own.
        value, value_end: the bytes of a string between its quotes, or of a number, true, false, null or ``{}``.
    """

    row: Ints
    depth: Ints
    start: Ints
    end: Ints
    has_text: Bools
    is_object: Bools
    value: Ints
    value_end: Ints

    def take(self, chosen: Bools) -> "_Names":
        """The ``chosen`` ones."""
        return _Names(*(getattr(self, column.name)[chosen] for column in fields(self)))


@dataclass(frozen=True, slots=True)
class Gaps:
    """What was read of some lines.

    Attributes:
        cells: the chosen fields.
        others: the values of the others, no nulls, in order of rows; a row may have several.
        is_left: which lines were not read.
    """

    cells: dict[str, Cells]
    others: Cells
    is_left: Bools


def read_gaps(body: Body, choose: Choose | None = None) -> Gaps | None:
    """The fields of the lines of ``body``, as `columns.Flattener` gives them, and which lines are left to it.

    The bytes between the records must be white space. None: all lines are left.
    """
    first, last = int(body.starts[0]), int(body.ends[-1])
    data = body.data[first:last]
    if not is_utf8(data):
        return None
    try:
        return _Lines(data, body.starts - first, body.ends - first).read(choose)
    except (_Unfit, orjson.JSONDecodeError):
        return None


class _Lines:
    """Lines on their way to cells."""

    def __init__(self, data: bytes, starts: Ints, ends: Ints) -> None:
        self._data = data
        self._view: Bytes = np.frombuffer(data, np.uint8)
        self._starts, self._ends = starts, ends
        self._is_left = self._find_odd()

    def read(self, choose: Choose | None) -> Gaps:
        """The cells by field, and which lines are left."""
        names = self._find_names(self._find_strings())
        paths, known = self._find_paths(names)
        order = self._leave_doubled(names, paths)
        is_leaf = ~names.is_object[order]
        return self._gather(names, paths, order[is_leaf], known, choose)

    def _find_odd(self) -> Bools:
        """Lines that hold a control character, or are no objects."""
        is_odd: Bools = (self._view[self._starts] != _OPEN) | (self._view[self._ends - 1] != _CLOSE)
        places = np.flatnonzero(self._view < _SPACE)
        rows = np.searchsorted(self._starts, places, "right") - 1
        is_odd[rows[places < self._ends[rows]]] = True
        return is_odd

    def _find_strings(self) -> _Strings:
        """The strings of the lines that have an even number of quotes and begin with a name."""
        quotes = np.flatnonzero(self._view == _QUOTE)
        quotes = quotes[~self._are_escaped(quotes)]
        bounds = np.searchsorted(quotes, np.append(self._starts, len(self._data)))
        counts = np.diff(bounds)
        first = np.append(quotes, 0)[bounds[:-1]]
        self._is_left |= (counts == 0) | (counts % 2 == 1) | (first != self._starts + 1)
        quotes = quotes[np.repeat(~self._is_left, counts)]
        row = np.repeat(np.arange(len(counts)), np.where(self._is_left, 0, counts // 2))
        start, end = quotes[0::2] + 1, quotes[1::2]
        is_last = np.append(row[1:] != row[:-1], True)[: len(row)]
        gap_end = np.where(is_last, self._ends[row], np.append(quotes[2::2], 0)[: len(row)])
        strings = _Strings(row, is_last, start, end, end + 1, gap_end, np.zeros(len(row), np.int64))
        return self._fold_arrays(strings)

    def _fold_arrays(self, strings: _Strings) -> _Strings:
        """Make an array of strings a part of the gap before it; where an array holds anything else, a line is left."""
        first = self._view[strings.gap]
        second = self._view[np.minimum(strings.gap + 1, len(self._view) - 1)]
        length = strings.gap_end - strings.gap
        is_empty = (
            (first == _COLON)
            & (second == _OPEN_ARRAY)
            & (self._view[np.minimum(strings.gap + 2, len(self._view) - 1)] == _CLOSE_ARRAY)
        )
        strings.array_end[is_empty] = strings.gap[is_empty] + 3
        opens = (first == _COLON) & (second == _OPEN_ARRAY) & (length == 2) & ~strings.is_last
        if not opens.any():
            return strings
        closes = (first == _CLOSE_ARRAY) & (length > 0)
        inside = np.cumsum(opens) - opens - (np.cumsum(closes) - closes)
        is_odd = (inside < 0) | (inside + opens > 1) | (closes & (inside == 0))
        is_odd |= (inside == 1) & ~closes & ((first != _COMMA) | (length != 1) | strings.is_last)
        self._is_left[strings.row[is_odd]] = True
        is_kept = ~self._is_left[strings.row]
        opening, closing = np.flatnonzero(opens & is_kept), np.flatnonzero(closes & is_kept)
        strings.array_end[opening] = strings.gap[closing] + 1
        strings.gap_end[opening] = strings.gap_end[closing]
        strings.is_last[opening] = strings.is_last[closing]
        is_kept &= inside == 0
        return _Strings(*(getattr(strings, column.name)[is_kept] for column in fields(strings)))

    def _are_escaped(self, quotes: Ints) -> Bools:
        """Which quotes have an odd number of backslashes before them."""
        is_escaped: Bools = self._view[quotes - 1] == _BACKSLASH
        at = np.flatnonzero(is_escaped)
        for count in range(2, _MAX_BACKSLASHES):
            at = at[self._view[quotes[at] - count] == _BACKSLASH]
            if not len(at):
                return is_escaped
            is_escaped[at] = count % 2 == 1
        raise _Unfit

    def _find_names(self, strings: _Strings) -> _Names:
        """Tell names from values by their gaps; a line whose gaps are not those of an object is left."""
        view, gap = self._view, strings.gap
        length = strings.gap_end - gap
        is_name = (view[gap] == _COLON) & (length > 0)
        has_text = is_name & (length == 1) & ~strings.is_last
        second = view[np.minimum(gap + 1, len(view) - 1)]
        is_object = is_name & (length == 2) & (second == _OPEN) & ~strings.is_last
        is_plain = is_name & ~has_text & ~is_object
        tail = strings.gap_end - ~strings.is_last
        is_ended = strings.is_last | (view[strings.gap_end - 1] == _COMMA)
        closed = self._count_closed(
            np.maximum(gap + is_name, strings.array_end), tail, is_ended & ~has_text & ~is_object
        )
        is_empty = is_plain & (second == _OPEN)  # the object {}: its own end is no end of another
        closed -= is_empty
        is_value = np.append(False, has_text[:-1])[: len(gap)]
        is_good = is_value != is_name
        is_good &= has_text | is_object | (is_ended & np.where(is_name, tail - closed > gap + 1, closed == tail - gap))
        is_good &= ~is_plain | (second != _OPEN_ARRAY) | (tail - closed == strings.array_end)
        depth = self._depths(strings, is_object.astype(np.int64) - closed, is_good)
        is_kept = ~self._is_left[strings.row]
        found = np.flatnonzero(is_name & is_kept)
        following = np.minimum(found + 1, len(gap) - 1)
        texts = has_text[found]
        return _Names(
            strings.row[found],
            depth[found],
            strings.start[found],
            strings.end[found],
            texts,
            is_object[found],
            np.where(texts, strings.start[following], gap[found] + 1),
            np.where(texts, strings.end[following], (tail - closed)[found]),
        )

    def _count_closed(self, first: Ints, end: Ints, is_asked: Bools) -> Ints:
        """How many ``}`` stand before ``end``, not before ``first``."""
        closed = np.zeros(len(first), np.int64)
        at = np.flatnonzero(is_asked)
        for _ in range(_MAX_DEPTH + 1):
            place = end[at] - closed[at] - 1
            at = at[(place >= first[at]) & (self._view[place] == _CLOSE)]
            if not len(at):
                break
            closed[at] += 1
        return closed

    def _depths(self, strings: _Strings, steps: Ints, is_good: Bools) -> Ints:
        """How deep each string stands; lines that do not end at depth 0, and only there, are left."""
        after = np.cumsum(steps)
        is_first = np.append(True, strings.is_last[:-1])[: len(steps)]
        before = after - steps
        base = before[is_first]
        depth: Ints = 1 + before - np.repeat(base, np.diff(np.append(np.flatnonzero(is_first), len(steps))))
        is_good = is_good & ((depth + steps == 0) == strings.is_last) & (depth + steps >= 0) & (depth <= _MAX_DEPTH)
        self._is_left[strings.row[~is_good]] = True
        return depth

    def _slices(self, starts: Ints, ends: Ints) -> pa.Array:
        """The spans of bytes, which are in order, as texts."""
        count = len(starts)
        if not count:
            return pa.array([], pa.string())
        offsets = np.empty(2 * count, np.int32)
        offsets[0::2], offsets[1::2] = starts, ends
        both: Any = pa.Array.from_buffers(
            pa.string(), 2 * count - 1, [None, pa.py_buffer(offsets), pa.py_buffer(self._data)]
        )
        return both.take(pa.array(np.arange(0, 2 * count - 1, 2, dtype=np.int32)))

    def _find_paths(self, names: _Names) -> tuple[Ints, list[str]]:
        """Per name the number of its path, and the paths; no two of them are one field."""
        encoded = self._slices(names.start, names.end).dictionary_encode()
        words, word = encoded.dictionary.to_pylist(), encoded.indices.to_numpy()
        if any("\\" in text for text in words):
            raise _Unfit
        # A name stands in the last object before it that is one level up: objects are few, names are many.
        objects = np.flatnonzero(names.is_object)
        before: Ints = np.cumsum(names.is_object) - names.is_object
        last = _last_of_levels(names.depth[objects])
        paths, path_of = [""], np.zeros(len(objects) + 1, np.int64)
        for level in range(1, len(last)):
            here = np.flatnonzero(names.depth[objects] == level)
            inside = path_of[last[level - 1, here - 1]]
            first = len(paths)
            path_of[here] = first + _number(inside * len(words) + word[objects[here]], words, paths, paths)
        known: list[str] = []
        inside = path_of[last.ravel()[(names.depth - 1) * last.shape[1] + before - 1]]
        numbers = _number(inside * len(words) + word, words, paths, known)
        known = [field_name(path) for path in known]
        if len(set(known)) < len(known):
            raise _Unfit
        return numbers, known

    def _leave_doubled(self, names: _Names, paths: Ints) -> Ints:
        """The places of the names in order of path, then row; lines that have a path twice are left."""
        order = np.argsort(paths.astype(np.int32), kind="stable")
        path, row = paths[order], names.row[order]
        is_twice = (path[1:] == path[:-1]) & (row[1:] == row[:-1])
        if is_twice.any():
            self._is_left[row[1:][is_twice]] = True
            order = order[~self._is_left[row]]
        return order

    def _gather(self, names: _Names, paths: Ints, leaves: Ints, known: list[str], choose: Choose | None) -> Gaps:
        """The values at ``leaves``, which are in order of path: a text a row of each chosen field."""
        choices = [True if choose is None else choose(name) for name in known]
        is_chosen = np.array([choice is True for choice in choices], np.bool_)[paths]
        is_other = np.array([choice is False for choice in choices], np.bool_)[paths]
        texts, places = self._texts(names, is_chosen | is_other)
        order = leaves[is_chosen[leaves]]
        columns, rows = texts.take(pa.array(places[order])), names.row[order]
        bounds = np.cumsum(np.bincount(paths[order], minlength=len(known))).tolist()
        cells = {}
        for name, first, last in zip(known, [0, *bounds], bounds, strict=False):
            values = columns.slice(first, last - first)
            if values.null_count < len(values):
                cells[name] = Cells(rows[first:last], values)
        if "_id" in cells:
            _check_ids(cells["_id"].texts)
        others = np.flatnonzero(is_other & ~names.is_object & ~self._is_left[names.row])
        values = texts.take(pa.array(places[others]))
        is_there = values.is_valid().to_numpy(zero_copy_only=False)
        return Gaps(cells, Cells(names.row[others[is_there]], values.drop_null()), self._is_left)

    def _texts(self, names: _Names, is_asked: Bools) -> tuple[pa.Array, Ints]:
        """The values that are asked for as texts, and for each of their names the place of its value among them."""
        plain = np.flatnonzero(is_asked & ~names.has_text & ~names.is_object)
        quoted = np.flatnonzero(is_asked & names.has_text)
        strings = self._slices(names.value[quoted], names.value_end[quoted])
        escaped, resolved = resolve_escapes(strings)
        distinct, printed = print_plain(self._slices(names.value[plain], names.value_end[plain]))
        places = np.zeros(len(names.row), np.int64)
        places[quoted] = np.arange(len(strings))
        places[quoted[escaped]] = len(strings) + np.arange(len(resolved))
        places[plain] = len(strings) + len(resolved) + distinct
        return pa.concat_arrays([strings, resolved, printed]), places


def _last_of_levels(levels: Ints) -> Ints:
    """Per level from 0 and object the last object at that level, from the first to this one; -1 if there is none.

    There is a column more, of -1, so that the place before the first is one too.
    """
    last = np.full((int(levels.max(initial=0)) + 1, len(levels) + 1), -1, np.int64)
    for level in range(1, len(last)):
        last[level, :-1] = np.maximum.accumulate(np.where(levels == level, np.arange(len(levels)), -1))
    return last


def _number(pairs: Ints, words: list[str], paths: list[str], known: list[str]) -> Ints:
    """Number the distinct ``pairs`` of the path that a name stands in and its word; their own paths go to ``known``."""
    encoded = pa.array(pairs).dictionary_encode()
    for pair in encoded.dictionary.to_pylist():
        path, word = divmod(pair, len(words))
        known.append(f"{paths[path]}.{words[word]}" if path else words[word])
    numbers: Ints = encoded.indices.to_numpy()
    return numbers


def _check_ids(ids: pa.Array) -> None:
    """What cannot be a row's id is the slow way's, and what only looks like that."""
    lengths = pc.utf8_length(ids)
    is_odd = pc.or_(pc.equal(lengths, 0), pc.greater(lengths, MAX_ID_LENGTH))
    if (
        ids.null_count
        or pc.any(is_odd).as_py()
        or pc.any(pc.match_substring_regex(ids, r"^(true|false|\{|\[)")).as_py()
    ):
        raise _Unfit
