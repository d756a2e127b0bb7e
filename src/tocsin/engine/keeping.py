"""What a rule's state is kept as, and how it is found again: one answer for every kind of state."""

from collections.abc import Iterable
from dataclasses import dataclass

from tocsin.engine.correlate import Step
from tocsin.engine.episodes import Episode
from tocsin.engine.ringers import Ringer
from tocsin.engine.similar_state import encode_said, prune_similar, restore_similar, whole
from tocsin.engine.state import RuleState, encode, prune, restore


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a state as it is kept; nothing in it is younger than ``until_us``."""

    content: bytes
    until_us: int


def segment_of(ringer: Ringer, step: Step, *, is_whole: bool) -> Segment:
    """What ``step`` added to the state of ``ringer``, or with ``is_whole`` all of it."""
    state = step.state
    if ringer.similar is not None:
        said = whole(state) if is_whole or step.said is None else step.said
        return Segment(encode_said(said, state.groups), said.until_us)
    rows = state.rows if is_whole else step.kept
    until_us = max(state.judged_us, int(rows.time.max()) if len(rows) else state.judged_us)
    return Segment(encode(rows, state.groups, state.judged_us), until_us)


def restore_state(ringer: Ringer, segments: Iterable[bytes], episodes: Iterable[Episode]) -> RuleState:
    """The state of ``ringer`` from its segments, in the order in which they were kept, and its alerts' episodes."""
    if ringer.similar is not None:
        return restore_similar(ringer.similar, segments, episodes)
    return restore(segments, episodes)


def prune_state(ringer: Ringer, state: RuleState, cut_us: int) -> RuleState:
    """``state`` without what lies before ``cut_us``."""
    return prune_similar(state, cut_us) if ringer.similar is not None else prune(state, cut_us)
