"""The cast: 5,000 accounts of a microblog, 12 support employees, and from where each of them usually connects.

Addresses are from the ranges kept for documentation, and from the carriers' shared range (100.64.0.0/10),
behind which many people have one address.
"""

from dataclasses import dataclass, replace
from itertools import accumulate
from random import Random

ACCOUNTS = 5_000
WELL_KNOWN = 50
STAFF = 12
CARRIERS = 60
"""Shared addresses; nearly half of the accounts are behind one of them."""

_COUNTRIES = ("US", "BR", "DE", "IN", "JP", "GB", "FR", "NG", "MX", "ID", "PL", "CA")
_DEVICES = (
    "Firefox on Linux",
    "Firefox on Windows",
    "Chrome on Android",
    "Chrome on Windows",
    "Safari on iPhone",
    "Safari on macOS",
    "App 9.2 on Android",
    "App 9.2 on iPhone",
)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words("Alma Bero Cato Dilan Edda Faro Greta Hanno Ines Jora Kemi Lior Maren Nilo Orla Pavo Runa Siv")
_LAST = _words("Ashgrove Birkvale Calder Dunmore Ellery Fennick Garrow Holt Ivarsen Karsk Lund Merrow Voss")
_TRAITS = _words("amber brisk calm dusty early faint gentle hollow idle jolly keen lunar mossy quiet rapid")
_THINGS = _words("acorn bridge comet delta ember fjord grove heron inlet jetty kettle lantern meadow otter")


@dataclass(frozen=True, slots=True)
class Visit:
    """From where and with what somebody connects."""

    ip: str
    country: str
    device: str
    is_new_place: bool = False
    is_new_device: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """An account, or an employee of the support team (``role`` is `user` or `support`)."""

    id: str
    name: str
    role: str
    followers: int
    is_verified: bool
    home: Visit


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody. ``accounts`` runs from the most followed down.

    Attributes:
        activity: the running sum of how much each account writes, for weighted choices.
    """

    accounts: tuple[Person, ...]
    staff: tuple[Person, ...]
    activity: tuple[float, ...]

    @property
    def well_known(self) -> tuple[Person, ...]:
        """The verified accounts."""
        return self.accounts[:WELL_KNOWN]

    def active(self, rng: Random) -> Person:
        """Some account; those who write much come up much more often."""
        return rng.choices(self.accounts, cum_weights=self.activity)[0]

    def ordinary(self, rng: Random) -> Person:
        """Some account that is not well known, all equally likely."""
        return rng.choice(self.accounts[WELL_KNOWN:])


def cast(rng: Random) -> Cast:
    """Make everybody."""
    names = _names(rng)
    accounts = tuple(_account(rng, rank, names[rank]) for rank in range(ACCOUNTS))
    staff = tuple(_employee(rng, number) for number in range(1, STAFF + 1))
    weights = (min(rng.paretovariate(1.1), 200.0) for _ in accounts)
    return Cast(accounts, staff, tuple(accumulate(weights)))


def away(rng: Random, person: Person) -> Visit:
    """``person`` on a journey: a new place, the usual device."""
    return Visit(_home_ip(rng), rng.choice(_COUNTRIES), person.home.device, is_new_place=True)


def somewhere(rng: Random, person: Person) -> Visit:
    """Where ``person`` signs in: nearly always at home, sometimes on a journey or with a new device, rarely both."""
    place = away(rng, person) if rng.random() < 0.02 else person.home
    if rng.random() < 0.02:
        return replace(place, device=rng.choice(_DEVICES), is_new_device=True)
    return place


def strangers(rng: Random, count: int) -> list[Visit]:
    """``count`` addresses of people who are not who they say: new places, new devices."""
    hosts = rng.sample(range(2, 250), count)
    return [Visit(f"203.0.113.{host}", rng.choice(_COUNTRIES), rng.choice(_DEVICES), True, True) for host in hosts]


def stuffers(rng: Random, count: int) -> list[Visit]:
    """``count`` addresses that try passwords leaked elsewhere."""
    hosts = rng.sample(range(2, 250), count)
    return [Visit(f"198.51.100.{host}", rng.choice(_COUNTRIES), "python-requests", True, True) for host in hosts]


def _names(rng: Random) -> list[str]:
    """Unique names; the first `WELL_KNOWN` are people's, the others handles."""
    people = rng.sample([f"{first} {last}" for first in _FIRST for last in _LAST], WELL_KNOWN)
    handles = [f"{trait}{thing}{n}" for trait in _TRAITS for thing in _THINGS for n in range(1, 31)]
    return people + rng.sample(handles, ACCOUNTS - WELL_KNOWN)


def _account(rng: Random, rank: int, name: str) -> Person:
    followers = int(24_000_000 / (rank + 1) ** 1.15 * rng.uniform(0.8, 1.2))
    is_verified = rank < WELL_KNOWN
    is_shared = not is_verified and rng.random() < 0.45
    carrier = rng.randrange(CARRIERS)
    ip = f"100.{64 + carrier % 8}.{carrier}.1" if is_shared else _home_ip(rng)
    home = Visit(ip, rng.choice(_COUNTRIES), rng.choice(_DEVICES))
    return Person(f"u{rank + 1:05d}", name, "user", followers, is_verified, home)


def _employee(rng: Random, number: int) -> Person:
    first, last = _FIRST[number % len(_FIRST)], _LAST[(number * 5) % len(_LAST)]
    home = Visit(f"192.0.2.{9 + number}", "US", rng.choice(_DEVICES[:6]))
    return Person(f"s{number:02d}", f"{first} {last} (support)", "support", 0, False, home)


def _home_ip(rng: Random) -> str:
    return f"2001:db8:{rng.randrange(1, 0xFFFF):x}:{rng.randrange(1, 0xFFFF):x}::{rng.randrange(1, 0xFFF):x}"
