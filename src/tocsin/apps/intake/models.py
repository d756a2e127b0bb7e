"""Where events come from, who may send them, and what came."""

from typing import Final, Self

from django.core.validators import RegexValidator
from django.db import models

from tocsin.kernel.ids import fingerprint, new_secret
from tocsin.kernel.logsource import LogSource

SOURCE_NAME = RegexValidator(
    r"\A[a-z0-9][a-z0-9._-]{0,62}\Z",
    "a source is named with 1 to 63 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit",
)

TOKEN_PREFIX: Final = "tcs_in"  # noqa: S105 - what secrets begin with, not a secret
"""What every ingest token begins with, for readers and for secret scanners."""


class Source(models.Model):
    """A stream of records of one format: one event table.

    `lateness_s`: how late its events may come; empty: as the settings say. `silent_after_s`: how long it may be
    silent; empty: as is usual for it (`apps.detect.silence`), 0: for ever.
    """

    name = models.CharField(max_length=63, unique=True, validators=[SOURCE_NAME])
    format = models.CharField(max_length=30, default="json")
    product = models.CharField(max_length=100, blank=True)
    category = models.CharField(max_length=100, blank=True)
    service = models.CharField(max_length=100, blank=True)
    retention_days = models.PositiveIntegerField(null=True, blank=True)
    lateness_s = models.PositiveIntegerField(null=True, blank=True)
    silent_after_s = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    def logsource(self, implied: LogSource) -> LogSource:
        """What the source says of itself, else what its format implies."""
        return LogSource(
            self.product or implied.product,
            self.category or implied.category,
            self.service or implied.service,
        )


class IngestToken(models.Model):
    """Lets its bearer send to one source. Only its fingerprint is kept."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="tokens")
    fingerprint = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=16)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True)

    @classmethod
    def issue(cls, source: Source) -> str:
        """Make a token for ``source``; returns its secret, which is shown once."""
        secret = new_secret(TOKEN_PREFIX)
        cls.objects.create(source=source, fingerprint=fingerprint(secret), hint=secret[:11] + "…")
        return secret

    @classmethod
    def find(cls, secret: str) -> Self | None:
        """The unrevoked token with this secret, its source beside it."""
        known = cls.objects.filter(fingerprint=fingerprint(secret), revoked_at=None)
        return known.select_related("source").first()


class SourceMinute(models.Model):
    """What one source sent in one minute of receipt; counted by the detector with its checkpoint, so exact."""

    source = models.CharField(max_length=63)
    minute = models.DateTimeField()
    accepted = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    late = models.PositiveIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "minute"], name="one_row_a_minute")]
        indexes = [models.Index(fields=["minute"])]


class RejectedRecord(models.Model):
    """A record that no field could be read from: the newest of each source, kept for the console."""

    source = models.CharField(max_length=63, db_index=True)
    event_id = models.CharField(max_length=200)
    received_at = models.DateTimeField()
    reason = models.TextField()
    raw = models.TextField()
