"""A batch's matches advance the state of every rule that rings.

Every rule that rings is a count over sliding windows: a correlation counts events or distinct values
of the rules that it names; a detection rule by itself is a count of at least one. So there is one
mechanism, and an alert is always an episode of it.
"""

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from tocsin.engine.episodes import Change, Episode, join_episodes
from tocsin.engine.fields import Columns
from tocsin.engine.match import Matches
from tocsin.engine.state import MAX_ROWS_A_GROUP, Groups, RuleState, newest
from tocsin.engine.windows import Chains, Hashes, Ints, Rows, concat_rows, count_windows, find_chains, since, sort_rows
from tocsin.rules.model import CorrelationRule, CorrelationType, DetectionRule, Meta, Rule, Threshold

MAX_ROWS_OF_SINGLE = 4_096
"""Rows a group of a rule that rings at one event: its windows need none, only repeated events are known by them."""


MAX_GROUP_VALUE = 500
"""Characters of a group's value; a longer one is cut and told apart by its hash."""


@dataclass(frozen=True, slots=True)
class Feed:
    """One detection rule that feeds a ringing rule: its place in the plan, and where its events hold the fields."""

    rule: int
    group_by: tuple[str, ...]
    counted: str | None


@dataclass(frozen=True, slots=True)
class Ringer:
    """A rule that rings, as a count over windows.

    Attributes:
        threshold: the aggregate at which a window is satisfied.
        group_by: names of the group's fields as the rule gives them. counted: the field whose
            distinct values are counted; None counts events.
        digest: changes when a change of the rule makes its kept state meaningless.
    """

    meta: Meta
    feeds: tuple[Feed, ...]
    timespan_us: int
    threshold: int
    group_by: tuple[str, ...]
    counted: str | None
    keeps_groupless: bool
    digest: str

    @property
    def reach_us(self) -> int:
        """How far before the watermark rows are needed: as far as the window of the latest late event reaches.

        Windows that end before the watermark are not counted again: the open episodes know of those
        that were satisfied.
        """
        return self.timespan_us


@dataclass(frozen=True, slots=True)
class Batch:
    """Events of one source, in one table, and what they matched."""

    source: str
    table: pa.Table
    matches: Matches


@dataclass(frozen=True, slots=True)
class Arrivals:
    """A batch's matched events for one ringer: group texts, and parallel arrays over events.

    Attributes:
        batch, row: where the event stands, for samples.
    """

    texts: list[str]
    group: Ints
    time: Ints
    event: Hashes
    value: Hashes
    batch: Ints
    row: Ints


@dataclass(frozen=True, slots=True)
class Sample:
    """Where an event of a change stands: the batch's place and the row in it."""

    batch: int
    row: int


@dataclass(frozen=True, slots=True)
class Step:
    """What a batch did to one ringer: its new state, the rows to keep for a restart, and the changed episodes."""

    state: RuleState
    kept: Rows
    changes: list[Change]
    samples: list[list[Sample]]


def make_ringers(rules: Sequence[Rule]) -> tuple[Ringer, ...]:
    """A ringer for every correlation and every detection rule that alerts by itself.

    The place of a detection rule in the plan is its place among the detection rules of ``rules``.
    """
    detections = [rule for rule in rules if isinstance(rule, DetectionRule)]
    places = {rule.meta.id: place for place, rule in enumerate(detections)}
    singles = [_single(rule, places[rule.meta.id]) for rule in detections if rule.alerts]
    return (*singles, *(_correlation(rule, places) for rule in rules if isinstance(rule, CorrelationRule)))


def _single(rule: DetectionRule, place: int) -> Ringer:
    feed = Feed(place, rule.group_by, None)
    return _with_digest(Ringer(rule.meta, (feed,), rule.timespan_us, 1, rule.group_by, None, True, ""))


def _correlation(rule: CorrelationRule, places: Mapping[str, int]) -> Ringer:
    aliases = {name: dict(fields) for name, fields in rule.aliases}
    counted = next((threshold.field for threshold in rule.thresholds if threshold.field), None)
    is_distinct = rule.type is CorrelationType.VALUE_COUNT

    def resolve(name: str, rule_id: str) -> str:
        return aliases.get(name, {}).get(rule_id, name)

    feeds = tuple(
        Feed(
            places[rule_id],
            tuple(resolve(name, rule_id) for name in rule.group_by),
            resolve(counted, rule_id) if is_distinct and counted else None,
        )
        for rule_id in rule.rules
    )
    threshold = max(_at_least(each) for each in rule.thresholds)
    counted = counted if is_distinct else None
    return _with_digest(Ringer(rule.meta, feeds, rule.timespan_us, threshold, rule.group_by, counted, False, ""))


def _at_least(threshold: Threshold) -> int:
    """The least whole number that satisfies ``threshold``, a gt or gte."""
    if threshold.comparison == "gt":
        return max(1, math.floor(threshold.value) + 1)
    return max(1, math.ceil(threshold.value))


def _with_digest(ringer: Ringer) -> Ringer:
    fields = [(feed.group_by, feed.counted) for feed in ringer.feeds]
    text = repr((ringer.timespan_us, ringer.group_by, ringer.counted, fields))
    return replace(ringer, digest=hashlib.blake2b(text.encode(), digest_size=8).hexdigest())


def collect(ringer: Ringer, batches: Sequence[Batch]) -> Arrivals | None:
    """The events of ``batches`` that feed ``ringer``; None where there are none.

    An event without a value for a group's field belongs to no group and is not counted by a
    correlation; a detection rule by itself counts it under an empty value. An event without a value
    to count is not counted.
    """
    parts = [
        part
        for place, batch in enumerate(batches)
        for feed in ringer.feeds
        if (part := _collect_feed(ringer, feed, place, batch)) is not None
    ]
    if not parts:
        return None
    texts: list[str] = []
    groups = []
    for part in parts:
        groups.append(part.group + len(texts))
        texts.extend(part.texts)
    names = ("time", "event", "value", "batch", "row")
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return Arrivals(texts, np.concatenate(groups), **arrays)


def _collect_feed(ringer: Ringer, feed: Feed, place: int, batch: Batch) -> Arrivals | None:
    rows = batch.matches.rows_of(feed.rule)
    if not len(rows):
        return None
    codes, texts = _groups(batch.table, rows, feed.group_by)
    values = np.zeros(len(rows), np.uint64)
    keep = np.ones(len(rows), bool) if ringer.keeps_groupless else codes >= 0
    if feed.counted is not None:
        values, has_value = _hashed(_column(batch.table, feed.counted, rows))
        keep &= has_value
    if not keep.any():
        return None
    taken = batch.table.select(["_id", "_time"]).take(pa.array(rows))
    times = taken["_time"].cast(pa.int64()).to_numpy()
    events, _ = _hashed(taken["_id"], salt=batch.source.encode())
    batches = np.full(len(rows), place)
    return Arrivals(texts, codes[keep], times[keep], events[keep], values[keep], batches[keep], rows[keep])


def _groups(table: pa.Table, rows: Ints, fields: tuple[str, ...]) -> tuple[Ints, list[str]]:
    """Per row the place of its group in the texts beside; -1 where a field has no value."""
    if not fields:
        return np.zeros(len(rows), np.int64), ["[]"]
    coded = [_column(table, field, rows).combine_chunks().dictionary_encode() for field in fields]
    indices = np.stack([column.indices.fill_null(-1).to_numpy(zero_copy_only=False) for column in coded])
    distinct, places = np.unique(indices, axis=1, return_inverse=True)
    dictionaries = [column.dictionary.to_pylist() for column in coded]
    texts = [
        orjson.dumps(
            [_bounded(values[code]) if code >= 0 else "" for values, code in zip(dictionaries, codes, strict=True)]
        ).decode()
        for codes in distinct.T.tolist()
    ]
    places = places.reshape(-1).astype(np.int64)
    return np.where((indices >= 0).all(axis=0), places, -1), texts


def _bounded(value: str) -> str:
    """A group's value as it is kept and shown: without NUL, which databases refuse; a huge one by its hash."""
    value = value.replace("\x00", "\ufffd")
    if len(value) <= MAX_GROUP_VALUE:
        return value
    return f"{value[:MAX_GROUP_VALUE]}…{hashlib.blake2b(value.encode(), digest_size=8).hexdigest()}"


def _column(table: pa.Table, field: str, rows: Ints) -> pa.ChunkedArray:
    """A field's text at ``rows``, nulls where no column holds it."""
    column = Columns(table).column(field)
    if column is None:
        return pa.chunked_array([pa.nulls(len(rows), pa.string())])
    taken = column.take(pa.array(rows))
    return taken.cast(pa.string()) if pa.types.is_dictionary(taken.type) else taken


def _hashed(texts: pa.ChunkedArray, salt: bytes = b"") -> tuple[Hashes, npt.NDArray[np.bool_]]:
    """A 64-bit hash of each text, and whether there is one. Each distinct text is hashed once."""
    coded = texts.combine_chunks().dictionary_encode()
    digests = b"".join(
        hashlib.blake2b(text.encode(), digest_size=8, salt=hashlib.blake2b(salt, digest_size=16).digest()).digest()
        for text in coded.dictionary.to_pylist()
    )
    hashes = np.frombuffer(digests, np.uint64)
    is_valid = pc.is_valid(coded).to_numpy(zero_copy_only=False)
    codes = coded.indices.fill_null(0).to_numpy(zero_copy_only=False)
    return (hashes[codes] if len(hashes) else np.zeros(len(texts), np.uint64)), is_valid


def advance(ringer: Ringer, state: RuleState, arrivals: Arrivals, samples: int) -> Step:
    """The state after ``arrivals``, and the episodes that they opened, extended or joined.

    Exact for any order of arrival as long as ``state`` reaches `Ringer.reach_us` before the earliest
    event that may still come. At most ``samples`` events are named for each change.
    """
    codes = state.groups.encode(arrivals.texts)[arrivals.group]
    is_touched = np.zeros(len(state.groups.texts), bool)
    is_touched[codes] = True
    touched = is_touched[state.rows.group]
    before = sort_rows(state.rows.take(touched))
    fresh = sort_rows(Rows(codes, arrivals.time, arrivals.event, arrivals.value))
    after = sort_rows(concat_rows(before, fresh))
    changes = join_episodes(
        state.episodes, _new_chains(ringer, fresh, after), before, after, state.groups.texts, ringer.timespan_us
    )
    limit = MAX_ROWS_OF_SINGLE if ringer.threshold == 1 else MAX_ROWS_A_GROUP
    rows = concat_rows(state.rows.take(~touched), newest(after, limit))
    episodes = _with_changes(state.episodes, changes)
    named = _samples([change.episode for change in changes], arrivals, codes, state.groups, samples)
    return Step(RuleState(state.groups, rows, episodes), newest(fresh, limit), changes, named)


def _new_chains(ringer: Ringer, fresh: Rows, after: Rows) -> Chains:
    """The satisfied windows that ``fresh`` can have changed: in each group those that end at or after its first."""
    is_first = np.insert(fresh.group[1:] != fresh.group[:-1], 0, True)
    groups, times = fresh.group[is_first], fresh.time[is_first]
    seen = np.flatnonzero(since(after, groups, times - ringer.timespan_us))
    rows = after.take(seen)
    windows = count_windows(rows, ringer.timespan_us, is_distinct=ringer.counted is not None)
    chains = find_chains(rows, windows, since(rows, groups, times), ringer.threshold, ringer.timespan_us)
    return replace(chains, start=seen[chains.start], stop=seen[chains.stop])


def with_keys(state: RuleState, keyed: Sequence[tuple[Episode, int]]) -> RuleState:
    """``state`` with the keys that the keeper gave to new episodes."""
    episodes = dict(state.episodes)
    for episode, key in keyed:
        episodes[episode.group] = tuple(
            replace(known, key=key) if known == episode else known for known in episodes[episode.group]
        )
    return replace(state, episodes=episodes)


def _with_changes(
    known: Mapping[str, tuple[Episode, ...]], changes: Sequence[Change]
) -> Mapping[str, tuple[Episode, ...]]:
    episodes = dict(known)
    for change in changes:
        group = change.episode.group
        others = (each for each in episodes.get(group, ()) if each.key is None or each.key not in change.joined)
        episodes[group] = (*others, change.episode)
    return episodes


def _samples(
    episodes: Sequence[Episode], arrivals: Arrivals, codes: Ints, groups: Groups, limit: int
) -> list[list[Sample]]:
    """For each episode the first and the last events of the batch that are in it, ``limit`` in all."""
    order = np.lexsort((arrivals.time, codes))
    sorted_codes, times = codes[order], arrivals.time[order]
    named = []
    for episode in episodes:
        start, stop = np.searchsorted(sorted_codes, groups.codes[episode.group] + np.array([0, 1]))
        first = start + np.searchsorted(times[start:stop], episode.first_us, side="left")
        last = start + np.searchsorted(times[start:stop], episode.last_us, side="right")
        places = order[first:last]
        if len(places) > limit:
            places = np.concatenate((places[: limit // 2], places[limit // 2 - limit :]))
        where = zip(arrivals.batch[places].tolist(), arrivals.row[places].tolist(), strict=True)
        named.append([Sample(batch, row) for batch, row in where])
    return named
