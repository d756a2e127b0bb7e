"""The Delta log, read entry by entry."""

import json

import pytest

from tocsin.store import log
from tocsin.store.place import Place


def write_entry(folder, version, *actions):
    """Write the log entry of ``version``."""
    (folder / "_delta_log").mkdir(exist_ok=True)
    text = "".join(json.dumps(action) + "\n" for action in actions)
    (folder / log.entry_path(version)).write_text(text)


def add(path, *, is_new=True):
    """An `add` action."""
    return {"add": {"path": path, "dataChange": is_new}}


def test_an_entry_tells_new_rows_from_moved_ones(tmp_path):
    """Only files with dataChange are new; paths are decoded."""
    write_entry(tmp_path, 0, {"commitInfo": {log.COMMIT_ID: "me"}}, add("d/a%20b"), add("d/c", is_new=False))
    entry = log.read_entry(Place(str(tmp_path)), 0)
    assert entry == log.Entry(0, ("d/a b",), ("d/c",), (), "me")


def test_a_commit_that_removes_rows_adds_none(tmp_path):
    """What DELETE or UPDATE rewrites is not new."""
    write_entry(tmp_path, 0, {"remove": {"path": "a", "dataChange": True}}, add("b"))
    entry = log.read_entry(Place(str(tmp_path)), 0)
    assert (entry.added, entry.rearranged, entry.removed) == ((), ("b",), ("a",))


def test_an_empty_entry_has_no_actions(tmp_path):
    """A power cut may leave an empty entry, of a commit that nobody acknowledged."""
    write_entry(tmp_path, 0)
    assert log.read_entry(Place(str(tmp_path)), 0) == log.Entry(0, (), (), (), None)


def test_entries_end_with_the_newest(tmp_path):
    """Entries come in order; there may be none."""
    place = Place(str(tmp_path))
    assert list(log.entries(place, -1)) == []
    for version in range(3):
        write_entry(tmp_path, version, add(str(version)))
    assert [entry.version for entry in log.entries(place, 0)] == [1, 2]
    assert list(log.entries(place, 2)) == []


def test_a_cleared_entry_is_a_gap(tmp_path):
    """A reader below the oldest entry hears where reading works again."""
    for version in (5, 6):
        write_entry(tmp_path, version, add(str(version)))
    (tmp_path / "_delta_log/_last_checkpoint").write_text('{"version":5}')
    place = Place(str(tmp_path))
    with pytest.raises(log.LogGapError, match="its log begins at version 5; go on after version 4") as raised:
        list(log.entries(place, 1))
    assert [entry.version for entry in log.entries(place, raised.value.resume_after)] == [5, 6]
