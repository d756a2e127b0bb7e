"""Retention: how long events are kept, and what there is."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Min, Sum

from tocsin.apps.intake.models import SourceMinute


@dataclass(frozen=True, slots=True)
class SourceAge:
    """One source: since when its events are here, how many, and the size as they came."""

    name: str
    since: datetime
    events: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class RetentionPage:
    """What the page shows."""

    days: int
    sources: tuple[SourceAge, ...]


def read_retention() -> RetentionPage:
    """Read the page. Cost: one query over the counted minutes."""
    counted = SourceMinute.objects.values("source").annotate(
        since=Min("minute"), events=Sum("accepted"), size=Sum("size_bytes")
    )
    ages = (
        SourceAge(each["source"], each["since"], each["events"], each["size"]) for each in counted.order_by("source")
    )
    return RetentionPage(settings.TOCSIN_OPTIONS.retention_days, tuple(ages))
