"""Match: rules × columns → which rule holds for which event."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.engine.evaluate import Evaluation
from tocsin.engine.fields import Columns, Ints, Part
from tocsin.engine.plan import Plan
from tocsin.engine.program import Program
from tocsin.engine.routes import split
from tocsin.formats import REJECTED
from tocsin.kernel.logsource import LogSource

MAX_ROWS: Final = 131_072
"""Rows evaluated together; a longer table is cut, so that masks and dictionaries stay small."""


@dataclass(frozen=True)
class Matches:
    """Which rule holds for which event, in order of rule, then row.

    Shape: both arrays one entry a match.
    Attributes:
        rule: place in `Plan.rules`.
        row: row of the table.
    """

    rule: npt.NDArray[np.int32]
    row: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.rule)

    def rows_of(self, rule: int) -> npt.NDArray[np.int64]:
        """The rows that ``rule`` holds for, in order."""
        first, end = np.searchsorted(self.rule, [rule, rule + 1])
        return self.row[first:end]


def match(table: pa.Table, plan: Plan, logsource: LogSource) -> Matches:
    """Find which events of ``table`` satisfy which rules of ``plan``.

    Shape: in n events, one text column a field beside the system columns; out one entry a match.
    Cost: one pass over each needed column's dictionary; no Python per event, nor per event and rule.
    A rejected record (`formats.REJECTED`) matches nothing, `not` included.
    Raises: SchemaError if a field's column is no text.
    """
    found = [
        (rule, rows + start)
        for start in range(0, table.num_rows, MAX_ROWS)
        for rule, rows in _match_slice(table.slice(start, MAX_ROWS), plan, logsource)
    ]
    rules = np.array([rule for rule, _ in found], np.int32)
    sizes = [len(rows) for _, rows in found]
    rule = np.repeat(rules, sizes)
    row = np.concatenate([np.empty(0, np.int64), *(rows for _, rows in found)])
    order = np.lexsort((row, rule))
    return Matches(rule[order], row[order])


def _match_slice(table: pa.Table, plan: Plan, logsource: LogSource) -> Iterator[tuple[int, Ints]]:
    """The rows of each rule that holds for any; a rule may come several times."""
    columns = Columns(table)
    rejected = _rejected(table)
    for part, told in split(columns, plan.named(logsource)):
        for rule, places in _match_part(part, plan.program(logsource, told)):
            rows = places if part.rows is None else part.rows[places]
            yield rule, np.setdiff1d(rows, rejected, assume_unique=True) if len(rejected) else rows


def _match_part(part: Part, program: Program) -> Iterator[tuple[int, Ints]]:
    """The places of the rows of each rule that holds for any."""
    evaluation = Evaluation(part, program)
    for rule in evaluation.suspects():
        mask = evaluation.mask(program.roots[rule])
        if mask is not False:
            yield rule, np.arange(len(part)) if mask is True else np.flatnonzero(mask)


def _rejected(table: pa.Table) -> npt.NDArray[np.int64]:
    """The rows that are no events: no field could be read."""
    if "_error" not in table.column_names or table.column("_error").null_count == table.num_rows:
        return np.empty(0, np.int64)
    is_rejected = pc.starts_with(table.column("_error").cast(pa.string()), REJECTED).fill_null(False)
    return np.flatnonzero(is_rejected.to_numpy())
