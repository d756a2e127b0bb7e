"""`/deliveries`: what was told to whom, what waits, what failed."""

from datetime import datetime
from http import HTTPStatus
from typing import Any, Literal

from django.http import Http404, HttpRequest
from ninja import Router, Schema
from ninja.errors import HttpError

from tocsin.apps.notify.models import Delivery
from tocsin.apps.notify.outbox import retry
from tocsin.kernel.clock import now
from tocsin.web.api.auth import READ_ALERTS, WRITE_ALERTS
from tocsin.web.api.paging import After, Limit, Page, newest_first

router = Router()


class DeliveryOut(Schema):
    """One message to one channel."""

    id: int
    channel: str
    alert: int | None
    occasion: str
    state: str
    attempts: int
    error: str
    created_at: datetime
    due_at: datetime
    sent_at: datetime | None

    @classmethod
    def of(cls, delivery: Delivery) -> "DeliveryOut":
        """Show ``delivery``."""
        return cls(
            id=delivery.pk,
            channel=delivery.channel.name,
            alert=delivery.alert_id,
            occasion=delivery.occasion,
            state=delivery.state,
            attempts=delivery.attempts,
            error=delivery.error,
            created_at=delivery.created_at,
            due_at=delivery.due_at,
            sent_at=delivery.sent_at,
        )


@router.get("", auth=READ_ALERTS, response=Page[DeliveryOut], summary="List notifications, the newest first")
def list_deliveries(
    request: HttpRequest,
    limit: Limit,
    after: After,
    state: Literal["", "pending", "sent", "dead", "superseded"] = "",
) -> dict[str, Any]:
    """Scope `alerts:read`."""
    found = Delivery.objects.select_related("channel").defer("body")
    return newest_first(found.filter(state=state) if state else found, after, limit, DeliveryOut.of)


@router.post("/{int:delivery_id}/retry", auth=WRITE_ALERTS, response=DeliveryOut, summary="Try a failed one again now")
def retry_delivery(request: HttpRequest, delivery_id: int) -> DeliveryOut:
    """Scope `alerts:write`. 409 where it is not a failed one."""
    found = Delivery.objects.select_related("channel").filter(pk=delivery_id)
    if not found.exists():
        raise Http404(f"there is no delivery {delivery_id}")
    if not retry(delivery_id, now()):
        raise HttpError(HTTPStatus.CONFLICT, "nothing to do: it has been sent or is being tried already")
    return DeliveryOut.of(found.get())
