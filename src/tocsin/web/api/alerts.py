"""`/alerts`: found, read, and triaged."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from django.db import transaction
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Query, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import Field

from tocsin.apps.accounts.models import User
from tocsin.apps.alerts import normal
from tocsin.apps.alerts.models import Alert, AlertAction, State, Verdict
from tocsin.web import triage
from tocsin.web.api.auth import READ_ALERTS, WRITE_ALERTS, person
from tocsin.web.api.etags import check_seen
from tocsin.web.api.paging import After, Limit, Page
from tocsin.web.asked import storable
from tocsin.web.reads.alert import summarise
from tocsin.web.reads.alerts import Cursor, Filters, read_page

router = Router()
Note = Annotated[str, Field(max_length=triage.MAX_NOTE_CHARACTERS)]
MAX_AT_ONCE = 200


class AlertRule(Schema):
    """The rule that rang."""

    id: str
    title: str
    level: str
    tags: list[str]


class AlertOut(Schema):
    """An alert as it is now."""

    id: int
    rule: AlertRule
    state: str
    verdict: str | None
    source: str
    group: dict[str, Any]
    first_at: datetime
    opened_at: datetime
    last_at: datetime
    count: int
    count_of: str | None
    events: int
    summary: str
    assignee: str | None
    muted_until: datetime | None

    @classmethod
    def of(cls, alert: Alert) -> "AlertOut":
        """Show ``alert``."""
        mute = alert.muted_by
        return cls(
            id=alert.pk,
            rule=AlertRule(
                id=alert.rule_id, title=alert.rule_title, level=alert.level, tags=alert.rule_text.get("tags", [])
            ),
            state=alert.state,
            verdict=alert.verdict or None,
            source=alert.source,
            group=alert.group,
            first_at=alert.first_at,
            opened_at=alert.opened_at,
            last_at=alert.last_at,
            count=alert.count,
            count_of=alert.count_of or None,
            events=alert.events,
            summary=summarise(alert),
            assignee=alert.assignee.email if alert.assignee else None,
            muted_until=mute.until_at if mute and mute.lifted_at is None else None,
        )


class ActionOut(Schema):
    """One line of an alert's history; `by` is null for what Tocsin did."""

    at: datetime
    by: str | None
    verb: str
    note: str


class AlertDetail(AlertOut):
    """An alert with its words, sample events and history; `normal` says why it is more than usual, else it is empty."""

    description: str
    normal: str
    next_steps: str
    samples: list[dict[str, Any]]
    history: list[ActionOut]


class Act(Schema):
    """What goes into the history; `verdict` only where an alert is resolved. `seen` is the state that was seen."""

    note: Note = ""
    verdict: Literal["real", "expected", "false"] | None = None
    seen: Literal["open", "acknowledged", "resolved"] | None = None


class NoteIn(Schema):
    """A note for the history."""

    note: Annotated[str, Field(min_length=1, max_length=triage.MAX_NOTE_CHARACTERS)]


class AssigneeIn(Schema):
    """Whose the alert is: a person's address, or null for nobody."""

    email: Annotated[str, Field(max_length=254)] | None


class Several(Schema):
    """Some alerts."""

    ids: Annotated[list[Annotated[int, Field(ge=1, le=2**63 - 1)]], Field(min_length=1, max_length=MAX_AT_ONCE)]


class Done(Schema):
    """How many were changed."""

    changed: int


class AlertFilters(Schema):
    """Which alerts; what is left out is any."""

    state: Literal["", "open", "acknowledged", "resolved"] = ""
    level: Literal["", "informational", "low", "medium", "high", "critical"] = ""
    verdict: Literal["", "real", "expected", "false"] = ""
    muted: Literal["", "yes", "no"] = ""
    rule: str = Field("", max_length=200, description="a rule's id")
    source: str = Field("", max_length=63)
    entity: str = Field("", max_length=600, description="a value of the alert's group, such as an address or a user")
    assignee: str = Field("", max_length=20, description="a person's id, or none")
    since: str = Field("", max_length=40, description="2026-01-31T09:30Z, or 24h, 7d")
    until: str = Field("", max_length=40)


@router.get("", auth=READ_ALERTS, response=Page[AlertOut], summary="List alerts: open first, then the newest")
def list_alerts(request: HttpRequest, filters: Query[AlertFilters], limit: Limit, after: After) -> dict[str, Any]:
    """Scope `alerts:read`."""
    page = read_page(Filters.of(filters.dict()), Cursor.read(after), limit)
    return {"items": [AlertOut.of(each) for each in page.alerts], "next": page.after or None}


@router.get("/{int:alert_id}", auth=READ_ALERTS, response=AlertDetail, summary="One alert, with its history")
def get_alert(request: HttpRequest, alert_id: int) -> AlertDetail:
    """Scope `alerts:read`."""
    return _detail(_find(alert_id))


@router.post("/acknowledge", auth=WRITE_ALERTS, response=Done, summary="Acknowledge those of some that are open")
def acknowledge(request: HttpRequest, several: Several) -> dict[str, int]:
    """Scope `alerts:write`."""
    return {"changed": triage.acknowledge(several.ids, person(request))}


@router.post("/{int:alert_id}/notes", auth=WRITE_ALERTS, response={201: ActionOut}, summary="Write a note")
def add_note(request: HttpRequest, alert_id: int, body: NoteIn) -> Status[ActionOut]:
    """Scope `alerts:write`."""
    _find(alert_id)
    if not triage.comment(alert_id, person(request), storable(body.note)):
        raise HttpError(HTTPStatus.UNPROCESSABLE_ENTITY, "the note is empty")
    return Status(HTTPStatus.CREATED, _action(AlertAction.objects.filter(alert=alert_id).latest("pk")))


@router.put("/{int:alert_id}/assignee", auth=WRITE_ALERTS, response=AlertDetail, summary="Say whose it is")
def set_assignee(request: HttpRequest, alert_id: int, body: AssigneeIn) -> AlertDetail:
    """Scope `alerts:write`."""
    assignee = None if body.email is None else User.objects.filter(email__iexact=storable(body.email)).first()
    if body.email is not None and (assignee is None or not assignee.is_active):
        raise HttpError(HTTPStatus.UNPROCESSABLE_ENTITY, f"nobody here has the address '{body.email}'")
    with transaction.atomic():
        alert = _lock(request, alert_id)
        triage.assign(alert_id, person(request), assignee, seen=alert.assignee_id)
    return _detail(_find(alert_id))


@router.post("/{int:alert_id}/{verb}", auth=WRITE_ALERTS, response=AlertDetail, summary="Acknowledge, resolve, reopen")
def act(
    request: HttpRequest, alert_id: int, verb: Literal["acknowledge", "resolve", "reopen"], body: Act
) -> AlertDetail:
    """Scope `alerts:write`. 409 where the alert is not in the state that was seen, or the verb does not start there."""
    with transaction.atomic():
        alert = _lock(request, alert_id)
        seen = State(body.seen) if body.seen else State(alert.state)
        verdict = Verdict(body.verdict) if body.verdict else None
        if not triage.act(
            alert_id, person(request), triage.Verb(verb), seen=seen, note=storable(body.note), verdict=verdict
        ):
            raise HttpError(HTTPStatus.CONFLICT, f"not done: the alert is {alert.state}, and {verb} does not fit that")
    return _detail(_find(alert_id))


def _find(alert_id: int) -> Alert:
    found = Alert.objects.select_related("assignee", "muted_by").filter(pk=alert_id).first()
    if found is None:
        raise Http404(f"there is no alert {alert_id}")
    return found


def _lock(request: HttpRequest, alert_id: int) -> Alert:
    """The alert, which nobody else changes until the transaction ends, as the one who asks has seen it."""
    get_object_or_404(Alert.objects.select_for_update().only("pk"), pk=alert_id)
    alert = _find(alert_id)
    check_seen(request, _detail(alert))
    return alert


def _detail(alert: Alert) -> AlertDetail:
    actions = AlertAction.objects.filter(alert=alert).select_related("user").order_by("pk")
    text = alert.rule_text
    return AlertDetail(
        **AlertOut.of(alert).dict(),
        description=text.get("description", ""),
        normal=normal.say(alert.normal),
        next_steps=text.get("next_steps", ""),
        samples=alert.samples,
        history=[_action(each) for each in actions],
    )


def _action(action: AlertAction) -> ActionOut:
    return ActionOut(at=action.at, by=action.user.email if action.user else None, verb=action.verb, note=action.note)
