"""Techniques and tactics in tags."""

import pytest

from tocsin.rules.attack import TACTICS, find_technique, tactics, techniques


def test_tags_name_techniques_and_tactics() -> None:
    """In whatever case, words joined either way; tags of another kind name none."""
    tags = (
        "attack.t1110.004",
        "attack.T1078",
        "attack.credential_access",
        "attack.impact",
        "car.t1110",
        "attack.g0016",
        "t1",
    )
    assert list(techniques(tags)) == ["T1110.004", "T1078"]
    assert list(tactics(tags)) == ["credential-access", "impact"]


@pytest.mark.parametrize(
    ("technique", "name"),
    [
        ("T1110", "Brute Force"),
        ("T1110.004", "Brute Force: Credential Stuffing"),
        ("T1110.999", "Brute Force"),
        ("T9999", ""),
    ],
)
def test_what_is_not_known_is_called_by_what_is(technique: str, name: str) -> None:
    """A sub-technique by its technique, and that by its id alone."""
    assert find_technique(technique).name == name


def test_every_known_technique_has_tactics_that_there_are() -> None:
    """So that each has a column."""
    for number in range(1000, 2000):
        known = find_technique(f"T{number}")
        assert set(known.tactics) <= set(TACTICS)
        assert bool(known.name) == bool(known.tactics)
