"""Ordinary traffic: people post, sign in and mistype; support works; somebody tries leaked passwords."""

from collections.abc import Iterator
from random import Random

from tocsin.drill import people, words
from tocsin.drill.happenings import Action, Happening
from tocsin.drill.people import Cast, Person, Visit

POSTS_A_HOUR = 4_200
SIGN_INS_A_HOUR = 1_300
VIEWS_A_HOUR = 300
SECOND_FACTORS_A_HOUR = 6
EMAILS_A_HOUR = 2
EXPORTS_A_HOUR = 1
TIP_JARS_A_HOUR = 3
MOST_MISTYPED = 9
"""Nobody gets their own password wrong more often than this in a row."""

_STAFF_WORK = (
    (Action.USER_VIEWED, VIEWS_A_HOUR),
    (Action.SECOND_FACTOR_REMOVED, SECOND_FACTORS_A_HOUR),
    (Action.EMAIL_CHANGED, EMAILS_A_HOUR),
    (Action.DATA_EXPORTED, EXPORTS_A_HOUR),
)


def ordinary(rng: Random, cast: Cast, length_s: float) -> Iterator[Happening]:
    """All that happens on any day, over ``length_s`` seconds."""
    hours = length_s / 3600
    yield from _posts(rng, cast, length_s, hours)
    for _ in range(_about(rng, SIGN_INS_A_HOUR * hours)):
        yield from sign_in(rng, cast.active(rng), rng.uniform(0, length_s))
    yield from _staff_sessions(rng, cast, length_s)
    yield from _staff_work(rng, cast, length_s, hours)
    yield from _stuffing(rng, cast, length_s)


def sign_in(rng: Random, person: Person, at_s: float) -> Iterator[Happening]:
    """``person`` signs in, now and then after getting the password wrong, rarely many times."""
    visit = people.somewhere(rng, person)
    wrong = 0
    if rng.random() < 0.08:
        wrong = min(int(rng.paretovariate(1.3)), MOST_MISTYPED)
    for _ in range(wrong):
        yield Happening(at_s, Action.SESSION_FAILED, person, visit, person)
        at_s += rng.uniform(2, 15)
    yield Happening(at_s, Action.SESSION_CREATED, person, visit, person)


def _posts(rng: Random, cast: Cast, length_s: float, hours: float) -> Iterator[Happening]:
    for _ in range(_about(rng, POSTS_A_HOUR * hours)):
        yield post(cast.active(rng), rng.uniform(0, length_s), words.ordinary(rng))
    for _ in range(_about(rng, TIP_JARS_A_HOUR * hours)):
        yield post(cast.ordinary(rng), rng.uniform(0, length_s), words.tip_jar(rng))


def post(
    author: Person, at_s: float, written: words.Post, visit: Visit | None = None, *, is_incident: bool = False
) -> Happening:
    """``author`` posts what is ``written``, from ``visit`` or from home."""
    where = visit or author.home
    return Happening(
        at_s, Action.POST_CREATED, author, where, author, written.text, written.url, is_incident=is_incident
    )


def _staff_sessions(rng: Random, cast: Cast, length_s: float) -> Iterator[Happening]:
    """Everyone signs in once or twice from the usual place; one of them is on a journey."""
    traveller = rng.choice(cast.staff)
    for employee in cast.staff:
        for _ in range(rng.choice((1, 1, 2))):
            yield _staff_session(employee, employee.home, rng.uniform(0, length_s))
    yield _staff_session(traveller, people.away(rng, traveller), rng.uniform(0, length_s))


def _staff_session(employee: Person, visit: Visit, at_s: float) -> Happening:
    return Happening(at_s, Action.STAFF_SESSION_CREATED, employee, visit, employee)


def _staff_work(rng: Random, cast: Cast, length_s: float, hours: float) -> Iterator[Happening]:
    """Support helps people who ask; once in a while one of them is well known."""
    for action, an_hour in _STAFF_WORK:
        for _ in range(_about(rng, an_hour * hours)):
            employee = rng.choice(cast.staff)
            subject = rng.choice(cast.well_known) if rng.random() < 0.03 else cast.ordinary(rng)
            yield Happening(rng.uniform(0, length_s), action, employee, employee.home, subject)


def _stuffing(rng: Random, cast: Cast, length_s: float) -> Iterator[Happening]:
    """A few addresses try leaked passwords on some accounts each: the weather of the internet."""
    for visit in people.stuffers(rng, rng.randint(2, 4)):
        begin = rng.uniform(0, length_s - 900)
        for _ in range(rng.randint(9, 18)):
            person = cast.ordinary(rng)
            yield Happening(begin + rng.uniform(0, 900), Action.SESSION_FAILED, person, visit, person)


def _about(rng: Random, mean: float) -> int:
    """A count near ``mean``, as chance would have it: normal, of a Poisson's spread, never negative."""
    return max(0, round(rng.gauss(mean, mean**0.5)))
