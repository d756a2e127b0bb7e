"""A new alert: the mute that covers it, whom it is about, the first line of its history, and whom to tell."""

from tocsin.apps.alerts.models import Alert, AlertAction, AlertEntity
from tocsin.apps.alerts.mutes import find_mute
from tocsin.apps.notify.outbox import enqueue
from tocsin.kernel.clock import now


def open_alert(alert: Alert) -> None:
    """Write ``alert`` and all that begins with it. Within a transaction."""
    alert.muted_by = find_mute(alert, now())
    alert.save()
    entities = {value for value in alert.group.values() if isinstance(value, str) and value}
    AlertEntity.objects.bulk_create(AlertEntity(alert=alert, value=value) for value in sorted(entities))
    AlertAction.objects.create(alert=alert, verb="rang")
    enqueue(alert, "opened")
