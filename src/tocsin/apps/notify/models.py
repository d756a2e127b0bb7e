"""Whom to tell, who is on call, and the outbox of what is to be told."""

from django.db import models

from tocsin.apps.accounts.models import User
from tocsin.apps.alerts.models import Alert


class Channel(models.Model):
    """A way to reach people: a notifier's kind and its configuration (`notifiers.<kind>`)."""

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=30)
    config = models.JSONField(default=dict)
    min_level_rank = models.PositiveSmallIntegerField(default=2)
    is_enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class DeliveryState(models.TextChoices):
    """Where a delivery stands. DEAD: given up; visible, and told through another channel.

    SUPERSEDED: a newer message to the same channel has told, or will tell, what this one would have.
    """

    PENDING = "pending", "Pending"
    SENT = "sent", "Sent"
    DEAD = "dead", "Failed"
    SUPERSEDED = "superseded", "Superseded"


class Delivery(models.Model):
    """One message to one channel: written in the transaction that changes the alert, sent at least once.

    `idempotency_key` is the same in every attempt and in every rerun of the detector. `occasion` is
    `opened`, `x10` …, `again1` … (`outbox.enqueue`) or `undelivered`, which has no alert: its
    `body` says which other channel failed. The notifier `claimed_by` has it in
    hand until `claimed_until`.
    """

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="deliveries")
    alert = models.ForeignKey(Alert, null=True, on_delete=models.CASCADE, related_name="deliveries")
    occasion = models.CharField(max_length=20)
    idempotency_key = models.CharField(max_length=150, unique=True)
    body = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=200, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["state", "due_at"]), models.Index(fields=["-created_at"])]


class Rotation(models.Model):
    """People who are on call in turn (`apps.notify.oncall`).

    The first of `members` begins at `starts_at`; everyone has `shift_days` days of the clock of `time_zone`.
    """

    name = models.SlugField(max_length=60, unique=True)
    starts_at = models.DateTimeField()
    shift_days = models.PositiveSmallIntegerField(default=7)
    time_zone = models.CharField(max_length=60, default="UTC")

    def __str__(self) -> str:
        return self.name


class RotationMember(models.Model):
    """One person's place in a rotation."""

    rotation = models.ForeignKey(Rotation, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    place = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rotation", "user"], name="one_place_a_person")]
        ordering = ["place", "pk"]


class Substitution(models.Model):
    """Somebody stands in for whoever would be on call from one moment up to another; the newest holds."""

    rotation = models.ForeignKey(Rotation, on_delete=models.CASCADE, related_name="substitutions")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    from_at = models.DateTimeField()
    until_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["rotation", "until_at"])]
