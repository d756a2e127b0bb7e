"""Retention: how long the events of each source are kept, and since when there are some."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from tocsin.apps.detect.models import Checkpoint
from tocsin.apps.intake.models import Source, SourceMinute
from tocsin.kernel.clock import now


@dataclass(frozen=True, slots=True)
class SourceAge:
    """One source.

    Attributes:
        days: how long its events are kept.
        own_days: the same where it was set for this source alone.
        since: its oldest event that is counted; None where there is none.
        events: how many it has sent in all.
        is_added: whether it was added here, so that a time can be set for it.
    """

    name: str
    days: int
    own_days: int | None
    since: datetime | None
    events: int
    is_added: bool


@dataclass(frozen=True, slots=True)
class RetentionPage:
    """What the page shows. `days`: how long events are kept where nothing else is set."""

    days: int
    sources: tuple[SourceAge, ...]


def read_retention() -> RetentionPage:
    """Read the page. Cost: two queries, and one a source that finds its oldest minute in an index."""
    default: int = settings.TOCSIN_OPTIONS.retention_days
    own = dict(Source.objects.values_list("name", "retention_days"))
    events = dict(Checkpoint.objects.values_list("source", "events"))
    ages = (
        SourceAge(name, days, own.get(name), _oldest(name, days), events.get(name, 0), name in own)
        for name in sorted(own.keys() | events.keys())
        for days in (own.get(name) or default,)
    )
    return RetentionPage(default, tuple(ages))


def _oldest(source: str, days: int) -> datetime | None:
    """The oldest minute that is counted; what is counted may be kept for longer than the events themselves."""
    minutes = SourceMinute.objects.filter(source=source, minute__gte=now() - timedelta(days=days))
    return minutes.order_by("minute").values_list("minute", flat=True).first()
