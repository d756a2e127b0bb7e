"""The New Year's Eve hour: thousands say nearly the same thing, and none of it is an attack."""

from collections.abc import Iterator
from random import Random

from tocsin.drill import words
from tocsin.drill.happenings import Happening
from tocsin.drill.ordinary import post, sign_in
from tocsin.drill.people import Cast

SHARE_GREETING = 0.72
SHARE_GREETING_AGAIN = 0.3
SIGN_INS = 1_600


def midnight(rng: Random, cast: Cast, from_s: float, until_s: float, year: int) -> Iterator[Happening]:
    """Greetings for ``year`` between two moments, most of them close to the middle, and the sign-ins they take."""
    for author in cast.accounts:
        if rng.random() < SHARE_GREETING:
            greetings = 2 if rng.random() < SHARE_GREETING_AGAIN else 1
            for _ in range(greetings):
                friend = rng.choice(cast.accounts).name
                yield post(author, _moment(rng, from_s, until_s), words.greeting(rng, year, friend))
    for _ in range(SIGN_INS):
        yield from sign_in(rng, rng.choice(cast.accounts), _moment(rng, from_s, until_s - 180))


def _moment(rng: Random, from_s: float, until_s: float) -> float:
    """Mostly within a few minutes of the middle, the rest anywhere in the hour."""
    if rng.random() < 0.35:
        return rng.uniform(from_s, until_s)
    near = rng.gauss((from_s + until_s) / 2, 240)
    return min(max(near, from_s), until_s)
