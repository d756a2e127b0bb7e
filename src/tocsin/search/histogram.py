"""Histogram: how many records a query finds, by their moments."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from deltalake.exceptions import TableNotFoundError

from tocsin.kernel.clock import to_us
from tocsin.search.tree import All, Between, Node
from tocsin.search.walk import Tables, Walk
from tocsin.store.faults import explained

SECONDS: Final = 10.0
MAX_BUCKETS: Final = 120
_SECOND: Final = 1_000_000
_WIDTHS_S: Final = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400)
_DAY_US: Final = 86_400 * _SECOND


@dataclass(frozen=True, slots=True)
class Histogram:
    """Counts over equal stretches of time.

    Attributes:
        start_us: where the first one begins, a multiple of ``width_us``.
        counts: per stretch the records found.
        reached_us: what is older was not counted; None: all was.
    """

    start_us: int
    width_us: int
    counts: tuple[int, ...]
    reached_us: int | None

    @property
    def total(self) -> int:
        """All records found."""
        return sum(self.counts)


def histogram(tables: Tables, node: Node, low_us: int, high_us: int, *, seconds: float = SECONDS) -> Histogram:
    """Count what ``node`` finds from ``low_us`` to ``high_us``, both included.

    Cost: the columns that the query looks at, of each row group that may hold something.
    Raises: StoreError.
    """
    width = bucket_width(high_us - low_us + 1)
    start = low_us // width * width
    counts = np.zeros((high_us - start) // width + 1, np.int64)
    walk = Walk(tables, All((Between("_time", low_us, high_us), node)), system=("_time",), seconds=seconds)
    for piece in walk:
        moments = piece.rows["_time"].cast(pa.int64()).to_numpy()
        counts += np.bincount((moments - start) // width, minlength=len(counts))
    return Histogram(start, width, tuple(counts.tolist()), walk.reached_us)


def bucket_width(span_us: int) -> int:
    """The least usual width (µs) that cuts ``span_us`` into at most `MAX_BUCKETS`, less one for each broken end."""
    fitting = (width * _SECOND for width in _WIDTHS_S if span_us <= (MAX_BUCKETS - 2) * width * _SECOND)
    return next(fitting, 0) or -(-span_us // ((MAX_BUCKETS - 2) * _DAY_US)) * _DAY_US


def extent(tables: Tables) -> tuple[int, int] | None:
    """The least and greatest moment (µs) of all records, as the logs tell it; None where there are none."""
    lows, highs = [], []
    for table in tables.values():
        with explained(table.place.uri):
            try:
                files = pa.table(table.snapshot().get_add_actions(flatten=True))
            except TableNotFoundError:
                continue
        if files.num_rows and "min._time" in files.column_names:
            lows.append(pc.min(files["min._time"]).as_py())
            highs.append(pc.max(files["max._time"]).as_py())
    moments = [moment for moment in lows + highs if moment is not None]
    return (to_us(min(moments)), to_us(max(moments))) if moments else None
