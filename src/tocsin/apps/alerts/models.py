"""Alerts. One alert is one episode: the longest run of overlapping windows in which its rule held for a group."""

from django.db import models

from tocsin.apps.accounts.models import User


class State(models.TextChoices):
    """Where an alert stands with the people. MERGED: late events joined it to another alert."""

    OPEN = "open", "Open"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    RESOLVED = "resolved", "Resolved"
    MERGED = "merged", "Merged"


class Alert(models.Model):
    """An episode of one rule and group, with the rule's words as they were when it rang.

    `group` maps field to value; `group_key` is its fingerprint. `events` is the number of matched
    events. `count` is the same, but for a value_count rule the most distinct values of the field
    `count_of` in one window. `opened_at` is the event time at which its first window was satisfied.
    `rule_text` is what the rule says of itself: description, next_steps, falsepositives,
    references, tags, fields. `normal` is what a rule with a baseline takes for normal at the hour
    at which it opened (`apps.alerts.normal`); empty without one.
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
    normal = models.JSONField(default=dict)
    state = models.CharField(max_length=15, choices=State, default=State.OPEN)
    merged_into = models.ForeignKey("self", null=True, on_delete=models.SET_NULL)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(fields=["-last_at"]),
            models.Index(fields=["rule_id", "group_key"]),
            models.Index(fields=["state", "-level_rank", "-last_at"]),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.rule_title}"


class AlertAction(models.Model):
    """What a person (or Tocsin, where `user` is empty) did with an alert, and when."""

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="actions")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL)
    at = models.DateTimeField(auto_now_add=True)
    verb = models.CharField(max_length=30)
    note = models.TextField(blank=True)
