"""Alerts. One alert is one episode: the longest run of overlapping windows in which its rule held for a group."""

from datetime import datetime

from django.db import models
from django.db.models import Q

from tocsin.apps.accounts.models import User
from tocsin.kernel.clock import now


class State(models.TextChoices):
    """Where an alert stands with the people. MERGED: late events joined it to another alert."""

    OPEN = "open", "Open"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    RESOLVED = "resolved", "Resolved"
    MERGED = "merged", "Merged"


class Verdict(models.TextChoices):
    """What an alert turned out to be, said by who resolves it. Rules are judged by it."""

    REAL = "real", "Real"
    EXPECTED = "expected", "Expected"
    FALSE = "false", "False alarm"


class Mutes(models.QuerySet["Mute"]):
    """Finds mutes."""

    def active(self, at: datetime) -> "Mutes":
        """Those that hold at ``at``."""
        return self.filter(until_at__gt=at, lifted_at=None)


class Mute(models.Model):
    """Alerts of one rule that nobody is told of until a moment. They still ring, count and can be seen.

    `values` are fields of the rule's groups and their values: all of them must be an alert's; none is the
    whole rule. Only groups can be muted, never single events: an alert whose group is muted holds nothing else.
    """

    rule_id = models.CharField(max_length=200)
    rule_title = models.CharField(max_length=300)
    values = models.JSONField(default=dict)
    reason = models.TextField()
    until_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")

    objects = Mutes.as_manager()

    class Meta:
        indexes = [models.Index(fields=["rule_id", "until_at"])]

    def __str__(self) -> str:
        return f"{self.rule_title} until {self.until_at:%Y-%m-%d %H:%M} UTC"

    def is_active(self, at: datetime) -> bool:
        """Whether it holds at ``at``."""
        return self.lifted_at is None and self.until_at > at

    def covers(self, group: dict[str, object]) -> bool:
        """Whether an alert of its rule with this group is meant."""
        return all(group.get(field) == value for field, value in self.values.items())


class Alert(models.Model):
    """An episode of one rule and group, with the rule's words as they were when it rang.

    `group` maps field to value; `group_key` is its fingerprint. `events` is the number of matched
    events. `count` is the same, but for a value_count rule the most distinct values of the field
    `count_of` in one window. `opened_at` is the event time at which its first window was satisfied.
    `rule_text` is what the rule says of itself: description, next_steps, falsepositives,
    references, tags, fields. `muted_by` is the mute that keeps it, or has kept
    it, quiet: once that has ended, the next event tells. `thread` and `variants` are those of a rule about what
    is nearly the same: the engine's name for the episode, and what was said, as {text, actor, count}, the most
    frequent first. `normal` is what a rule with a baseline takes for normal at the hour at which it opened
    (`apps.alerts.normal`); empty without one.
    """

    rule_id = models.CharField(max_length=200)
    rule_title = models.CharField(max_length=300)
    level = models.CharField(max_length=15)
    level_rank = models.PositiveSmallIntegerField()
    rule_text = models.JSONField(default=dict)
    source = models.CharField(max_length=300)
    group = models.JSONField(default=dict)
    group_key = models.CharField(max_length=64)
    first_at = models.DateTimeField()
    opened_at = models.DateTimeField()
    last_at = models.DateTimeField()
    count = models.PositiveBigIntegerField()
    events = models.PositiveBigIntegerField()
    count_of = models.CharField(max_length=200, blank=True)
    samples = models.JSONField(default=list)
    thread = models.BigIntegerField(default=0)
    variants = models.JSONField(default=list)
    normal = models.JSONField(default=dict)
    state = models.CharField(max_length=15, choices=State, default=State.OPEN)
    assignee = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="alerts")
    verdict = models.CharField(max_length=10, choices=Verdict, blank=True)
    muted_by = models.ForeignKey(Mute, null=True, on_delete=models.SET_NULL, related_name="alerts")
    merged_into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(fields=["-last_at"]),
            models.Index(fields=["rule_id", "group_key"]),
            models.Index(fields=["state", "-level_rank", "-last_at"]),
            models.Index(fields=["assignee"], condition=Q(assignee__isnull=False), name="assigned_alerts"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.rule_title}"

    @property
    def is_muted(self) -> bool:
        """Whether a mute keeps it quiet now."""
        return self.muted_by is not None and self.muted_by.is_active(now())


class AlertEntity(models.Model):
    """One value of an alert's group: who or what it is about, whatever a rule calls the field."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="entities")
    value = models.CharField(max_length=600)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["value", "alert"], name="one_row_a_value")]


class AlertAction(models.Model):
    """What a person (or Tocsin, where `user` is empty) did with an alert, and when."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="actions")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    at = models.DateTimeField(auto_now_add=True)
    verb = models.CharField(max_length=30)
    note = models.TextField(blank=True)


class SavedFilter(models.Model):
    """A filter of the list of alerts under a name of its own, kept by one person."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="filters")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2_000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "name"], name="one_filter_a_name")]
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
