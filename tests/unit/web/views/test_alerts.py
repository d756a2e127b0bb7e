"""The list of alerts."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.unit.web.conftest import MakeAlert, read, sign_in
from tests.unit.web.markup import Page

from tocsin.apps.accounts.models import User
from tocsin.apps.alerts.models import Alert, AlertEntity, Mute, SavedFilter, State
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


def test_many_are_acknowledged_at_once(console: Client, make_alert: MakeAlert) -> None:
    """Those that are open; who selected others is told, and the list is as it was."""
    first, second, done = make_alert(), make_alert(), make_alert(state=State.RESOLVED)
    form = {"alert": [first.pk, second.pk, done.pk, "x"], "back": "/alerts?level=high"}
    response = console.post("/alerts/acknowledge", form)
    assert response.headers["Location"] == "/alerts?level=high"
    text = read(console, "/alerts").text
    assert "2 alerts acknowledged." in text
    assert "1 of the selected is not open any more." in text
    assert set(Alert.objects.exclude(pk=done.pk).values_list("state", flat=True)) == {"acknowledged"}
    for elsewhere in ("https://evil.example/alerts", "//evil.example", "/alerts.evil.example:1@x", ""):
        location = console.post("/alerts/acknowledge", {"back": elsewhere}).headers["Location"]
        assert location.startswith("/alerts")
    assert "Nothing was selected." in read(console, "/alerts").text


def test_only_open_alerts_can_be_selected_and_only_by_who_may(make_alert: MakeAlert) -> None:
    """A viewer has no boxes."""
    alert = make_alert()
    make_alert(state=State.ACKNOWLEDGED)
    for role, boxes in (("responder", 1), ("viewer", 0)):
        client = sign_in(User.objects.create(email=f"{role}@example.com", role=role))
        assert len(read(client, "/alerts").all("input", name="alert", value=str(alert.pk))) == boxes
        assert len(read(client, "/alerts").all("input", name="alert")) == boxes


def test_what_is_filtered_is_said_and_taken_away_one_by_one(
    console: Client, make_alert: MakeAlert, owner: User
) -> None:
    """A chip a filter, in words; a value from outside does nothing."""
    make_alert()
    page = read(console, f"/alerts?entity=<b>x&assignee={owner.pk}&verdict=false&muted=no&since=7d&level=high&after=x")
    for words in ("about <b>x", "assigned to Olive Owner", "turned out false alarm", "muted no", "since 7d"):
        assert words in page.text
    chip = page.all("a", id="chip-verdict")[0]["href"]
    assert chip == f"/alerts?entity=%3Cb%3Ex&assignee={owner.pk}&muted=no&since=7d&level=high"


def test_a_row_says_who_has_it_and_that_it_is_muted(console: Client, make_alert: MakeAlert, owner: User) -> None:
    """And no longer muted once the mute was lifted."""
    mute = Mute.objects.create(rule_id="ssh-guessing", until_at=now() + timedelta(hours=1), reason="x")
    make_alert(assignee=owner, muted_by=mute)
    assert "open Olive Owner muted, ends in" in read(console, "/alerts").text
    Mute.objects.update(lifted_at=now())
    assert "muted, ends" not in read(console, "/alerts").text


def test_a_filter_is_kept_used_and_removed(console: Client, make_alert: MakeAlert, teammate: User) -> None:
    """By its person alone; of the same name there is one; what is no filter is not kept."""
    make_alert()
    saved = console.post("/alerts/filters/save", {"name": "<b>Mine", "query": "level=high&after=9&evil=1"})
    assert saved.headers["Location"] == "/alerts?level=high"
    console.post("/alerts/filters/save", {"name": "<b>Mine", "query": "level=low"})
    kept = SavedFilter.objects.get()
    assert (kept.name, kept.query) == ("<b>Mine", "level=low")
    page = read(console, "/alerts")
    assert "<b>Mine" in page.text
    assert "/alerts?level=low" in page.links
    assert not read(sign_in(teammate), "/alerts").all("a", id=f"filter-{kept.pk}")
    sign_in(teammate).post(f"/alerts/filters/{kept.pk}/remove")
    assert SavedFilter.objects.exists()
    console.post(f"/alerts/filters/{kept.pk}/remove", {"back": "/alerts"})
    assert not SavedFilter.objects.exists()
    for form in (
        {"name": "x", "query": ""},
        {"name": "", "query": "level=low"},
        {"name": "x" * 61, "query": "level=low"},
    ):
        console.post("/alerts/filters/save", form)
    assert not SavedFilter.objects.exists()


def test_a_person_keeps_a_bounded_number_of_filters(console: Client) -> None:
    """The next one is refused with the reason."""
    for number in range(31):
        console.post("/alerts/filters/save", {"name": str(number), "query": "level=low"})
    assert SavedFilter.objects.count() == 30
    assert "You keep 30 filters already" in read(console, "/alerts").text.replace("you keep", "You keep")
