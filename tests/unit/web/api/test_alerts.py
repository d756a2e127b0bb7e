"""`/alerts`: found, read, triaged."""

import pytest
from tests.unit.web.api.conftest import Call
from tests.unit.web.conftest import MakeAlert

from tocsin.apps.accounts.models import User
from tocsin.apps.alerts.models import AlertEntity, State


def ids(call: Call, address: str) -> list[int]:
    """The alerts of an address, in order."""
    return [each["id"] for each in call("get", address).json()["items"]]


def test_alerts_are_listed_a_page_at_a_time(call: Call, make_alert: MakeAlert) -> None:
    """Open first, then the newest; the cursor of each page leads to the next, and the last has none."""
    made = [make_alert() for _ in range(5)]
    resolved = make_alert(state=State.RESOLVED)
    seen, after = [], ""
    for _ in range(3):
        page = call("get", f"/alerts?limit=2&after={after}").json()
        seen += [each["id"] for each in page["items"]]
        after = page["next"]
    assert seen == [*(each.pk for each in reversed(made)), resolved.pk]
    assert after is None


def test_alerts_are_filtered(call: Call, make_alert: MakeAlert) -> None:
    """By what the console filters by."""
    low, other = make_alert(level="low"), make_alert(rule_id="other")
    AlertEntity.objects.create(alert=other, value="ann")
    assert ids(call, "/alerts?level=low") == [low.pk]
    assert ids(call, "/alerts?rule=other") == [other.pk]
    assert ids(call, "/alerts?entity=ann&since=2025-01-01") == [other.pk]
    assert call("get", "/alerts?level=loud").status_code == 422


def test_an_alert_is_read_with_its_history(call: Call, make_alert: MakeAlert, owner: User) -> None:
    """Its words, its samples, and who did what."""
    alert = make_alert(rule_text={"description": "d", "next_steps": "n", "tags": ["attack.t1110"]})
    assert call("post", f"/alerts/{alert.pk}/notes", {"note": "looking"}).status_code == 201
    shown = call("get", f"/alerts/{alert.pk}").json()
    assert (shown["description"], shown["rule"]["tags"]) == ("d", ["attack.t1110"])
    assert [(each["by"], each["verb"], each["note"]) for each in shown["history"]] == [
        (owner.email, "noted", "looking")
    ]
    assert call("get", f"/alerts/{alert.pk + 1}").json()["detail"] == f"there is no alert {alert.pk + 1}"


def test_an_alert_says_what_was_normal(call: Call, make_alert: MakeAlert) -> None:
    """In words; empty for a rule that learns nothing."""
    learnt = {"peak": 47, "low": 0, "high": 3, "day": "", "over": "group", "timespan_s": 600, "count_of": ""}
    shown = call("get", f"/alerts/{make_alert(normal=learnt).pk}").json()
    assert shown["normal"] == "47 in 10 minutes; at this hour 0 to 3 are normal"
    assert call("get", f"/alerts/{make_alert().pk}").json()["normal"] == ""


def test_an_alert_is_triaged(call: Call, make_alert: MakeAlert, owner: User, teammate: User) -> None:
    """Acknowledged, assigned, resolved with a verdict, reopened."""
    alert = make_alert()
    address = f"/alerts/{alert.pk}"
    assert call("post", f"{address}/acknowledge", {}).json()["state"] == "acknowledged"
    assert call("put", f"{address}/assignee", {"email": teammate.email}).json()["assignee"] == teammate.email
    assert call("put", f"{address}/assignee", {"email": None}).json()["assignee"] is None
    resolved = call("post", f"{address}/resolve", {"verdict": "real", "note": "reset the key"}).json()
    assert (resolved["state"], resolved["verdict"]) == ("resolved", "real")
    assert call("post", f"{address}/resolve", {}).status_code == 409
    assert call("post", f"{address}/reopen", {}).json()["verdict"] is None
    assert call("put", f"{address}/assignee", {"email": "nobody@example.com"}).status_code == 422


def test_several_are_acknowledged_at_once(call: Call, make_alert: MakeAlert) -> None:
    """And how many were is said."""
    made = [make_alert(), make_alert(), make_alert(state=State.RESOLVED)]
    assert call("post", "/alerts/acknowledge", {"ids": [each.pk for each in made]}).json() == {"changed": 2}


@pytest.mark.parametrize("wrong", ["open", "resolved"])
def test_what_was_seen_must_be_so_still(call: Call, make_alert: MakeAlert, wrong: str) -> None:
    """`seen` names the state that a program decided on."""
    alert = make_alert(state=State.ACKNOWLEDGED)
    assert call("post", f"/alerts/{alert.pk}/resolve", {"seen": wrong}).status_code == 409
    assert call("post", f"/alerts/{alert.pk}/resolve", {"seen": "acknowledged"}).status_code == 200


def test_an_etag_saves_the_reader_and_stops_the_second_writer(call: Call, make_alert: MakeAlert) -> None:
    """304 for what is known; 412 where somebody was faster."""
    alert = make_alert()
    address = f"/alerts/{alert.pk}"
    etag = call("get", address)["ETag"]
    assert call("get", address, **{"If-None-Match": etag}).status_code == 304
    assert call("post", f"{address}/acknowledge", {}, **{"If-Match": etag}).status_code == 200
    refused = call("post", f"{address}/resolve", {}, **{"If-Match": etag})
    assert (refused.status_code, refused["Content-Type"]) == (412, "application/problem+json")
    assert call("get", address, **{"If-None-Match": etag}).status_code == 200
