"""Notifications: what was sent, what waits, what failed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST, require_safe

from tocsin.apps.accounts.roles import Action
from tocsin.apps.notify import outbox
from tocsin.apps.notify.models import Delivery
from tocsin.kernel.clock import now
from tocsin.web.access import needs
from tocsin.web.pages import render_page
from tocsin.web.reads.deliveries import read_deliveries


@needs(Action.SEE)
@require_safe
def deliveries(request: HttpRequest) -> HttpResponse:
    """List the notifications, newest first, and the channels."""
    page = read_deliveries(request.GET.get("state", ""), request.GET.get("before", ""))
    return render_page(request, "deliveries", title="Notifications", page=page)


@needs(Action.RETRY_DELIVERY)
@require_POST
def retry(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """Make a failed notification due now; one that is not failed stays as it is."""
    get_object_or_404(Delivery.objects.only("pk"), pk=delivery_id)
    if outbox.retry(delivery_id, now()):
        messages.success(request, "It is tried again now.")
    else:
        messages.error(request, "Nothing to do: it has been sent or is being tried already.")
    return redirect("deliveries")
