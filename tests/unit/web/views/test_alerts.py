"""The list of alerts."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.unit.web.conftest import MakeAlert, read
from tests.unit.web.markup import Page

from tocsin.apps.accounts.models import User
from tocsin.apps.alerts.models import Alert, AlertEntity, Mute, State
from tocsin.kernel.clock import now

Queries = Callable[[int], AbstractContextManager[Any]]


def shown(page: Page) -> list[str]:
    """The alerts of a page, by id, in order."""
    return [each["id"].removeprefix("alert-") for each in page.all("a", class_="cover")]


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ("entity=192.0.2.7", True),
        ("entity=192.0.2.8", False),
        ("verdict=false", True),
        ("verdict=real", False),
        ("verdict=perhaps", True),
        ("muted=yes", True),
        ("muted=no", False),
        ("assignee=none", False),
        ("since=2026-01-01T00:01", True),
        ("since=2026-01-01T00:02", False),
        ("until=2025-12-31", False),
        ("until=2026-01-02&since=2025-12-01", True),
        ("since=soon", True),
    ],
)
def test_alerts_are_found_by_whom_what_and_when(
    console: Client, make_alert: MakeAlert, owner: User, asked: str, is_found: bool
) -> None:
    """Who it is about, who has it, what it turned out to be, whether it is muted, when it rang."""
    mute = Mute.objects.create(rule_id="ssh-guessing", until_at=now() + timedelta(hours=1), reason="x")
    alert = make_alert(verdict="false", muted_by=mute, assignee=owner)
    AlertEntity.objects.create(alert=alert, value="192.0.2.7")
    assert shown(read(console, f"/alerts?{asked}")) == ([str(alert.pk)] if is_found else [])
    assert shown(read(console, f"/alerts?assignee={owner.pk}")) == [str(alert.pk)]
    assert shown(read(console, f"/alerts?assignee={owner.pk + 1}")) == []


def test_an_empty_console_says_what_to_do_next(console: Client) -> None:
    """How to send a first record, and how to see an alarm without one."""
    page = read(console, "/alerts")
    assert "no alert has rung yet" in page.text
    assert "tocsin token create --source app" in page.text
    assert "http://testserver/ingest/app" in page.text
    assert "tocsin drill" in page.text


def test_open_alerts_come_first_then_the_newest(console: Client, make_alert: MakeAlert) -> None:
    """Open, acknowledged, resolved; within each the latest first. A merged alert is not listed."""
    old_open = make_alert()
    resolved = make_alert(state=State.RESOLVED)
    acknowledged = make_alert(state=State.ACKNOWLEDGED)
    make_alert(state=State.MERGED)
    new_open = make_alert()
    assert shown(read(console, "/alerts")) == [str(each.pk) for each in (new_open, old_open, acknowledged, resolved)]


def test_a_row_says_level_rule_group_source_count_times_and_state(console: Client, make_alert: MakeAlert) -> None:
    """What the engineer on call needs to choose the row."""
    alert = make_alert(count=1_000, level="critical")
    page = read(console, "/alerts")
    for words in ("critical", "SSH password guessing", "src_ip 192.0.2.7", "sshd", "1,000", "2026-01-01", "open"):
        assert words in page.text
    assert f"/alerts/{alert.pk}" in page.links
    assert {each["datetime"] for each in page.all("time")} == {"2026-01-01T00:00:00Z", "2026-01-01T00:01:19Z"}


def test_filters_are_links_and_narrow_the_list(console: Client, make_alert: MakeAlert) -> None:
    """State, level, rule and source; an unknown state or level is as if not given."""
    low = str(make_alert(level="low").pk)
    done = str(make_alert(state=State.RESOLVED, rule_id="other", source="app, web").pk)
    assert shown(read(console, "/alerts?state=resolved")) == [done]
    assert shown(read(console, "/alerts?level=low")) == [low]
    assert shown(read(console, "/alerts?rule=other")) == [done]
    assert shown(read(console, "/alerts?source=web")) == [done]
    assert shown(read(console, "/alerts?source=we")) == []
    assert shown(read(console, "/alerts?state=merged&level=loud")) == [low, done]
    page = read(console, "/alerts?level=low")
    assert {"/alerts?level=low&state=open", "/alerts?level=high"} <= set(page.links)


def test_a_filter_without_alerts_leads_back_to_all(console: Client, make_alert: MakeAlert) -> None:
    """An empty filter is not an empty console."""
    make_alert()
    page = read(console, "/alerts?level=critical")
    assert "No alert matches" in page.text
    assert "drill" not in page.text


def test_pages_show_every_alert_once(console: Client, make_alert: MakeAlert) -> None:
    """Following `next` visits all alerts, though their times are equal and their states differ."""
    states = [State.OPEN, State.ACKNOWLEDGED, State.RESOLVED]
    moment = make_alert().last_at
    for number in range(1, 120):
        make_alert(state=states[number % 3], last_at=moment)
    seen, address = [], "/alerts"
    while address:
        page = read(console, address)
        seen += shown(page)
        address = next((each["href"] for each in page.all("a", rel="next")), "")
    assert len(seen) == len(set(seen)) == 120


def test_a_new_alert_does_not_shift_the_next_page(console: Client, make_alert: MakeAlert) -> None:
    """What rings while somebody reads does not repeat a row they have seen."""
    for _ in range(60):
        make_alert()
    first = read(console, "/alerts")
    make_alert()
    second = read(console, first.all("a", rel="next")[0]["href"])
    assert not set(shown(first)) & set(shown(second))


def test_a_cursor_that_is_none_shows_the_first_page(console: Client, make_alert: MakeAlert) -> None:
    """A mangled address is no error."""
    make_alert()
    for cursor in ("x", "1.2", "1.2.3.4", f"0.{10**30}.1", f"{10**30}.1.{10**30}", "-1.-1.-1", "٣.٣.٣"):
        read(console, f"/alerts?after={cursor}")


@pytest.mark.parametrize("asked", ["state=%00", "level=%00", "rule=a%00", "source=a%00", "after=%00"])
def test_a_filter_that_no_database_can_hold_finds_nothing_wrong(
    console: Client, make_alert: MakeAlert, asked: str
) -> None:
    """A NUL character, which PostgreSQL refuses, is passed over."""
    alert = make_alert(rule_id="a", source="a")
    assert shown(read(console, f"/alerts?{asked}")) == [str(alert.pk)]


def test_a_poll_that_has_seen_this_version_changes_nothing(console: Client, make_alert: MakeAlert) -> None:
    """204 while nothing changed, else the list with the new title and nothing around it."""
    alert = make_alert()
    page = read(console, "/alerts", **{"HX-Request": "true"})
    assert not page.all("nav", aria_label="Console")
    assert "<title>(1) Alerts · Tocsin</title>" in page.markup
    live = page.all("div", id="live")[0]
    seen = live["hx-headers"].removeprefix('{"Tocsin-Seen": "').removesuffix('"}')
    poll = {"HX-Request": "true", "Tocsin-Seen": seen}
    assert console.get("/alerts", headers=poll).status_code == 204
    Alert.objects.filter(pk=alert.pk).update(count=13)
    assert console.get("/alerts", headers=poll).status_code == 200


def test_the_title_counts_open_alerts(console: Client, make_alert: MakeAlert) -> None:
    """A browser tab is enough to see that something is open."""
    assert "<title>Alerts · Tocsin</title>" in read(console, "/alerts").markup
    make_alert()
    make_alert(state=State.RESOLVED)
    assert "<title>(1) Alerts · Tocsin</title>" in read(console, "/alerts").markup


def test_the_list_costs_the_same_queries_however_long(
    console: Client, make_alert: MakeAlert, django_assert_num_queries: Queries
) -> None:
    """Session, person, three for the pulse, three for the list, five for its menus: and none for a row."""
    for _ in range(60):
        make_alert()
    with django_assert_num_queries(13):
        console.get("/alerts")
