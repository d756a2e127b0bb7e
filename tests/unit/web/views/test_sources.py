"""Sources: what comes in and what could not be read."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.unit.web.conftest import read

from tocsin.apps.alerts.models import Alert, State
from tocsin.apps.detect.alarms import SILENT, Alarm, sound
from tocsin.apps.detect.models import Checkpoint
from tocsin.apps.intake.models import IngestToken, RejectedRecord, Source, SourceMinute
from tocsin.kernel.clock import now

Queries = Callable[[int], AbstractContextManager[Any]]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def sshd(db: None) -> Source:
    """A source of sshd lines."""
    return Source.objects.create(name="sshd", format="sshd")


def count(source: str, minutes_ago: int, **counts: int) -> None:
    """What a source sent in one minute."""
    minute = now().replace(second=0, microsecond=0) - minutes_ago * MINUTE
    SourceMinute.objects.create(source=source, minute=minute, **counts)


def test_without_sources_the_page_says_how_to_add_one(console: Client) -> None:
    """Both ways in: over HTTP and from a file."""
    text = read(console, "/sources").text
    assert "tocsin token create --source app" in text
    assert "tocsin follow" in text


def test_a_source_shows_its_rate_totals_and_rejects(console: Client, sshd: Source) -> None:
    """Events in the last whole minute, in a day, in all; rejected ones; when it was last seen."""
    count("sshd", 1, accepted=77, rejected=3)
    count("sshd", 300, accepted=1_000)
    Checkpoint.objects.create(source="sshd", events=655_147, advanced_at=now() - 2 * MINUTE)
    text = read(console, "/sources").text
    assert "sshd sshd 77 1,077 655,147 3 2 min ago" in text


def test_a_source_that_nobody_added_is_listed_too(console: Client) -> None:
    """Events without a source's row are not hidden."""
    count("stray", 1, accepted=5)
    Checkpoint.objects.create(source="older", events=9)
    links = read(console, "/sources").links
    assert {"/sources/stray", "/sources/older"} <= set(links)
    assert "9" in read(console, "/sources/older").text


def test_a_source_that_fell_silent_is_marked(console: Client, sshd: Source) -> None:
    """Here, on its own page, and in the pulse of the first page, as the detector's alarm says and nothing else."""
    for name in ("sshd", "nginx", "retired"):
        Checkpoint.objects.create(source=name, advanced_at=now() - 90 * MINUTE)
    for name in ("sshd", "retired"):
        sound(Alarm(SILENT, name, "usually sends every 2 minutes; nothing for 90 minutes"), now())
    Alert.objects.filter(source="retired").update(state=State.RESOLVED)
    assert read(console, "/sources").text.count("silent") == 1
    page = read(console, "/sources/sshd")
    assert "sshd silent" in page.text
    assert "Last seen 1 h ago" in page.text
    assert "1 source fell silent" in read(console, "/").text


def test_the_chart_draws_the_last_hour(console: Client, sshd: Source) -> None:
    """One bar a minute that had events; a minute ahead of the clock or too old has none."""
    for minutes_ago in (0, 30, 59, 60, -3):
        count("sshd", minutes_ago, accepted=10)
    chart = read(console, "/sources/sshd").all("svg", class_="chart")[0]
    assert chart["aria-label"] == "the last 60 minutes, at most 10 a minute"
    bars = read(console, "/sources/sshd").all("path")
    assert max(each["d"].count("M") for each in bars) == 3


def test_rejected_records_are_shown_with_their_reasons(console: Client, sshd: Source) -> None:
    """As they came, newest first, and harmless."""
    for age, raw in ((2, "older"), (1, "<script>alert(1)</script>\x1b[2J")):
        RejectedRecord.objects.create(
            source="sshd", event_id=raw[:9], received_at=now() - age * MINUTE, reason=f"not sshd {age}", raw=raw
        )
    page = read(console, "/sources/sshd")
    assert page.text.index("not sshd 1") < page.text.index("not sshd 2")
    assert "<script>alert(1)</script>\\x1b[2J" in page.text


def test_the_page_gives_the_exact_commands(console: Client, sshd: Source) -> None:
    """To send over HTTP and to follow a file, with this source's name and format."""
    text = read(console, "/sources/sshd").text
    assert "http://testserver/ingest/sshd" in text
    assert "tocsin follow PATH --source sshd --format sshd" in text


def test_a_token_is_revoked_once(console: Client, sshd: Source) -> None:
    """The page shows its beginning and never its secret; a second time says that nothing was to do."""
    secret = IngestToken.issue(sshd)
    token = IngestToken.objects.get()
    page = read(console, "/sources/sshd")
    assert token.hint in page.text
    assert secret not in page.markup
    address = f"/sources/sshd/tokens/{token.pk}/revoke"
    assert page.all("form", action=address)
    assert "is revoked" in console.post(address, follow=True).content.decode()
    assert IngestToken.find(secret) is None
    assert "Nothing to do" in console.post(address, follow=True).content.decode()
    assert not read(console, "/sources/sshd").all("form", action=address)


def test_a_token_of_another_source_is_not_found(console: Client, sshd: Source) -> None:
    """An address that was put together by hand revokes nothing."""
    IngestToken.issue(sshd)
    token = IngestToken.objects.get()
    assert console.post(f"/sources/nginx/tokens/{token.pk}/revoke").status_code == 404
    assert IngestToken.objects.filter(revoked_at=None).exists()


@pytest.mark.parametrize("name", ["nothing", "<script>", "..%2f..%2fetc", "%00", "a" * 300])
def test_an_unknown_source_is_not_found(console: Client, sshd: Source, name: str) -> None:
    """Whatever its name is, and whatever else there is."""
    read(console, f"/sources/{name}", status=404)


def test_the_pages_cost_the_same_however_many_sources(console: Client, django_assert_num_queries: Queries) -> None:
    """Session, person, three for the pulse, then five for all sources or nine for one."""
    for number in range(30):
        Source.objects.create(name=f"source-{number}")
        count(f"source-{number}", 1, accepted=number)
    with django_assert_num_queries(10):
        console.get("/sources")
    with django_assert_num_queries(14):
        console.get("/sources/source-1")


def test_rejected_records_are_grouped_by_reason(console: Client, sshd: Source) -> None:
    """With counts; each leads to its records alone."""
    for number, reason in enumerate(("not JSON", "not JSON", "too <long>")):
        RejectedRecord.objects.create(
            source="sshd", event_id=str(number), received_at=now(), reason=reason, raw=f"raw-{number}"
        )
    page = read(console, "/sources/sshd")
    assert "2 not JSON" in page.text
    assert "1 too <long>" in page.text
    (link,) = [each for each in page.links if "reason=too" in each]
    alone = read(console, f"/sources/sshd{link.partition('#')[0]}").text
    assert "raw-2" in alone
    assert "raw-0" not in alone


CHANGED = {"format": "auth", "product": "linux", "category": "", "service": "", "lateness_s": "60"}


def test_a_source_is_changed(console: Client, sshd: Source) -> None:
    """What cannot be changes nothing."""
    for wrong in ({"format": "x"}, {"lateness_s": "-1"}, {"lateness_s": "99999999"}, {"product": "x" * 101}):
        console.post("/sources/sshd/change", CHANGED | wrong)
        sshd.refresh_from_db()
        assert (sshd.format, sshd.lateness_s) == ("sshd", None)
    assert "Saved" in console.post("/sources/sshd/change", CHANGED, follow=True).content.decode()
    sshd.refresh_from_db()
    assert (sshd.format, sshd.product, sshd.lateness_s) == ("auth", "linux", 60)


def test_a_removed_source_takes_its_tokens_along(console: Client, sshd: Source) -> None:
    """Whoever has its page open still is told kindly."""
    secret = IngestToken.issue(sshd)
    assert "is removed" in console.post("/sources/sshd/remove", follow=True).content.decode()
    assert IngestToken.find(secret) is None
    for address in ("/sources/sshd/remove", "/sources/sshd/change"):
        assert "any more" in console.post(address, CHANGED, follow=True).content.decode()


def test_tocsins_own_source_is_neither_changed_nor_removed(console: Client) -> None:
    """It says what people did."""
    Source.objects.create(name="tocsin.audit")
    for address in ("/sources/tocsin.audit/remove", "/sources/tocsin.audit/change"):
        assert "own" in console.post(address, CHANGED, follow=True).content.decode()
    assert Source.objects.get(name="tocsin.audit").format == "json"
