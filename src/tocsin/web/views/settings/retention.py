"""Retention: how long events are kept."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from tocsin.apps.accounts.roles import Action
from tocsin.apps.intake.sources import MAX_RETENTION_DAYS, MIN_RETENTION_DAYS, set_retention
from tocsin.kernel.errors import ConfigError
from tocsin.web.access import needs
from tocsin.web.asked import storable
from tocsin.web.forms import RetentionForm
from tocsin.web.pages import render_page
from tocsin.web.reads.retention import read_retention


@needs(Action.SEE)
@require_safe
def retention(request: HttpRequest) -> HttpResponse:
    """Show how long events are kept, and since when there are some."""
    return render_page(
        request,
        "settings-retention",
        title="Retention",
        page=read_retention(),
        least=MIN_RETENTION_DAYS,
        most=MAX_RETENTION_DAYS,
    )


@needs(Action.CHANGE_SETTINGS)
@require_POST
def change(request: HttpRequest, name: str) -> HttpResponse:
    """Set how long one source's events are kept; left empty, as all others."""
    form = RetentionForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Write a number of days, or nothing for as long as all others. Nothing was changed.")
        return redirect("settings-retention")
    try:
        set_retention(storable(name), form.cleaned_data["days"], settings.TOCSIN_OPTIONS.retention_days)
    except ConfigError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Saved. Upkeep goes by it within five minutes for '{name}'.")
    return redirect("settings-retention")
