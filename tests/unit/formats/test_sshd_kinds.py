"""Every kind of message is reached by the words that it begins with."""

import re

import pytest

from tocsin.formats.sshd_kinds import KINDS, Kind


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind.action}-{kind.start}")
def test_a_pattern_begins_with_its_start(kind: Kind) -> None:
    """Else the messages that it describes would never be tried on it."""
    assert kind.pattern.startswith("^" + kind.start.rstrip())
    assert re.compile(kind.pattern).groups == len(re.compile(kind.pattern).groupindex)


def test_an_action_is_a_word() -> None:
    """Rules name it: lower case, with underscores."""
    assert all(re.fullmatch(r"[a-z_]+", kind.action) for kind in KINDS)
