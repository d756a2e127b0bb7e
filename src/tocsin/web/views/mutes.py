"""Mutes: for how long, what exactly, and what it would have kept quiet; the list of them, and ending one."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tocsin.apps.accounts.roles import Action
from tocsin.apps.alerts.models import Alert, Mute
from tocsin.apps.alerts.mutes import MAX_REASON_CHARACTERS, add_mute, lift_mute
from tocsin.kernel.clock import now
from tocsin.kernel.errors import ConfigError
from tocsin.web.access import current_user, needs
from tocsin.web.asked import moment, storable
from tocsin.web.pages import render_page
from tocsin.web.reads.mutes import read_mutes, read_preview, scope_of

LENGTHS: Final = {
    "1h": ("1 hour", timedelta(hours=1)),
    "8h": ("8 hours", timedelta(hours=8)),
    "1d": ("1 day", timedelta(days=1)),
    "1w": ("1 week", timedelta(days=7)),
}
"""How long a mute can be, by its name in the form; `until` names a moment instead."""


@needs(Action.MUTE)
@require_http_methods(["GET", "HEAD", "POST"])
def mute(request: HttpRequest, alert_id: int) -> HttpResponse:
    """Ask what to mute and show what that would have kept quiet; on `save` mute it."""
    alert = get_object_or_404(Alert.objects.defer("samples"), pk=alert_id)
    if request.method != "POST" or request.POST.get("step") != "save":
        return _ask(request, alert)
    try:
        _save(request, alert)
    except ConfigError as error:
        return _ask(request, alert, f"Not muted: {error}.")
    messages.success(request, f"Muted. {alert.rule_title[:100]} rings on, and nobody is told.")
    return redirect("alert", alert_id)


@needs(Action.SEE)
@require_safe
def mutes(request: HttpRequest) -> HttpResponse:
    """List the mutes."""
    return render_page(request, "mutes", title="Mutes", page=read_mutes())


@needs(Action.MUTE)
@require_POST
def lift(request: HttpRequest, mute_id: int) -> HttpResponse:
    """End a mute before its time."""
    get_object_or_404(Mute.objects.only("pk"), pk=mute_id)
    if lift_mute(mute_id, current_user(request), now()):
        messages.success(request, "The mute has ended: the next event tells again.")
    else:
        messages.error(request, "It has ended already.")
    return redirect("mutes")


def _ask(request: HttpRequest, alert: Alert, error: str = "") -> HttpResponse:
    said = request.POST
    fields = said.getlist("field") if said else list(alert.group)
    scope = scope_of(alert, fields)
    if error:
        messages.error(request, error)
    return render_page(
        request,
        "mute",
        title="Mute",
        status=HTTPStatus.BAD_REQUEST if error else HTTPStatus.OK,
        alert=alert,
        fields=[(name, value, name in fields) for name, value in alert.group.items()],
        preview=read_preview(scope),
        is_whole_rule=not scope.values,
        lengths=[(name, words) for name, (words, _) in LENGTHS.items()],
        length=said.get("length", "8h"),
        until=said.get("until", ""),
        reason=said.get("reason", ""),
        max_reason=MAX_REASON_CHARACTERS,
    )


def _save(request: HttpRequest, alert: Alert) -> None:
    """Raises: ConfigError."""
    at = now()
    until_at = _until(request.POST.get("length", ""), request.POST.get("until", ""), at)
    with transaction.atomic():
        add_mute(
            scope_of(alert, request.POST.getlist("field")),
            title=alert.rule_title,
            until_at=until_at,
            reason=storable(request.POST.get("reason", "")),
            user=current_user(request),
            at=at,
        )


def _until(length: str, until: str, at: datetime) -> datetime:
    if length in LENGTHS:
        return at + LENGTHS[length][1]
    said = moment(until, at) if length == "until" else None
    if said is None:
        raise ConfigError(f"'{until[:40]}' is no moment; choose how long, or write one such as 2026-01-31T12:00 (UTC)")
    return said
