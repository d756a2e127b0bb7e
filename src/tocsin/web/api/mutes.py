"""`/mutes`: what nobody is told of, until when, and what a mute would have kept quiet."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from django.db import transaction
from django.http import Http404, HttpRequest
from ninja import Router, Schema, Status
from ninja.errors import HttpError
from pydantic import AwareDatetime, Field

from tocsin.apps.alerts.models import Mute
from tocsin.apps.alerts.mutes import MAX_REASON_CHARACTERS, Scope, add_mute, lift_mute, preview
from tocsin.apps.detect.models import LoadedRule
from tocsin.kernel.clock import now
from tocsin.web.api.auth import READ_ALERTS, WRITE_ALERTS, person
from tocsin.web.api.paging import After, Limit, Page, newest_first
from tocsin.web.asked import storable

router = Router()
Value = Annotated[str, Field(max_length=600)]


class ScopeIn(Schema):
    """A rule, and values that an alert's group must have; without values the whole rule."""

    rule: Annotated[str, Field(max_length=200)]
    values: Annotated[dict[Value, Value], Field(max_length=50)] = {}


class MuteIn(ScopeIn):
    """A mute: until when, and why."""

    until: AwareDatetime
    reason: Annotated[str, Field(min_length=1, max_length=MAX_REASON_CHARACTERS)]


class MuteOut(Schema):
    """A mute as it is now."""

    id: int
    rule: str
    title: str
    values: dict[str, Any]
    reason: str
    until: datetime
    created_at: datetime
    by: str | None
    lifted_at: datetime | None
    is_active: bool

    @classmethod
    def of(cls, mute: Mute) -> "MuteOut":
        """Show ``mute``."""
        return cls(
            id=mute.pk,
            rule=mute.rule_id,
            title=mute.rule_title,
            values=mute.values,
            reason=mute.reason,
            until=mute.until_at,
            created_at=mute.created_at,
            by=mute.created_by.email if mute.created_by else None,
            lifted_at=mute.lifted_at,
            is_active=mute.is_active(now()),
        )


class Preview(Schema):
    """What a mute would have kept quiet in the 30 days before now; `alerts` are the newest of them."""

    count: int
    events: int
    alerts: list[int]


@router.get("", auth=READ_ALERTS, response=Page[MuteOut], summary="List mutes, the newest first")
def list_mutes(request: HttpRequest, limit: Limit, after: After) -> dict[str, Any]:
    """Scope `alerts:read`."""
    return newest_first(Mute.objects.select_related("created_by"), after, limit, MuteOut.of)


@router.post("/preview", auth=READ_ALERTS, response=Preview, summary="What a mute would have kept quiet")
def preview_mute(request: HttpRequest, body: ScopeIn) -> Preview:
    """Scope `alerts:read`."""
    found = preview(_scope(body), now())
    return Preview(
        count=len(found), events=sum(alert.events for alert in found), alerts=[alert.pk for alert in found[:100]]
    )


@router.post("", auth=WRITE_ALERTS, response={201: MuteOut}, summary="Mute")
def create_mute(request: HttpRequest, body: MuteIn) -> Status[MuteOut]:
    """Scope `alerts:write`."""
    rule = LoadedRule.objects.filter(rule_id=storable(body.rule)).first()
    if rule is None:
        raise HttpError(HTTPStatus.UNPROCESSABLE_ENTITY, f"there is no rule '{body.rule}'; GET /rules lists them")
    with transaction.atomic():
        mute = add_mute(
            _scope(body),
            title=rule.title,
            until_at=body.until,
            reason=storable(body.reason),
            user=person(request),
            at=now(),
        )
    return Status(HTTPStatus.CREATED, MuteOut.of(mute))


@router.delete("/{int:mute_id}", auth=WRITE_ALERTS, response={204: None}, summary="End a mute before its time")
def end_mute(request: HttpRequest, mute_id: int) -> Status[None]:
    """Scope `alerts:write`. 409 where it has ended already."""
    if not Mute.objects.filter(pk=mute_id).exists():
        raise Http404(f"there is no mute {mute_id}")
    if not lift_mute(mute_id, person(request), now()):
        raise HttpError(HTTPStatus.CONFLICT, "it has ended already")
    return Status(HTTPStatus.NO_CONTENT, None)


def _scope(body: ScopeIn) -> Scope:
    return Scope(storable(body.rule), {storable(field): storable(value) for field, value in body.values.items()})
