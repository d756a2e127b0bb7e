"""Who is on call: rotations, and those who stand in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from tocsin.apps.accounts.models import User
from tocsin.apps.audit.events import Event
from tocsin.apps.audit.record import person, record
from tocsin.apps.notify.models import Rotation
from tocsin.kernel.errors import ConfigError

ROTATION_PREFIX: Final = "@"
"""An address of an email channel that begins with it is the name of a rotation."""
MAX_SHIFT_DAYS: Final = 366
MAX_TURNS: Final = 60


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on call in one rotation; nobody where its people are gone or it has not begun.

    Attributes:
        is_substitute: whether somebody stands in.
        until_at: when the shift or the substitution ends.
    """

    rotation: Rotation
    user: User | None
    is_substitute: bool = False
    until_at: datetime | None = None


@transaction.atomic
def set_rotation(
    name: str, people: Sequence[User], *, starts_at: datetime, shift_days: int, time_zone: str
) -> Rotation:
    """Make a rotation, or change the one of this name. Within a transaction.

    Raises: ConfigError where nobody is in it, a shift is not of 1 to 366 days, or the time zone is unknown.
    """
    if not people:
        raise ConfigError(f"the rotation '{name}' has nobody in it; name at least one person")
    if not 1 <= shift_days <= MAX_SHIFT_DAYS:
        raise ConfigError(f"a shift of {shift_days} days cannot be; use 1 to {MAX_SHIFT_DAYS}")
    _zone(time_zone)
    values = {"starts_at": starts_at, "shift_days": shift_days, "time_zone": time_zone}
    rotation, _ = Rotation.objects.update_or_create(name=name, defaults=values)
    rotation.members.all().delete()
    for place, user in enumerate(dict.fromkeys(people)):
        rotation.members.create(user=user, place=place)
    emails = ", ".join(user.email for user in people)
    record(Event.ONCALL_CHANGED, details={"tocsin.rotation": name, "tocsin.change": "set", "tocsin.people": emails})
    return rotation


@transaction.atomic
def substitute(rotation: Rotation, user: User, from_at: datetime, until_at: datetime) -> None:
    """Let ``user`` stand in.

    Raises: ConfigError where the time ends before it begins.
    """
    if until_at <= from_at:
        raise ConfigError(f"{user} cannot stand in until {until_at:%Y-%m-%d %H:%M} from {from_at:%Y-%m-%d %H:%M} on")
    rotation.substitutions.create(user=user, from_at=from_at, until_at=until_at)
    details = {"tocsin.rotation": rotation.name, "tocsin.change": "substitute", "tocsin.until": until_at.isoformat()}
    record(Event.ONCALL_CHANGED, target=person(user), details=details)


@transaction.atomic
def remove_rotation(rotation: Rotation) -> None:
    """Remove a rotation. A channel that writes to it by name reaches nobody through it from here on."""
    record(Event.ONCALL_CHANGED, details={"tocsin.rotation": rotation.name, "tocsin.change": "removed"})
    rotation.delete()


def who_is_on_call(at: datetime) -> list[Duty]:
    """Who is on call at ``at``, a rotation each, by name. Cost: two queries and one a rotation."""
    return [find_duty(rotation, at) for rotation in Rotation.objects.order_by("name").prefetch_related("members__user")]


def find_duty(rotation: Rotation, at: datetime) -> Duty:
    """Who is on call in ``rotation`` at ``at``: of the people who are active, the one whose turn it is."""
    standing = rotation.substitutions.filter(from_at__lte=at, until_at__gt=at, user__is_active=True)
    newest = standing.select_related("user").order_by("-created_at", "-pk").first()
    if newest is not None:
        return Duty(rotation, newest.user, is_substitute=True, until_at=newest.until_at)
    people = [member.user for member in rotation.members.all() if member.user.is_active]
    if not people or at < rotation.starts_at:
        return Duty(rotation, None)
    shift, until_at = _shift(rotation, at)
    return Duty(rotation, people[shift % len(people)], until_at=until_at)


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch of time and who is on call in it; nobody where ``user`` is None."""

    from_at: datetime
    until_at: datetime
    user: User | None
    is_substitute: bool


def coming_turns(rotation: Rotation, from_at: datetime, until_at: datetime) -> list[Turn]:
    """Who is on call in ``rotation`` from one moment up to another, at most `MAX_TURNS`, in order.

    Cost: two queries, and two a turn.
    """
    begins = sorted(rotation.substitutions.filter(until_at__gt=from_at).values_list("from_at", flat=True))
    turns: list[Turn] = []
    at = from_at
    while at < until_at and len(turns) < MAX_TURNS:
        duty = find_duty(rotation, at)
        ends = [duty.until_at or until_at, until_at, *(each for each in begins if each > at)]
        if at < rotation.starts_at:
            ends.append(rotation.starts_at)
        turns.append(Turn(at, min(ends), duty.user, duty.is_substitute))
        at = min(ends)
    return turns


def resolve_addresses(config: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """A channel's ``config`` with the address of who is on call in place of each `@rotation` under `to`.

    A rotation that has nobody now, or is gone, stays as it is written.
    """
    to = config.get("to")
    if not isinstance(to, list) or not any(_is_rotation(each) for each in to):
        return dict(config)
    return {**config, "to": list(_resolve(to, at))}


def _resolve(addresses: Iterable[object], at: datetime) -> Iterable[object]:
    duties = {duty.rotation.name: duty.user for duty in who_is_on_call(at)}
    for address in addresses:
        user = duties.get(str(address)[1:]) if _is_rotation(address) else None
        yield user.email if user else address


def _is_rotation(address: object) -> bool:
    return isinstance(address, str) and address.startswith(ROTATION_PREFIX)


def _shift(rotation: Rotation, at: datetime) -> tuple[int, datetime]:
    """The number of the shift that ``at`` is in, and its end: days of the local clock, through summer time."""
    zone = _zone(rotation.time_zone)
    start = rotation.starts_at.astimezone(zone)
    local = at.astimezone(zone)
    days = (local.date() - start.date()).days - (local.time() < start.time())
    number = days // rotation.shift_days
    return number, _after(start, (number + 1) * rotation.shift_days)


def _after(start: datetime, days: int) -> datetime:
    return datetime.combine(start.date() + timedelta(days=days), start.timetz())


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigError(f"'{name}' is not a time zone; write one such as Europe/Berlin") from error
