"""The incident. Algorithm:

1. Two support employees are reached by phishing: strangers sign in as them, from new places and devices.
2. The strangers look an account up, change its email address and remove its second factor: 45 well-known
   accounts in 21 to 29 minutes. From the first eight, one of them also takes a copy of the data.
3. With the email address in hand they reset the password and sign in to the account.
4. From each account they post the coin scam, one to three times.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from tocsin.drill import people, words
from tocsin.drill.happenings import Action, Happening
from tocsin.drill.ordinary import post
from tocsin.drill.people import Cast, Person, Visit

TAKEN = 45
EXPORTED = 8
FIFTH = 5
"""The account by which somebody must have been woken."""


@dataclass(frozen=True, slots=True)
class _Insider:
    """An employee's identity in a stranger's hands."""

    employee: Person
    visit: Visit

    def does(self, action: Action, subject: Person, at_s: float) -> Happening:
        return Happening(at_s, action, self.employee, self.visit, subject, is_incident=True)


def incident(rng: Random, cast: Cast, from_s: float) -> Iterator[Happening]:
    """The whole incident; it begins within two minutes of ``from_s`` and is over within 45 minutes."""
    insiders = _phish(rng, cast)
    for insider in insiders:
        yield insider.does(Action.STAFF_SESSION_CREATED, insider.employee, from_s + rng.uniform(0, 120))
    first_s = from_s + rng.uniform(180, 300)
    targets = rng.sample(cast.well_known, TAKEN)
    hideout = people.strangers(rng, 3)
    address = words.wallet(rng)
    for target, at_s in zip(targets, _pace(rng, first_s), strict=True):
        taken_s = at_s + rng.uniform(3, 9)
        yield from _take_over(rng.choice(insiders), target, at_s, taken_s)
        yield from _abuse(rng, target, rng.choice(hideout), address, taken_s)
        if target in targets[:EXPORTED]:
            yield insiders[0].does(Action.DATA_EXPORTED, target, taken_s + rng.uniform(20, 60))


def _phish(rng: Random, cast: Cast) -> list[_Insider]:
    employees = rng.sample(cast.staff, 2)
    return [_Insider(employee, visit) for employee, visit in zip(employees, people.strangers(rng, 2), strict=True)]


def _pace(rng: Random, first_s: float) -> list[float]:
    """When work on each account begins, in order: a steady pace with human irregularity."""
    gap_s = rng.uniform(21 * 60, 29 * 60) / (TAKEN - 1)
    return [first_s + (number + rng.uniform(-0.4, 0.4)) * gap_s for number in range(TAKEN)]


def _take_over(insider: _Insider, target: Person, at_s: float, taken_s: float) -> Iterator[Happening]:
    """Three clicks in the support tool; the account is theirs at ``taken_s``."""
    yield insider.does(Action.USER_VIEWED, target, at_s - 5)
    yield insider.does(Action.EMAIL_CHANGED, target, at_s)
    yield insider.does(Action.SECOND_FACTOR_REMOVED, target, taken_s)


def _abuse(rng: Random, target: Person, visit: Visit, address: str, taken_s: float) -> Iterator[Happening]:
    """The thieves, signed in as ``target``, post the scam."""
    entered_s = taken_s + rng.uniform(20, 60)
    yield Happening(entered_s - 8, Action.PASSWORD_RESET, target, visit, target, is_incident=True)
    yield Happening(entered_s, Action.SESSION_CREATED, target, visit, target, is_incident=True)
    at_s = entered_s
    for _ in range(rng.randint(1, 3)):
        at_s += rng.uniform(40, 150)
        yield post(target, at_s, words.scam(rng, address), visit, is_incident=True)
