"""Muting, and the list of mutes."""

from datetime import timedelta

import pytest
from django.test import Client
from tests.unit.web.conftest import MakeAlert, read, sign_in
from tests.unit.web.views.test_alert import HOSTILE

from tocsin.apps.accounts.models import User
from tocsin.apps.alerts.models import Alert, AlertEntity, Mute
from tocsin.kernel.clock import now

TWO = {"src_ip": "192.0.2.7", "user": "root"}


def ring(make_alert: MakeAlert, **group: str) -> Alert:
    """An alert of now, with its entities."""
    at = now() - timedelta(hours=1)
    alert = make_alert(group=group, first_at=at, last_at=at)
    for value in group.values():
        AlertEntity.objects.create(alert=alert, value=value)
    return alert


@pytest.mark.parametrize(
    ("fields", "count"),
    [(["src_ip", "user"], "1 alert"), (["user"], "2 alerts"), ([], "3 alerts"), (["no"], "3 alerts")],
)
def test_what_it_would_have_muted_is_shown_before(
    console: Client, make_alert: MakeAlert, fields: list[str], count: str
) -> None:
    """For the group, some of its values, and the whole rule, which is warned of; nothing is saved by looking."""
    alert = ring(make_alert, **TWO)
    ring(make_alert, user="root")
    ring(make_alert, user="ann")
    response = console.post(f"/alerts/{alert.pk}/mute", {"step": "preview", "field": fields})
    text = response.content.decode()
    assert count in text
    assert ("This is the whole rule" in text) == (count == "3 alerts")
    assert not Mute.objects.exists()


def test_the_count_leads_to_what_it_counts(console: Client, make_alert: MakeAlert) -> None:
    """The list of these alerts, where a filter can say them."""
    alert = ring(make_alert, user="root")
    ring(make_alert, user="ann")
    address = read(console, f"/alerts/{alert.pk}/mute").all("a", id="preview-count")[0]["href"]
    assert [each["id"] for each in read(console, address).all("a", class_="cover")] == [f"alert-{alert.pk}"]
    several = ring(make_alert, **TWO)
    assert not read(console, f"/alerts/{several.pk}/mute").all("a", id="preview-count")


@pytest.mark.parametrize(
    ("length", "until", "hours"),
    [("1h", "", 1), ("8h", "", 8), ("1d", "", 24), ("1w", "", 168), ("until", "2h", -2), ("until", "soon", 0)],
)
def test_a_mute_is_made_for_a_time(console: Client, make_alert: MakeAlert, length: str, until: str, hours: int) -> None:
    """Of one of the lengths, or until a moment to come; anything else is refused, and what was written stays."""
    alert = ring(make_alert, **TWO)
    form = {"step": "save", "field": ["user"], "length": length, "until": until, "reason": "a <b>pentest"}
    response = console.post(f"/alerts/{alert.pk}/mute", form)
    if hours <= 0:
        assert response.status_code == 400
        assert "a &lt;b&gt;pentest</textarea>" in response.content.decode()
        assert not Mute.objects.exists()
        return
    assert response.headers["Location"] == f"/alerts/{alert.pk}"
    mute = Mute.objects.get()
    assert (mute.values, mute.reason) == ({"user": "root"}, "a <b>pentest")
    assert abs(mute.until_at - now() - timedelta(hours=hours)) < timedelta(minutes=1)
    alert.refresh_from_db()
    assert alert.muted_by == mute
    assert "Muted, ends" in read(console, f"/alerts/{alert.pk}").text


def test_a_moment_to_come_is_taken(console: Client, make_alert: MakeAlert) -> None:
    """As a browser's field for date and time writes it, in UTC."""
    alert = ring(make_alert, **TWO)
    until = (now() + timedelta(days=3)).replace(second=0, microsecond=0)
    form = {"step": "save", "length": "until", "until": f"{until:%Y-%m-%dT%H:%M}", "reason": "x"}
    console.post(f"/alerts/{alert.pk}/mute", form)
    assert Mute.objects.get().until_at == until


def test_a_mute_needs_a_reason(console: Client, make_alert: MakeAlert) -> None:
    """Others will read it."""
    alert = ring(make_alert, **TWO)
    response = console.post(f"/alerts/{alert.pk}/mute", {"step": "save", "length": "1h", "reason": " "})
    assert response.status_code == 400
    assert "needs a reason" in response.content.decode()


def test_mutes_are_listed_and_ended(console: Client, make_alert: MakeAlert, owner: User) -> None:
    """What, why, by whom, until when, what each keeps quiet; ended once, and recorded."""
    alert = ring(make_alert, **TWO)
    console.post(
        f"/alerts/{alert.pk}/mute", {"step": "save", "field": ["user"], "length": "1h", "reason": HOSTILE[:50]}
    )
    mute = Mute.objects.get()
    page = read(console, "/mutes")
    assert "user root" in page.text
    assert "Olive Owner" in page.text
    address = page.all("a", id=f"quiet-of-{mute.pk}")[0]["href"]
    assert [each["id"] for each in read(console, address).all("a", class_="cover")] == [f"alert-{alert.pk}"]
    assert console.post(f"/mutes/{mute.pk}/lift").headers["Location"] == "/mutes"
    assert "The mute has ended" in read(console, "/mutes").text
    console.post(f"/mutes/{mute.pk}/lift")
    page = read(console, "/mutes")
    assert "It has ended already" in page.text
    assert "ended by Olive Owner" in page.text


def test_a_viewer_sees_mutes_and_makes_none(make_alert: MakeAlert) -> None:
    """403, and no button."""
    viewer = sign_in(User.objects.create(email="viewer@example.com", role="viewer"))
    alert = ring(make_alert, **TWO)
    mute = Mute.objects.create(
        rule_id="x", rule_title=HOSTILE[:90].replace("\x00", ""), until_at=now() + timedelta(1), reason="x"
    )
    assert viewer.get(f"/alerts/{alert.pk}/mute").status_code == 403
    page = read(viewer, "/mutes")
    assert not page.all("button", id=f"lift-{mute.pk}")
    assert "somebody who is gone" in page.text
