"""Retention: how long events are kept."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tocsin.apps.accounts.roles import Action
from tocsin.web.access import needs
from tocsin.web.pages import render_page
from tocsin.web.reads.retention import read_retention


@needs(Action.SEE)
@require_safe
def retention(request: HttpRequest) -> HttpResponse:
    """Show how long events are kept, and since when there are some."""
    return render_page(request, "settings-retention", title="Retention", page=read_retention())
