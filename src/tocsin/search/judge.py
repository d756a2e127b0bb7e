"""Judge: for which rows of a table a query holds, by the engine that runs the rules."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.engine.literals import split_like
from tocsin.engine.match import match
from tocsin.engine.plan import Plan, compile_plan
from tocsin.formats import REJECTED
from tocsin.kernel.issues import Location
from tocsin.kernel.logsource import LogSource
from tocsin.rules import model
from tocsin.rules.expressions import all_of, any_of, negate
from tocsin.rules.model import DetectionRule, Expression, Operator, Test
from tocsin.search.tree import TEXT_COLUMNS, About, All, Any, Ask, Between, Contrary, Node, Word, iterate_leaves

BoolArray = npt.NDArray[np.bool_]
_META: Final = model.Meta("search", "Search", model.Level.INFORMATIONAL, Location("search"))
_ANY: Final = LogSource()
_REJECTED: Final = "rejected"
"""The text of a record that no field could be read from; null for the others."""
# Spelt so that the engine finds the literal in it, which it seeks before it runs any expression.
_BEGIN: Final = "(?:^|[^0-9A-Za-z_\x80-\U0010ffff])"
_END: Final = "(?:$|[^0-9A-Za-z_\x80-\U0010ffff])"
_WILD: Final = {"*": r"\S*", "?": r"\S"}


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a node: for which rows it is true, and for which it is false; of some neither."""

    true: BoolArray
    false: BoolArray


class Judge:
    """A query, compiled.

    Attributes:
        fields: the fields to read beside the system columns; None: all.
        system: the columns of the collector that are looked at.
        has_words: whether words are sought, which a rejected record has only in `_raw`.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._events: list[DetectionRule] = []
        self._records: list[DetectionRule] = []
        # By the node's identity: two that are equal may stand in one query.
        self._event_places: dict[int, int] = {}
        self._record_places: dict[int, int] = {}
        self._place(node)
        self._event_plan, self._record_plan = compile_plan(self._events), compile_plan(self._records)
        self.fields = None if self._event_plan.reads_all else self._event_plan.fields
        self.system = frozenset(_system_columns(node))
        self.has_words = any(isinstance(leaf, Word) for leaf in iterate_leaves(node))

    def holds(self, table: pa.Table, source: str) -> BoolArray:
        """For which rows of ``table``, of ``source``, does the query hold?

        Shape: in system columns (those of `system` filled, and `_raw` where `has_words`) and fields by their own
        names; out one truth a row.
        """
        return _Judgement(self, table, source).of(self._node).true

    def _place(self, node: Node) -> None:
        """Give the largest parts that look at fields only to the engine, each as one rule."""
        expression = as_expression(node)
        if expression is not None:
            self._add_event(node, expression)
            return
        match node:
            case All(terms) | Any(terms):
                for term in terms:
                    self._place(term)
            case Contrary(term):
                self._place(term)
            case About(test):
                self._add_record(node, test)
            case Word(pattern):
                self._add_event(node, word_test(None, pattern))
                self._add_record(node, word_test(_REJECTED, pattern))

    def _add_event(self, node: Node, expression: Expression) -> None:
        self._event_places[id(node)] = len(self._events)
        self._events.append(DetectionRule(_META, _ANY, expression))

    def _add_record(self, node: Node, test: Test) -> None:
        self._record_places[id(node)] = len(self._records)
        self._records.append(DetectionRule(_META, _ANY, test))


class _Judgement:
    """One table under one query."""

    def __init__(self, judge: Judge, table: pa.Table, source: str) -> None:
        self._judge, self._table = judge, table
        self._rows = table.num_rows
        self._rejected = is_rejected(table)
        self._events = _masks(judge._event_plan, table)
        self._records = _masks(judge._record_plan, _as_texts(judge, table, source, self._rejected))

    def of(self, node: Node) -> _Known:
        """What is known of ``node``."""
        place = self._judge._event_places.get(id(node))
        if place is not None:
            return self._of_events(node, self._events[place])
        match node:
            case All(terms):
                known = [self.of(term) for term in terms]
                return _Known(_every([k.true for k in known], self._rows), _some([k.false for k in known], self._rows))
            case Any(terms):
                known = [self.of(term) for term in terms]
                return _Known(_some([k.true for k in known], self._rows), _every([k.false for k in known], self._rows))
            case Contrary(term):
                inner = self.of(term)
                return _Known(inner.false, inner.true)
            case Between():
                return _certain(_between(self._table, node))
            case About():
                return _certain(self._records[self._judge._record_places[id(node)]])
        raise AssertionError(node)  # tests of fields and words have a place in the engine

    def _of_events(self, node: Node, true: BoolArray) -> _Known:
        if isinstance(node, Word):
            in_text = self._records[self._judge._record_places[id(node)]]
            return _Known(true | in_text, ~true & ~self._rejected)
        return _Known(true, ~true & ~self._rejected)


def as_expression(node: Node) -> Expression | None:
    """``node`` as a rule's condition; None where it looks at more than fields, or holds for everything."""
    match node:
        case Ask(test):
            return test
        case All(terms) | Any(terms):
            parts = [as_expression(term) for term in terms]
            whole = [part for part in parts if part is not None]
            join = all_of if isinstance(node, All) else any_of
            return join(whole) if whole and len(whole) == len(parts) else None
        case Contrary(term):
            inner = as_expression(term)
            return None if inner is None else negate(inner)
    return None


def _system_columns(node: Node) -> Iterator[str]:
    names = {name: column for column, name in TEXT_COLUMNS.items() if name != "source"}
    for leaf in iterate_leaves(node):
        if isinstance(leaf, Between):
            yield leaf.column
        elif isinstance(leaf, About) and leaf.test.field in names:
            yield names[leaf.test.field]


def word_test(field: str | None, pattern: str) -> Test:
    """The test for the whole words of ``pattern`` (`Word.pattern`) in ``field``; None: in any."""
    pieces = split_like(pattern)
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 5 and pieces[1::2] == ["*", "*"] and not first and not last:
        return Test(field, Operator.CONTAINS, pieces[2])
    begins = bool(first) and _is_in_word(first[0])
    ends = bool(last) and _is_in_word(last[-1])
    if len(pieces) == 1 and not begins and not ends:
        return Test(field, Operator.CONTAINS, first)
    middle = [re.escape(piece) if place % 2 == 0 else _WILD[piece] for place, piece in enumerate(pieces)]
    # A star at an end leaves the end open: what follows need not be looked at.
    inner = middle[2 * (pieces[1:2] == ["*"] and not first) : len(middle) - 2 * (pieces[-2:-1] == ["*"] and not last)]
    return Test(field, Operator.REGEX, f"(?i){_BEGIN * begins}{''.join(inner)}{_END * ends}")


def is_rejected(table: pa.Table) -> BoolArray:
    """Which rows are records of which no field could be read."""
    if "_error" not in table.column_names or table["_error"].null_count == table.num_rows:
        return np.zeros(table.num_rows, np.bool_)
    mask: BoolArray = pc.starts_with(table["_error"].cast(pa.string()), REJECTED).fill_null(False).to_numpy()
    return mask


def _is_in_word(character: str) -> bool:
    return character.isalnum() or character == "_" if character.isascii() else True


def _masks(plan: Plan, table: pa.Table) -> list[BoolArray]:
    """Per rule of ``plan`` for which rows it holds."""
    masks = [np.zeros(table.num_rows, np.bool_) for _ in plan.rules]
    if masks:
        found = match(table, plan, _ANY)
        for place, mask in enumerate(masks):
            mask[found.rows_of(place)] = True
    return masks


def _as_texts(judge: Judge, table: pa.Table, source: str, rejected: BoolArray) -> pa.Table:
    """The collector's columns that the query looks at, as fields that the engine can see."""
    wanted = set(judge._record_plan.fields)
    columns: dict[str, pa.ChunkedArray | pa.Array] = {
        name: table[column].cast(pa.string())
        for column, name in TEXT_COLUMNS.items()
        if name in wanted and column in table.column_names
    }
    if "source" in wanted:
        columns["source"] = pa.array([source] * table.num_rows, pa.string())
    if _REJECTED in wanted and rejected.any():
        columns[_REJECTED] = pc.if_else(pa.array(rejected), table["_raw"], None)
    # A table without columns has no rows, and its masks would have none.
    return pa.table({"_id": table["_id"], **columns})


def _between(table: pa.Table, node: Between) -> BoolArray:
    moments = table[node.column].cast(pa.int64()).to_numpy()
    mask = np.ones(len(moments), np.bool_)
    if node.low_us is not None:
        mask &= moments >= node.low_us
    if node.high_us is not None:
        mask &= moments <= node.high_us
    return mask


def _certain(true: BoolArray) -> _Known:
    return _Known(true, ~true)


def _every(masks: list[BoolArray], rows: int) -> BoolArray:
    return np.logical_and.reduce(masks) if masks else np.ones(rows, np.bool_)


def _some(masks: list[BoolArray], rows: int) -> BoolArray:
    return np.logical_or.reduce(masks) if masks else np.zeros(rows, np.bool_)
