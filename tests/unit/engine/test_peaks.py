"""The numbers that a history is made of."""

import numpy as np

from tocsin.engine.peaks import Peaks, decode_peaks, encode_peaks, join_peaks, make_peaks, newest_peaks


def peaks(*entries: tuple[int, int, int]) -> Peaks:
    """(group, hour, peak) as they come."""
    group, hour, peak = (np.array(column, np.int64) for column in zip(*entries, strict=True))
    return make_peaks(group.view(np.uint64), hour, peak)


def entries(found: Peaks) -> list[tuple[int, int, int]]:
    """The contrary of `peaks`."""
    return list(zip(found.group.view(np.int64).tolist(), found.hour.tolist(), found.peak.tolist(), strict=True))


def test_of_one_group_and_hour_the_largest_is_kept() -> None:
    """In whatever order they come, also before 1970."""
    assert entries(peaks((7, 5, 1), (-3, 5, 2), (7, 5, 9), (7, -4, 3))) == [(7, -4, 3), (7, 5, 9), (-3, 5, 2)]


def test_segments_together_are_what_they_were_apart() -> None:
    """A segment a settling, joined after a restart."""
    first, second = peaks((7, 5, 1), (8, 5, 2)), peaks((7, 5, 4), (8, 6, 1))
    both = decode_peaks([encode_peaks(first), encode_peaks(Peaks()), encode_peaks(second)])
    assert entries(both) == entries(join_peaks([first, second])) == [(7, 5, 4), (8, 5, 2), (8, 6, 1)]
    assert entries(decode_peaks([])) == []


def test_the_newest_are_whole_hours() -> None:
    """Never a part of one; if the newest alone is too large, that one all the same."""
    found = peaks((1, 1, 1), (2, 1, 1), (1, 2, 1), (2, 2, 1), (1, 3, 1))
    assert {hour for _, hour, _ in entries(newest_peaks(found, 4))} == {2, 3}
    assert {hour for _, hour, _ in entries(newest_peaks(found, 0))} == {3}
    assert newest_peaks(found, 5) is found
