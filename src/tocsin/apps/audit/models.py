"""The outbox of audit events: written with the change that they tell of, then carried into the store."""

from django.db import models


class AuditRow(models.Model):
    """One event on its way into the source `tocsin.audit`. It is deleted once it is durable there.

    `batch` is empty until the row is chosen to go; rows of one batch are one commit of the table.
    """

    content = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    batch = models.PositiveBigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["batch", "id"])]


class Carrier(models.Model):
    """The one row that a process holds while it carries rows into the store; `batch` is the newest number."""

    batch = models.PositiveBigIntegerField(default=0)
