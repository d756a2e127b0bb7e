"""Row identities are UUIDs of version 7."""

import time
import uuid

from tocsin.formats.rowids import new_ids


def test_ids_are_version_7_unique_ascending_and_of_now() -> None:
    """Also over the borders of the counter's parts."""
    before = time.time_ns() // 1_000_000
    texts = new_ids(70_000).to_pylist()
    after = time.time_ns() // 1_000_000
    assert texts == sorted(set(texts))
    for text in (texts[0], texts[256], texts[-1]):
        made = uuid.UUID(text)
        assert (made.version, made.variant, str(made)) == (7, uuid.RFC_4122, text)
        assert before <= made.int >> 80 <= after


def test_no_rows_have_no_ids() -> None:
    """An empty batch is one."""
    assert new_ids(0).to_pylist() == []


def test_two_batches_share_no_id() -> None:
    """Random bits keep apart what the clock and the counter do not."""
    assert not set(new_ids(1000).to_pylist()) & set(new_ids(1000).to_pylist())
