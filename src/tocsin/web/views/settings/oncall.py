"""On call: rotations, who stands in, and who is on call in the next four weeks."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from tocsin.apps.accounts.models import User
from tocsin.apps.accounts.roles import Action
from tocsin.apps.notify.models import Rotation
from tocsin.apps.notify.oncall import MAX_SHIFT_DAYS, coming_turns, remove_rotation, set_rotation, substitute
from tocsin.kernel.clock import now
from tocsin.kernel.errors import ConfigError
from tocsin.web.access import needs
from tocsin.web.asked import storable
from tocsin.web.forms import RotationForm
from tocsin.web.pages import render_page

AHEAD = timedelta(weeks=4)


@needs(Action.SEE)
@require_safe
def oncall(request: HttpRequest) -> HttpResponse:
    """Show every rotation: its people, who is on call now and who will be."""
    at = now()
    found = Rotation.objects.order_by("name").prefetch_related("members__user")
    rotations = [(each, coming_turns(each, at, at + AHEAD)) for each in found]
    people = User.objects.filter(is_active=True).order_by("email")
    return render_page(
        request, "settings-oncall", title="On call", rotations=rotations, people=people, longest=MAX_SHIFT_DAYS
    )


@needs(Action.MANAGE_ONCALL)
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Make a rotation or change the one of this name."""
    form = RotationForm(request.POST)
    if not form.is_valid():
        messages.error(request, "A rotation needs a name of a-z, 0-9, '_' and '-', people, a start and whole days.")
        return redirect("settings-oncall")
    said = form.cleaned_data
    try:
        starts_at = _moment(said["starts_at"], said["time_zone"])
        people = [_person(each) for each in said["people"].split()]
        set_rotation(
            said["name"], people, starts_at=starts_at, shift_days=said["shift_days"], time_zone=said["time_zone"]
        )
    except ConfigError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Saved. A channel writes to whoever is on call at '@{said['name']}'.")
    return redirect("settings-oncall")


@needs(Action.MANAGE_ONCALL)
@require_POST
def stand_in(request: HttpRequest, rotation_id: int) -> HttpResponse:
    """Let somebody stand in."""
    rotation = _find(rotation_id)
    try:
        user = _person(storable(request.POST.get("email", "")))
        begin, end = (_moment(request.POST.get(key, ""), rotation.time_zone) for key in ("from_at", "until_at"))
        substitute(rotation, user, begin, end)
    except ConfigError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{user} stands in for '{rotation.name}'.")
    return redirect("settings-oncall")


@needs(Action.MANAGE_ONCALL)
@require_POST
def remove(request: HttpRequest, rotation_id: int) -> HttpResponse:
    """Remove a rotation."""
    rotation = _find(rotation_id)
    remove_rotation(rotation)
    messages.success(request, f"'{rotation.name}' is removed: a channel reaches nobody by it from here on.")
    return redirect("settings-oncall")


def _find(rotation_id: int) -> Rotation:
    found = Rotation.objects.filter(pk=rotation_id).first()
    if found is None:
        raise Http404
    return found


def _person(email: str) -> User:
    found = User.objects.filter(email__iexact=email, is_active=True).first()
    if found is None:
        raise ConfigError(f"nobody here has the address '{email[:254]}'; write one of those under People")
    return found


def _moment(text: str, zone: str) -> datetime:
    """What a clock of ``zone`` shows, as the browser writes it."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    except (ValueError, ZoneInfoNotFoundError, OSError) as error:
        raise ConfigError(
            f"'{text[:40]}' in '{zone}' is no moment; write one such as 2026-01-05T09:00, in a zone such as UTC"
        ) from error
