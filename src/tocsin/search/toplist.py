"""Toplist: which fields the found records have, and their most frequent values."""

from collections import Counter
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from tocsin.engine.fields import Columns, FieldValues, Ints
from tocsin.search.tree import Node
from tocsin.search.walk import Tables, Walk

SECONDS: Final = 5.0
SAMPLE: Final = 10_000
"""Of so many records found, the newest, the fields are listed; a row group is always taken whole."""
TOP: Final = 5
MAX_COUNTED: Final = 200_000
"""Distinct values counted at a time; beyond, the rarer half is forgotten and the counts are lower bounds."""


@dataclass(frozen=True, slots=True)
class FieldSummary:
    """One field of the found records.

    Attributes:
        records: how many have it.
        distinct: how many values it has; of a list each element is one.
        top: (value, records) of the most frequent, most frequent first.
    """

    name: str
    records: int
    distinct: int
    top: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class FieldList:
    """The fields of the newest records found.

    Attributes:
        sampled: how many records were looked at.
        is_all: whether those are all that were found.
    """

    fields: tuple[FieldSummary, ...]
    sampled: int
    is_all: bool


@dataclass(frozen=True, slots=True)
class Toplist:
    """One field's most frequent values over all that was found.

    Attributes:
        is_exact: False where there were too many values to count each, or too little time.
    """

    name: str
    records: int
    top: tuple[tuple[str, int], ...]
    is_exact: bool


class _Count:
    """One field, counted over several tables."""

    def __init__(self) -> None:
        self.records = 0
        self.values: Counter[str] = Counter()
        self.is_exact = True

    def add(self, values: FieldValues) -> None:
        counts = np.bincount(values.codes, minlength=values.size + 1)[: values.size]
        self.records += int(counts.sum())
        of_text = counts[values.values_of(np.arange(len(values.texts)))]
        seen: Ints = np.flatnonzero(of_text)
        texts = values.texts.raw.take(pa.array(seen)).to_pylist()
        for text, count in zip(texts, of_text[seen].tolist(), strict=True):
            self.values[text] += count
        if len(self.values) > MAX_COUNTED:
            self.values = Counter(dict(self.values.most_common(MAX_COUNTED // 2)))
            self.is_exact = False


def list_fields(tables: Tables, node: Node, *, sample: int = SAMPLE, seconds: float = SECONDS) -> FieldList:
    """The fields of the newest ``sample`` records that ``node`` finds, the most frequent first.

    Raises: StoreError.
    """
    counted: dict[str, _Count] = {}
    sampled = 0
    walk = Walk(tables, node, fields=None, system=("_time",), seconds=seconds, is_needed=lambda _: sampled < sample)
    for piece in walk:
        rows = piece.rows.slice(max(0, piece.rows.num_rows - (sample - sampled)))
        sampled += rows.num_rows
        for name, values in Columns(rows).each():
            if name is not None:
                counted.setdefault(name, _Count()).add(values)
    fields = (
        FieldSummary(name, count.records, len(count.values), tuple(count.values.most_common(TOP)))
        for name, count in counted.items()
    )
    ordered = sorted(fields, key=lambda field: (-field.records, field.name))
    return FieldList(tuple(ordered), sampled, walk.reached_us is None and sampled < sample)


def top_values(tables: Tables, node: Node, field: str, *, top: int = 20, seconds: float = SECONDS) -> Toplist:
    """The most frequent values of ``field`` in all records that ``node`` finds.

    Cost: one column beside those that the query looks at; memory: `MAX_COUNTED` values.
    Raises: StoreError.
    """
    count = _Count()
    walk = Walk(tables, node, fields=(field,), system=(), seconds=seconds)
    for piece in walk:
        values = Columns(piece.rows).find(field)
        if values is not None:
            count.add(values)
    is_exact = count.is_exact and walk.reached_us is None
    return Toplist(field, count.records, tuple(count.values.most_common(top)), is_exact)
