"""A Delta table beside other writers."""

import pytest
from deltalake.exceptions import CommitFailedError

from tocsin.store.columns import DAY
from tocsin.store.delta import COMMITS_A_CHECKPOINT, Delta
from tocsin.store.log import checkpoint_version
from tocsin.store.place import Place


@pytest.fixture
def place(tmp_path):
    """A folder without a table."""
    return Place(str(tmp_path / "web"), is_synced=False)


def test_a_table_is_partitioned_by_the_day_of_receipt(place):
    """Making a table also gives its first fields columns."""
    found = Delta(place).widen(["a b"])
    assert found.columns == {"a b": "a%20b"}
    assert Delta(place).load().metadata().partition_columns == [DAY]
    assert "a%20b" in Delta(place).column_names()


def test_a_column_that_another_writer_added_is_used(place):
    """A writer whose state is old does not add a column twice."""
    mine, theirs = Delta(place), Delta(place)
    mine.widen([])
    theirs.widen(["Foo"])
    assert mine.widen(["foo", "Foo"]).columns == {"foo": "%66oo", "Foo": "Foo"}


def test_a_lost_race_for_an_offset_is_an_error_where_it_matters(place):
    """A plan made before another commit of the same reader fails; without a plan, the newest state is used."""
    mine, theirs = Delta(place), Delta(place)
    mine.widen([])
    plan = mine.load()
    theirs.commit([], {"reader": 1})
    with pytest.raises(CommitFailedError):
        mine.commit_once([], {"reader": 2}, plan)
    assert mine.commit([], {"reader": 2}) == 2


def test_checkpoints_are_made_on_the_way(place):
    """Every hundred commits the log gets a checkpoint, so that opening stays quick."""
    delta = Delta(place)
    delta.widen([])
    for number in range(COMMITS_A_CHECKPOINT):
        delta.commit([], {"reader": number})
    assert checkpoint_version(place) == COMMITS_A_CHECKPOINT - 1
