"""The list of alerts: what is filtered, what was saved, and many acknowledged at once."""

from http import HTTPStatus
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from tocsin.apps.accounts.roles import Action
from tocsin.apps.alerts.models import SavedFilter
from tocsin.web import triage
from tocsin.web.access import current_user, needs
from tocsin.web.asked import number
from tocsin.web.forms import FilterForm
from tocsin.web.pages import is_fragment, render_page
from tocsin.web.reads.alerts import Cursor, Filters, read_listing
from tocsin.web.reads.filters import read_menu
from tocsin.web.reads.pulse import read_pulse

MAX_FILTERS = 30
"""Filters that one person keeps."""
MAX_AT_ONCE = 200
"""Alerts that are acknowledged at once."""


@needs(Action.SEE)
@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    """List alerts. A poll that has seen this version already is told so, and the page stays untouched."""
    pulse = read_pulse()
    cursor = Cursor.read(request.GET.get("after", ""))
    listing = read_listing(Filters.of(request.GET), cursor, pulse)
    if is_fragment(request) and request.headers.get("Tocsin-Seen") == listing.version:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render_page(
        request,
        "alerts",
        title="Alerts",
        pulse=pulse,
        listing=listing,
        is_first=cursor is None,
        menu=read_menu(listing.filters, current_user(request)),
    )


@needs(Action.TRIAGE)
@require_POST
def acknowledge(request: HttpRequest) -> HttpResponse:
    """Acknowledge those that were selected and are still open."""
    said = [number(each) for each in request.POST.getlist("alert")[:MAX_AT_ONCE]]
    wanted = {each for each in said if each is not None}
    done = triage.acknowledge(wanted, current_user(request))
    if done:
        messages.success(request, f"{done} alert{'' if done == 1 else 's'} acknowledged.")
    if done < len(wanted):
        left = len(wanted) - done
        messages.error(request, f"{left} of the selected {'is' if left == 1 else 'are'} not open any more.")
    elif not wanted:
        messages.error(request, "Nothing was selected.")
    return _back(request)


@needs(Action.SEE)
@require_POST
def save_filter(request: HttpRequest) -> HttpResponse:
    """Keep a filter under a name; one of the same name is replaced."""
    form = FilterForm(request.POST)
    user = current_user(request)
    filters = Filters.of(QueryDict(request.POST.get("query", "")))
    query = urlencode(filters.as_query())
    if not form.is_valid() or filters.is_any:
        messages.error(request, "Not saved: choose a filter, and a name of 1 to 60 characters for it.")
    elif SavedFilter.objects.filter(user=user).exclude(name=form.cleaned_data["name"]).count() >= MAX_FILTERS:
        messages.error(request, f"Not saved: you keep {MAX_FILTERS} filters already. Remove one first.")
    else:
        SavedFilter.objects.update_or_create(user=user, name=form.cleaned_data["name"], defaults={"query": query})
    return redirect(f"{reverse('alerts')}?{query}" if query else "alerts")


@needs(Action.SEE)
@require_POST
def remove_filter(request: HttpRequest, filter_id: int) -> HttpResponse:
    """Forget one of one's own filters."""
    SavedFilter.objects.filter(user=current_user(request), pk=filter_id).delete()
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    """To the list as it was."""
    address = request.POST.get("back", "")
    is_ours = address.startswith(reverse("alerts")) and url_has_allowed_host_and_scheme(address, allowed_hosts=None)
    return redirect(address if is_ours else reverse("alerts"))
