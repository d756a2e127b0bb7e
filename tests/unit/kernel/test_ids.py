"""Identities and secrets."""

import time
import uuid

from tocsin.kernel.ids import fingerprint, new_id, new_secret


def test_an_id_is_a_uuid_of_version_7() -> None:
    """Version, variant, and the millisecond in which it was made."""
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(new_id())
    after = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= after


def test_ids_sort_by_the_time_of_making() -> None:
    """A later millisecond is a greater text, and within one no two are the same."""
    first = new_id()
    time.sleep(0.002)
    assert first < new_id()
    assert len({new_id() for _ in range(5_000)}) == 5_000


def test_a_secret_says_what_it_is_and_cannot_be_guessed() -> None:
    """The prefix, then 256 random bits."""
    first, second = new_secret("tcs_in"), new_secret("tcs_in")
    assert first != second
    assert first.startswith("tcs_in_")
    assert len(first) == len("tcs_in_") + 43


def test_a_fingerprint_is_sha_256() -> None:
    """The known value of the empty text."""
    assert fingerprint("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
