"""`/rotations`: who is on call, and who stands in."""

import re
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Final

from django.db import transaction
from django.http import Http404, HttpRequest
from ninja import Router, Schema, Status
from ninja.errors import HttpError
from pydantic import AwareDatetime, Field

from tocsin.apps.accounts.models import User
from tocsin.apps.notify.models import Rotation
from tocsin.apps.notify.oncall import MAX_SHIFT_DAYS, Duty, remove_rotation, set_rotation, substitute, who_is_on_call
from tocsin.kernel.clock import now
from tocsin.web.api.auth import READ_SETTINGS, WRITE_SETTINGS
from tocsin.web.asked import storable

router = Router()
Email = Annotated[str, Field(max_length=254)]
NAME: Final = re.compile(r"[a-z0-9_-]{1,60}")


class RotationOut(Schema):
    """People on call in turn. `now` is who is on call, `until` when that ends."""

    name: str
    people: list[str]
    starts_at: datetime
    shift_days: int
    time_zone: str
    now: str | None
    is_substitute: bool
    until: datetime | None

    @classmethod
    def of(cls, duty: Duty) -> "RotationOut":
        """Show ``duty`` and its rotation."""
        rotation = duty.rotation
        return cls(
            name=rotation.name,
            people=[member.user.email for member in rotation.members.select_related("user")],
            starts_at=rotation.starts_at,
            shift_days=rotation.shift_days,
            time_zone=rotation.time_zone,
            now=duty.user.email if duty.user else None,
            is_substitute=duty.is_substitute,
            until=duty.until_at,
        )


class Rotations(Schema):
    """All rotations."""

    items: list[RotationOut]


class RotationIn(Schema):
    """A rotation as it shall be."""

    people: Annotated[list[Email], Field(min_length=1, max_length=100)]
    starts_at: AwareDatetime
    shift_days: Annotated[int, Field(ge=1, le=MAX_SHIFT_DAYS)] = 7
    time_zone: Annotated[str, Field(max_length=60)] = "UTC"


class SubstitutionIn(Schema):
    """Who stands in, from when, until when."""

    email: Email
    from_at: AwareDatetime
    until_at: AwareDatetime


@router.get("", auth=READ_SETTINGS, response=Rotations, summary="Who is on call")
def list_rotations(request: HttpRequest) -> dict[str, Any]:
    """Scope `settings:read`."""
    return {"items": [RotationOut.of(duty) for duty in who_is_on_call(now())]}


@router.put("/{name}", auth=WRITE_SETTINGS, response=RotationOut, summary="Make or change a rotation")
def put_rotation(request: HttpRequest, name: str, body: RotationIn) -> RotationOut:
    """Scope `settings:write`."""
    if not NAME.fullmatch(name):
        raise HttpError(HTTPStatus.UNPROCESSABLE_ENTITY, "a rotation is named with 1 to 60 of a-z, 0-9, '_' and '-'")
    people = [_person(email) for email in body.people]
    with transaction.atomic():
        set_rotation(
            name, people, starts_at=body.starts_at, shift_days=body.shift_days, time_zone=storable(body.time_zone)
        )
    return _show(name)


@router.post("/{name}/substitutions", auth=WRITE_SETTINGS, response=RotationOut, summary="Let somebody stand in")
def add_substitution(request: HttpRequest, name: str, body: SubstitutionIn) -> RotationOut:
    """Scope `settings:write`."""
    substitute(_find(name), _person(body.email), body.from_at, body.until_at)
    return _show(name)


@router.delete("/{name}", auth=WRITE_SETTINGS, response={204: None}, summary="Remove a rotation")
def delete_rotation(request: HttpRequest, name: str) -> Status[None]:
    """Scope `settings:write`. A channel that writes to `@name` reaches nobody by it from here on."""
    remove_rotation(_find(name))
    return Status(HTTPStatus.NO_CONTENT, None)


def _find(name: str) -> Rotation:
    found = Rotation.objects.filter(name=storable(name)).first()
    if found is None:
        raise Http404(f"there is no rotation '{name}'")
    return found


def _show(name: str) -> RotationOut:
    return next(RotationOut.of(duty) for duty in who_is_on_call(now()) if duty.rotation.name == name)


def _person(email: str) -> User:
    found = User.objects.filter(email__iexact=storable(email), is_active=True).first()
    if found is None:
        raise HttpError(HTTPStatus.UNPROCESSABLE_ENTITY, f"nobody here has the address '{email}'")
    return found
