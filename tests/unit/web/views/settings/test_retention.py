"""Retention: shown, set a source at a time, never shortened for what people did."""

from datetime import timedelta

import pytest
from django.test import Client
from tests.unit.web.conftest import read

from tocsin.apps.audit.models import AuditRow
from tocsin.apps.detect.models import Checkpoint
from tocsin.apps.intake.models import Source, SourceMinute
from tocsin.kernel.clock import now

RETENTION = "/settings/retention"


def test_the_page_says_since_when_there_is_what(console: Client) -> None:
    """A source a row: its oldest counted minute, and how much it has sent."""
    first = now().replace(second=0, microsecond=0) - timedelta(days=2)
    for minute in (first, first + timedelta(minutes=1)):
        SourceMinute.objects.create(source="shop", minute=minute, accepted=10)
    Checkpoint.objects.create(source="shop", events=20_000)
    page = read(console, RETENTION)
    for words in ("kept for 90 days", "shop", "20,000", "90 days"):
        assert words in page.text
    assert page.all("time", datetime=f"{first:%Y-%m-%dT%H:%M}:00Z")


def test_a_source_is_kept_for_its_own_time_and_again_for_that_of_all(console: Client) -> None:
    """Both are recorded."""
    Source.objects.create(name="shop")
    for days, kept in (("30", 30), ("", None)):
        console.post(f"{RETENTION}/shop", {"days": days})
        assert Source.objects.get().retention_days == kept
    done = [row.content for row in AuditRow.objects.order_by("pk") if "tocsin.retention_days" in row.content]
    assert [each["tocsin.retention_days"] for each in done] == ["30", "default"]


@pytest.mark.parametrize("days", ["6", "3661", "-1", "many", "1e3", "9" * 30])
def test_a_time_that_is_none_is_refused(console: Client, days: str) -> None:
    """Nothing is changed, and what is allowed is said."""
    Source.objects.create(name="shop", retention_days=30)
    page = console.post(f"{RETENTION}/shop", {"days": days}, follow=True).content.decode()
    assert "days" in page
    assert "notice-error" in page
    assert Source.objects.get().retention_days == 30


def test_what_people_did_is_never_kept_for_less(console: Client) -> None:
    """Who wants to hide something cannot wait for it to go; longer is allowed."""
    Source.objects.create(name="tocsin.audit")
    page = console.post(f"{RETENTION}/tocsin.audit", {"days": "7"}, follow=True).content.decode()
    assert "it says what people did here" in page
    console.post(f"{RETENTION}/tocsin.audit", {"days": "400"})
    assert Source.objects.get().retention_days == 400


def test_a_source_that_is_not_here_is_named(console: Client) -> None:
    """It may have been removed while the page was open."""
    assert "no source" in console.post(f"{RETENTION}/gone", {"days": "30"}, follow=True).content.decode()
