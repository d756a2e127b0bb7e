"""Learning: settled windows teach a rule with a baseline what is normal, and satisfied ones are held against it."""

from collections.abc import Sequence

import numpy as np

from tocsin.engine.baseline import (
    HOUR_US,
    Bools,
    History,
    Normal,
    find_normal,
    hash_groups,
    learn,
    settled_after_us,
)
from tocsin.engine.episodes import Change
from tocsin.engine.measures import judge
from tocsin.engine.peaks import Peaks, make_peaks
from tocsin.engine.ringers import Ringer
from tocsin.engine.state import RuleState
from tocsin.engine.windows import Ints, Rows, empty_rows, find_windows


def find_ready(ringer: Ringer, rows: Rows, from_us: int, until_us: int) -> Rows:
    """Of a rule with a baseline, the rows whose windows had to wait for their history, and have it now.

    There are some only where one source is nearly a season ahead of another, which holds the watermark back.
    ``from_us``, ``until_us``: before which windows were settled, and are settled now.
    """
    if ringer.baseline is None or until_us <= from_us or not len(rows):
        return empty_rows()
    begin_us, end_us = (settled_after_us(ringer.baseline, each) for each in (from_us, until_us))
    return rows.take((rows.time >= begin_us) & (rows.time < end_us))


def learn_from(ringer: Ringer, state: RuleState, due: Rows) -> tuple[Peaks, History, int]:
    """The largest counts, by group and hour, of the windows of ``due`` that are settled now; the history with them.

    The number is that of `baseline.learn`.
    """
    if ringer.baseline is None or not len(due):
        return Peaks(), state.history, 0
    counts = judge(ringer.measure, due, find_windows(due, ringer.timespan_us)).aggregate
    is_new = due.time >= state.judged_us
    if counts is None or not is_new.any():
        return Peaks(), state.history, 0
    group, hour = due.group[is_new], due.time[is_new] // HOUR_US
    firsts = _starts(group, hour)
    codes, places = np.unique(group[firsts], return_inverse=True)
    hashes = hash_groups(ringer.baseline, [state.groups.texts[code] for code in codes.tolist()])
    learnt = make_peaks(hashes[places.reshape(-1)], hour[firsts], np.maximum.reduceat(counts[is_new], firsts))
    return learnt, *learn(state.history, learnt)


def without_normal(ringer: Ringer, state: RuleState, rows: Rows, is_hit: Bools, counts: Ints | None) -> Bools:
    """``is_hit`` less the windows whose count is normal for their group at their hour."""
    hits = np.flatnonzero(is_hit)
    if ringer.baseline is None or counts is None or not len(hits):
        return is_hit
    group, hour = rows.group[hits], rows.time[hits] // HOUR_US
    firsts = _starts(group, hour)
    hashes = hash_groups(ringer.baseline, [state.groups.texts[code] for code in group[firsts].tolist()])
    normals = find_normal(ringer.baseline, state.history, hashes, hour[firsts])
    highs = np.array([-1 if each.high is None else each.high for each in normals])
    kept = is_hit.copy()
    kept[hits] = counts[hits] > np.repeat(highs, np.diff(firsts, append=len(hits)))
    return kept


def find_normals(ringer: Ringer, state: RuleState, changes: Sequence[Change]) -> list[Normal]:
    """What was normal where each changed episode opened; empty for a rule without a baseline."""
    if ringer.baseline is None or not changes:
        return []
    groups = hash_groups(ringer.baseline, [change.episode.group for change in changes])
    hours = np.array([change.episode.opened_us // HOUR_US for change in changes])
    return find_normal(ringer.baseline, state.history, groups, hours)


def _starts(group: Ints, hour: Ints) -> Ints:
    """Where a run of one group and hour begins."""
    return np.flatnonzero(np.insert((group[1:] != group[:-1]) | (hour[1:] != hour[:-1]), 0, True))
