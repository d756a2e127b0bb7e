"""The list of alerts, which is the first page."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from tocsin.apps.accounts.roles import Action
from tocsin.web.access import needs
from tocsin.web.pages import is_fragment, render_page
from tocsin.web.reads.alerts import Cursor, Filters, read_listing
from tocsin.web.reads.pulse import read_pulse


@needs(Action.SEE)
@require_safe
def alerts(request: HttpRequest) -> HttpResponse:
    """List alerts. A poll that has seen this version already is told so, and the page stays untouched."""
    pulse = read_pulse()
    cursor = Cursor.read(request.GET.get("after", ""))
    listing = read_listing(Filters.of(request.GET), cursor, pulse)
    if is_fragment(request) and request.headers.get("Tocsin-Seen") == listing.version:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render_page(request, "alerts", title="Alerts", pulse=pulse, listing=listing, is_first=cursor is None)
