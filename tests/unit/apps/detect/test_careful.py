"""Around the events that fail."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from django.db import OperationalError
from tests.unit.apps.detect.cast import event, table_of

from tocsin.apps.detect import careful
from tocsin.apps.detect.careful import match_pieces
from tocsin.engine.match import Matches


def matcher(*bad: int) -> Any:
    """Breaks on the events of these seconds, and matches nothing."""

    def match(source: str, table: pa.Table) -> Matches:
        if {f"{second}-failed-203.0.113.9-ann" for second in bad} & set(table["_id"].to_pylist()):
            raise KeyError("broken")
        return Matches(np.empty(0, np.int32), np.empty(0, np.int64))

    return match


def ids(tables: list[pa.Table]) -> list[str]:
    """The seconds of all events."""
    return [each.split("-")[0] for table in tables for each in table["_id"].to_pylist()]


@pytest.mark.parametrize("bad", [(), (0,), (39,), (7, 8, 30)])
def test_only_what_fails_is_left_out(bad: tuple[int, ...]) -> None:
    """Every other event is matched, once and in order; what is left out is counted in one alarm."""
    table = table_of(event(second) for second in range(40))
    checked = match_pieces("app", table, matcher(*bad))
    assert ids([batch.table for batch in checked.batches]) == [str(each) for each in range(40) if each not in bad]
    assert [(alarm.source, alarm.events, alarm.reason) for alarm in checked.alarms] == (
        [("app", len(bad), "KeyError: 'broken'")] if bad else []
    )


def test_telling_apart_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where everything fails, the pieces that were not tried are counted as not checked."""
    monkeypatch.setattr(careful, "MAX_ATTEMPTS", 10)
    checked = match_pieces("app", table_of(event(second) for second in range(100)), matcher(*range(100)))
    assert checked.batches == []
    assert [alarm.events for alarm in checked.alarms] == [100]


def test_a_database_that_is_away_is_not_the_events_fault() -> None:
    """It is raised: the same may work a moment later."""

    def away(source: str, table: pa.Table) -> Matches:
        raise OperationalError("database is locked")

    with pytest.raises(OperationalError):
        match_pieces("app", table_of([event(0)]), away)
