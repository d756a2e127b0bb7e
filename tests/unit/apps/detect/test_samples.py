"""Sample events: read again from their raw records, bounded, the first and the last."""

import random

import pytest
from tests.unit.apps.detect.cast import event, table_of

from tocsin.apps.detect.samples import MAX_SAMPLES, choose_samples, merge_samples, read_samples
from tocsin.engine.arrivals import Batch
from tocsin.engine.correlate import Sample
from tocsin.engine.match import Matches


def batch_of(*records: object) -> Batch:
    """A batch of the source `app`; what matched does not matter here."""
    return Batch("app", table_of(records), Matches(None, None))  # type: ignore[arg-type]


def test_a_sample_shows_every_field_of_its_record() -> None:
    """Also those that no rule reads."""
    (sample,) = read_samples([Sample(0, 1)], [batch_of(event(0), event(1, note="hi", deep={"a": 1}))], {"app": "json"})
    assert (sample["source"], sample["time"]) == ("app", "2026-01-01T00:00:01+00:00")
    assert (sample["fields"]["note"], sample["fields"]["deep.a"]) == ("hi", "1")
    assert '"note":"hi"' in sample["raw"]


def test_what_can_no_longer_be_read_keeps_its_raw_text() -> None:
    """The source has another format by now, or one of another version of Tocsin."""
    for format in ("sshd", "klingon"):
        (sample,) = read_samples([Sample(0, 0)], [batch_of(event(0))], {"app": format})
        assert '"action":"failed"' in sample["raw"]


def test_a_sample_is_bounded_and_storable() -> None:
    """Long texts are cut, and nothing holds a NUL."""
    wide = {f"f{number}": "x" for number in range(500)}
    batch = batch_of({"_id": "i\x00" + "d" * 9_000, "na\x00me": "y" * 9_000, **wide})
    (sample,) = read_samples([Sample(0, 0)], [batch], {})
    assert "\x00" not in str(sample)
    assert len(sample["fields"]) == 200
    assert max(len(text) for text in (sample["id"], sample["raw"], *sample["fields"].values())) == 4_000


@pytest.mark.parametrize("seed", range(5))
def test_any_order_of_arrival_leaves_the_same_samples(seed: int) -> None:
    """The first and the last five of all, and reading only what is worth it changes nothing."""
    chance = random.Random(seed)
    seconds = chance.sample(range(1_000), 60)
    batches = [sorted(seconds[start : start + 7]) for start in range(0, 60, 7)]
    known: list[dict[str, object]] = []
    for part in batches:
        batch = batch_of(*(event(second) for second in part))
        named = [Sample(0, row) for row in range(len(part))]
        known = merge_samples(known, read_samples(choose_samples(known, named, [batch]), [batch], {}))
    ordered = sorted(seconds)
    whole = batch_of(*(event(second) for second in (*ordered[:5], *ordered[-5:])))
    assert known == read_samples([Sample(0, row) for row in range(MAX_SAMPLES)], [whole], {})


def test_the_same_event_is_one_sample() -> None:
    """An event that came twice is shown once."""
    read = read_samples([Sample(0, 0)], [batch_of(event(0))], {})
    assert merge_samples(read, read) == read
