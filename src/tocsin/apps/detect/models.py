"""What the detector remembers. All of it changes in the transaction that writes the alerts. And what people say of
rules: those that they switch off, and those that they write in the console."""

from django.db import models

from tocsin.apps.accounts.models import User


class Checkpoint(models.Model):
    """Per source: the last table version handled, and how far event time has come.

    `newest_us`: the newest event time seen, never ahead of its receipt, in microseconds.
    """

    source = models.CharField(max_length=63, unique=True)
    version = models.BigIntegerField(default=-1)
    newest_us = models.BigIntegerField(default=0)
    events = models.PositiveBigIntegerField(default=0)
    advanced_at = models.DateTimeField(null=True)


class WindowSegment(models.Model):
    """Matched events of one rule in one batch, as long as a window may need them (`engine.state`).

    `digest` is the rule's, so that a changed rule does not go on with rows of the old one.
    """

    rule_id = models.CharField(max_length=200)
    digest = models.CharField(max_length=32)
    until_us = models.BigIntegerField()
    rows = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["rule_id", "digest"]), models.Index(fields=["until_us"])]


class HistorySegment(models.Model):
    """What a rule with a baseline learnt of hours that were settled together (`engine.peaks`).

    `until_hour`: the newest of these hours, since 1970.
    """

    rule_id = models.CharField(max_length=200)
    digest = models.CharField(max_length=32)
    until_hour = models.BigIntegerField()
    peaks = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["rule_id", "digest"])]


class SpecialDay(models.Model):
    """A day on which other counts are normal, beside those of the settings: `MM-DD` of every year, or `YYYY-MM-DD`."""

    day = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=100)


class RuleIssue(models.Model):
    """What is wrong with the rules that are loaded now, for the console and `tocsin rules check`."""

    code = models.CharField(max_length=60)
    severity = models.CharField(max_length=10)
    path = models.TextField()
    line = models.PositiveIntegerField(default=0)
    column = models.PositiveIntegerField(default=0)
    message = models.TextField()
    mend = models.TextField(blank=True)


class LoadedRule(models.Model):
    """A rule that the detector has loaded, for the console: what it is called, where it stands, what it reads.

    `fields` are those that it tests, groups by or counts. `rings` is false for one that only feeds others, and
    `is_off` for one that somebody switched off (`OffRule`).
    """

    rule_id = models.CharField(max_length=200, unique=True)
    title = models.CharField(max_length=300)
    level = models.CharField(max_length=15)
    level_rank = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=30)
    logsource = models.CharField(max_length=300, blank=True)
    path = models.TextField()
    status = models.CharField(max_length=30, blank=True)
    description = models.TextField(blank=True)
    tags = models.JSONField(default=list)
    fields = models.JSONField(default=list)
    rings = models.BooleanField(default=True)
    is_off = models.BooleanField(default=False)
    digest = models.CharField(max_length=32, blank=True)


class RuleRevision(models.Model):
    """The text of a rule from one moment on: written by the detector when it loads a rule whose text has changed."""

    rule_id = models.CharField(max_length=200)
    digest = models.CharField(max_length=32)
    text = models.TextField()
    path = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["rule_id", "-at"])]


class OffRule(models.Model):
    """A rule that somebody switched off: it rings no more, and still feeds the correlations that name it."""

    rule_id = models.CharField(max_length=200, unique=True)
    reason = models.TextField(blank=True)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)


class WrittenRule(models.Model):
    """A file of rules that was written in the console (`apps.detect.written`).

    `version` counts its changes, so that of two who change it at once the second is told.
    """

    name = models.SlugField(max_length=100, unique=True)
    text = models.TextField()
    version = models.PositiveIntegerField(default=1)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.name}.yml"


class Lease(models.Model):
    """Who is the one active detector. Held by a conditional UPDATE, renewed, taken over when it lapses.

    `epoch` grows with every change of holder; the detector's transactions require the one it got.
    `since_at`: since when somebody has held it without a longer break.
    """

    name = models.CharField(max_length=30, unique=True)
    holder = models.CharField(max_length=200)
    epoch = models.BigIntegerField(default=0)
    expires_at = models.DateTimeField()
    since_at = models.DateTimeField(null=True)
