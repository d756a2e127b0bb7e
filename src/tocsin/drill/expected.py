"""What must ring for the incident: the shipped rules of `rules/app`, and how many alerts each of them gives."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Expectation:
    """A rule that must ring.

    Attributes:
        title: the rule's title.
        level: the rule's level.
        alerts: how many alerts, one a group.
        why: what it saw, for the person at the drill.
    """

    title: str
    level: str
    alerts: int
    why: str


EXPECTED: Final = (
    Expectation(
        "Employee removes the second factor of well-known accounts",
        "critical",
        2,
        "each of the two employees took many well-known accounts apart",
    ),
    Expectation(
        "Well-known accounts post wallet addresses",
        "critical",
        1,
        "one scam in many words, from accounts that never speak of wallets",
    ),
    Expectation(
        "Employee changes the email address of many accounts",
        "high",
        2,
        "the same two, one step earlier",
    ),
    Expectation(
        "Employee exports the data of several accounts",
        "high",
        1,
        "one of them copied the data of eight accounts",
    ),
    Expectation(
        "Well-known accounts are entered from new places and devices",
        "high",
        1,
        "the thieves sign in to what they took",
    ),
    Expectation(
        "Employee signs in from a new place on a new device",
        "medium",
        2,
        "where it began: two phished employees",
    ),
)
