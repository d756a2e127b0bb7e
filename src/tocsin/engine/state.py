"""What a rule remembers between batches: the rows its windows may still need, and its open episodes.

The rows of a batch are kept by the detector as one segment (`encode`), in the transaction that writes
the alerts; after a restart the segments together are the state again (`restore`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from tocsin.engine.baseline import History
from tocsin.engine.episodes import Episode
from tocsin.engine.similar_runs import Run
from tocsin.engine.windows import Ints, Rows, empty_rows, sort_rows

MAX_ROWS_A_GROUP = 100_000
"""Rows of one group that are kept; beyond it the newest. A bound on what one flood can cost."""
MAX_ROWS = 5_000_000
"""Rows of one rule that are kept, of all groups together; beyond it the newest. 32 bytes each."""

NEVER_US = -(2**60)
"""Before every event."""
END_US = 2**60
"""After every event."""
_JUDGED = b"judged_us"

_SEGMENT = pa.schema(
    [
        ("group", pa.dictionary(pa.int32(), pa.string())),
        ("time", pa.int64()),
        ("event", pa.uint64()),
        ("value", pa.uint64()),
    ]
)


@dataclass(slots=True)
class Groups:
    """Codes for groups: a group is its values as a JSON list."""

    texts: list[str] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)

    def encode(self, texts: Iterable[str]) -> Ints:
        """The codes of ``texts``, new ones added."""
        wanted = list(texts)
        for text in wanted:
            if text not in self.codes:
                self.codes[text] = len(self.texts)
                self.texts.append(text)
        return np.fromiter(map(self.codes.__getitem__, wanted), np.int64, len(wanted))


@dataclass(frozen=True, slots=True)
class RuleState:
    """One rule's memory. ``rows`` are sorted within a group; ``episodes`` are by group.

    ``judged_us``: windows that end before it are settled, of a rule that waits for the watermark.
    ``runs``: in place of ``rows``, the posts of a rule about what is nearly the same (`engine.similar`).
    ``history``: what a rule with a baseline has learnt of them.
    A state is replaced, never changed; only ``groups`` grows in place, which nothing can notice.
    """

    groups: Groups = field(default_factory=Groups)
    rows: Rows = field(default_factory=empty_rows)
    episodes: Mapping[str, tuple[Episode, ...]] = field(default_factory=dict)
    judged_us: int = NEVER_US
    runs: tuple[Run, ...] = ()
    history: History = field(default_factory=History)

    @property
    def is_empty(self) -> bool:
        """Whether no events are kept."""
        return not len(self.rows) and not self.runs


def encode(rows: Rows, groups: Groups, judged_us: int = NEVER_US) -> bytes:
    """A segment: ``rows`` with the texts of their groups, and how far windows are settled, as an Arrow stream."""
    schema = _SEGMENT.with_metadata({_JUDGED: str(judged_us)})
    codes, places = np.unique(rows.group, return_inverse=True)
    texts = pa.array([groups.texts[code] for code in codes.tolist()], pa.string())
    column = pa.DictionaryArray.from_arrays(pa.array(places.astype(np.int32)), texts)
    batch = pa.record_batch([column, rows.time, rows.event, rows.value], schema=schema)
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, schema, options=options) as writer:
        writer.write_batch(batch)
    return bytes(sink.getvalue())


def restore(segments: Iterable[bytes], episodes: Iterable[Episode]) -> RuleState:
    """The state that ``segments`` and the alerts' ``episodes`` describe."""
    tables, judged_us = [_SEGMENT.empty_table()], NEVER_US
    for segment in segments:
        with pa.ipc.open_stream(segment) as reader:
            table = reader.read_all()
        judged_us = max(judged_us, int((table.schema.metadata or {}).get(_JUDGED, NEVER_US)))
        tables.append(table.replace_schema_metadata())
    groups, rows = _rows_of(pa.concat_tables(tables))
    by_group: dict[str, tuple[Episode, ...]] = {}
    for episode in episodes:
        by_group[episode.group] = (*by_group.get(episode.group, ()), episode)
    rows = newest_of_all(newest(sort_rows(rows), MAX_ROWS_A_GROUP), MAX_ROWS)  # segments hold what was dropped since
    return RuleState(groups, rows, by_group, judged_us)


def _rows_of(table: pa.Table) -> tuple[Groups, Rows]:
    """The rows of segments, and the groups of all of them as one dictionary: without a Python step for each."""
    if not table.num_rows:
        return Groups(), empty_rows()
    table = table.unify_dictionaries()
    chunks = table["group"].chunks
    texts = chunks[-1].dictionary.to_pylist()
    codes = np.concatenate([chunk.indices.to_numpy() for chunk in chunks]).astype(np.int64)
    columns = (table[name].to_numpy() for name in ("time", "event", "value"))
    return Groups(texts, dict(zip(texts, range(len(texts)), strict=True))), Rows(codes, *columns)


def prune(state: RuleState, cut_us: int) -> RuleState:
    """``state`` without what lies before ``cut_us``; groups of which nothing is left give back their codes."""
    kept = state.rows.take(state.rows.time >= cut_us)
    codes, places = np.unique(kept.group, return_inverse=True)
    groups = Groups()
    fresh = groups.encode(state.groups.texts[code] for code in codes.tolist())
    episodes = {
        group: alive
        for group, known in state.episodes.items()
        if (alive := tuple(episode for episode in known if episode.last_us >= cut_us))
    }
    group = fresh[places] if len(fresh) else kept.group
    return RuleState(
        groups, Rows(group, kept.time, kept.event, kept.value), episodes, state.judged_us, history=state.history
    )


def newest(rows: Rows, limit: int) -> Rows:
    """At most ``limit`` rows of each group, the newest. ``rows`` are sorted by (group, time)."""
    if len(rows) <= limit:
        return rows
    is_last = np.append(np.diff(rows.group) != 0, True)
    ends = np.flatnonzero(is_last)
    sizes = np.diff(np.concatenate(([-1], ends)))
    if sizes.max() <= limit:
        return rows
    from_end = np.repeat(ends, sizes) - np.arange(len(rows))
    return rows.take(from_end < limit)


def newest_of_all(rows: Rows, limit: int) -> Rows:
    """At most ``limit`` rows, the newest, in their order."""
    over = len(rows) - limit
    return rows if over <= 0 else rows.take(np.sort(np.argpartition(rows.time, over)[over:]))
