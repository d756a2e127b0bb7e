"""Special days: those of the settings, and those that people add here."""

from django.conf import settings
from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from tocsin.apps.accounts.roles import Action
from tocsin.apps.audit.events import Event
from tocsin.apps.audit.record import record
from tocsin.apps.detect.models import SpecialDay
from tocsin.kernel.days import check_days
from tocsin.web.access import needs
from tocsin.web.forms import SpecialDayForm
from tocsin.web.pages import render_page


@needs(Action.SEE)
@require_safe
def days(request: HttpRequest) -> HttpResponse:
    """Show the special days."""
    options = settings.TOCSIN_OPTIONS
    return render_page(
        request,
        "settings-days",
        title="Special days",
        rows=SpecialDay.objects.order_by("day"),
        set_days=sorted(options.special_days.items()),
        country=options.country,
        timezone=options.timezone,
    )


@needs(Action.CHANGE_SETTINGS)
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Add a day."""
    form = SpecialDayForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Write a day, MM-DD or YYYY-MM-DD, and what people call it. Nothing was added.")
        return redirect("settings-days")
    day, name = form.cleaned_data["day"], form.cleaned_data["name"]
    try:
        check_days({day: name})
        with transaction.atomic():
            SpecialDay.objects.create(day=day, name=name)
            _record(day, name)
    except IntegrityError:
        messages.error(request, f"{day} is a special day already; remove it first to call it otherwise.")
    except ValueError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"{day} is special from here on: {name}.")
    return redirect("settings-days")


@needs(Action.CHANGE_SETTINGS)
@require_POST
def remove(request: HttpRequest, day_id: int) -> HttpResponse:
    """Remove a day that was added here."""
    with transaction.atomic():
        found = SpecialDay.objects.select_for_update().filter(pk=day_id).first()
        if found is None:
            raise Http404
        found.delete()
        _record(found.day, "")
    messages.success(request, f"{found.day} is no special day of yours any more.")
    return redirect("settings-days")


def _record(day: str, name: str) -> None:
    details = {"tocsin.setting": "special_days", "tocsin.day": day, "tocsin.value": name or "removed"}
    record(Event.SETTING_CHANGED, details=details)
