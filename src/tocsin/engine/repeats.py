"""Events that are sent again and have no time of their own.

An event is the same by its source, `_id` and time, and sorting finds it (`windows.sort_rows`). One that
happened when it was received has another time when it is sent again: it is the same by source and `_id`.
"""

from dataclasses import replace
from typing import Final

import numpy as np

from tocsin.engine.arrivals import Arrivals
from tocsin.engine.measures import Bools
from tocsin.engine.state import RuleState
from tocsin.engine.windows import ODD, Hashes, Ints

_PARALLEL: Final = ("group", "time", "event", "value", "batch", "row")


def without_repeats(state: RuleState, arrivals: Arrivals | None) -> Arrivals | None:
    """``arrivals`` without those that have no time of their own and that ``state``, or an earlier one of them, has.

    Cost: nothing where every event has a time.
    """
    if arrivals is None or arrivals.is_timeless is None or not arrivals.is_timeless.any():
        return arrivals
    keep = ~arrivals.is_timeless | ~(_is_known(state, arrivals) | _is_later(arrivals))
    if keep.all():
        return arrivals
    taken = {name: getattr(arrivals, name)[keep] for name in _PARALLEL}
    return replace(arrivals, **taken, is_timeless=arrivals.is_timeless[keep]) if keep.any() else None


def _is_known(state: RuleState, arrivals: Arrivals) -> Bools:
    codes = np.array([state.groups.codes.get(text, -1) for text in arrivals.texts], np.int64)
    known = _keys(state.rows.group, state.rows.event)
    found: Bools = np.isin(_keys(codes[arrivals.group], arrivals.event), known)
    return found


def _is_later(arrivals: Arrivals) -> Bools:
    """Whether the same event is there with an earlier time. One event may arrive once for each of its rules."""
    _, places = np.unique(_keys(arrivals.group, arrivals.event), return_inverse=True)
    places = places.reshape(-1)
    first = np.full(int(places.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, places, arrivals.time)
    found: Bools = arrivals.time > first[places]
    return found


def _keys(groups: Ints, events: Hashes) -> Hashes:
    keys: Hashes = events ^ (groups.view(np.uint64) * ODD)
    return keys
