"""What windows need, kept and found again."""

from typing import Any

import numpy as np
import pytest
from tests.unit.apps.detect import cast
from tests.unit.apps.detect.cast import BURST, Bench, alerts, event, finish

from tocsin.apps.alerts.models import Alert
from tocsin.apps.detect import memory
from tocsin.apps.detect.detector import Detector
from tocsin.apps.detect.memory import Memory
from tocsin.apps.detect.models import WindowSegment

RULE = "6a0f6c9b-6b0c-4f51-9f0e-0c3a5f0b9b02"


def contents(found: Memory) -> dict[str, Any]:
    """Each rule's rows by the text of their group, and its episodes."""
    shown = {}
    for rule_id, state in found._states.items():
        groups = [state.groups.texts[code] for code in state.rows.group.tolist()]
        rows = sorted(zip(groups, *(column.tolist() for column in state.rows.columns[1:]), strict=True))
        episodes = {
            (each.group, each.first_us, each.last_us, each.events, each.key)
            for known in state.episodes.values()
            for each in known
        }
        shown[rule_id] = rows, episodes
    return shown


def restored(detector: Detector) -> Memory:
    """What a new process would know."""
    return Memory(detector._rulebook.ringers, detector._watermark_us())


def test_what_is_restored_is_what_was_known(bench: Bench) -> None:
    """Rows and episodes of every rule, after every pass."""
    detector = bench.detector()
    for each in (*BURST, event(31, user="bob"), event(33, "admin"), event(5, ip="203.0.113.7")):
        bench.send(each)
        finish(detector)
        assert contents(restored(detector)) == contents(detector._memory)


def test_many_segments_become_one(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many passes there are, a rule has a bounded number of segments, and they hold the same."""
    monkeypatch.setattr(memory, "MAX_SEGMENTS", 4)
    detector = bench.detector()
    for second in range(13):
        bench.send(event(second))
        finish(detector)
        assert WindowSegment.objects.filter(rule_id=RULE).count() <= 4
    assert contents(restored(detector)) == contents(detector._memory)
    assert [(title, count) for title, _, _, _, count, *_ in alerts()] == [("Guessing", 13)]


def test_a_changed_rule_does_not_use_old_rows(bench: Bench) -> None:
    """Its digest is another one; its alerts stay."""
    bench.send(*BURST[:2])
    bench.detect()
    (bench.rule_folder / "app.yml").write_text(cast.RULES.replace("group-by: [ip]", "group-by: [user]"))
    detector = bench.detect()
    assert (
        len(detector._memory.state(next(each for each in detector._rulebook.ringers if each.meta.id == RULE)).rows) == 0
    )


def test_what_no_event_can_need_is_forgotten(bench: Bench) -> None:
    """Rows, segments and episodes, once the watermark has passed them by more than the rule's time span."""
    detector = bench.detector(lateness_s=0)
    bench.send(*BURST)
    finish(detector)
    assert WindowSegment.objects.filter(rule_id=RULE).exists()
    bench.send(event(200, "other"))
    finish(detector)
    assert contents(detector._memory)[RULE] == ([], set())
    assert not WindowSegment.objects.filter(rule_id=RULE).exists()
    assert Alert.objects.count() == 1


def test_what_a_rule_left_behind_goes_after_a_day(bench: Bench) -> None:
    """Not at once: a file that is being replaced is away for a moment only."""
    detector = bench.detector(lateness_s=0)
    bench.send(*BURST)
    finish(detector)
    (bench.rule_folder / "app.yml").unlink()
    finish(detector)
    bench.send(event(3_000, "other"))
    finish(detector)
    assert WindowSegment.objects.exists()
    bench.send(event(2 * 86_400, "other"), received_at=cast.START + 3 * cast.timedelta(days=1))
    finish(detector)
    assert not WindowSegment.objects.exists()


def test_restoring_reads_rows_in_order(bench: Bench) -> None:
    """Sorted by group, time and event, as the engine needs them."""
    detector = bench.detector()
    for second in (30, 10, 20):
        bench.send(event(second))
    finish(detector)
    (ringer,) = (each for each in detector._rulebook.ringers if each.meta.id == RULE)
    assert np.all(np.diff(restored(detector).state(ringer).rows.time) > 0)
