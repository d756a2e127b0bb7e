"""Mutes, deliveries, sources, rules, rotations and people."""

from datetime import timedelta

import pytest
from tests.unit.web.api.conftest import Call
from tests.unit.web.conftest import MakeAlert

from tocsin.apps.accounts.models import User
from tocsin.apps.detect.models import LoadedRule, RuleIssue
from tocsin.apps.intake.models import RejectedRecord
from tocsin.apps.notify.models import Channel, Delivery
from tocsin.kernel.clock import now

RULE = """\
title: A
logsource: {product: app}
detection:
  selection: {a|hwat: x}
  condition: selection
"""


@pytest.fixture
def guessing(db: None) -> LoadedRule:
    """A rule in use."""
    return LoadedRule.objects.create(
        rule_id="ssh-guessing", title="Guessing", level="high", level_rank=3, kind="event_count", path="a.yml:1:1"
    )


def test_a_mute_is_seen_before_it_is_made(call: Call, make_alert: MakeAlert, guessing: LoadedRule) -> None:
    """What it would have kept quiet; made; and lifted, once."""
    alert = make_alert(first_at=now(), last_at=now())
    scope = {"rule": "ssh-guessing", "values": {"src_ip": "192.0.2.7"}}
    assert call("post", "/mutes/preview", scope).json() == {"count": 1, "events": 12, "alerts": [alert.pk]}
    until = (now() + timedelta(hours=8)).isoformat()
    made = call("post", "/mutes", {**scope, "until": until, "reason": "a pentest"})
    assert (made.status_code, made.json()["is_active"]) == (201, True)
    assert call("get", f"/alerts/{alert.pk}").json()["muted_until"] is not None
    number = made.json()["id"]
    assert call("delete", f"/mutes/{number}").status_code == 204
    assert call("delete", f"/mutes/{number}").status_code == 409
    assert call("delete", f"/mutes/{number + 1}").status_code == 404
    assert [each["is_active"] for each in call("get", "/mutes").json()["items"]] == [False]


def test_a_mute_that_cannot_be_is_refused(call: Call, guessing: LoadedRule) -> None:
    """Of no rule, and without an end."""
    body = {"rule": "none", "until": now().isoformat(), "reason": "x"}
    assert call("post", "/mutes", body).status_code == 422
    refused = call("post", "/mutes", {**body, "rule": "ssh-guessing"})
    assert (refused.status_code, "ends within 90 days" in refused.json()["detail"]) == (400, True)


def test_a_failed_delivery_is_tried_again(call: Call, make_alert: MakeAlert) -> None:
    """Once: then it is under way."""
    channel = Channel.objects.create(name="pager", kind="webhook")
    failed = Delivery.objects.create(
        channel=channel, alert=make_alert(), occasion="opened", idempotency_key="k", due_at=now(), state="dead"
    )
    assert [each["id"] for each in call("get", "/deliveries?state=dead").json()["items"]] == [failed.pk]
    assert call("post", f"/deliveries/{failed.pk}/retry").json()["state"] == "pending"
    assert call("post", f"/deliveries/{failed.pk}/retry").status_code == 409
    assert call("post", f"/deliveries/{failed.pk + 1}/retry").status_code == 404


def test_a_source_is_added_with_a_token(call: Call) -> None:
    """Its secret is shown once; then it is taken back."""
    assert call("post", "/sources", {"name": "shop", "format": "json"}).status_code == 201
    assert [each["name"] for each in call("get", "/sources").json()["items"]] == ["shop"]
    made = call("post", "/sources/shop/tokens").json()
    assert made["secret"].startswith("tcs_in_")
    assert [each["secret"] for each in call("get", "/sources/shop/tokens").json()["items"]] == [None]
    assert call("delete", f"/sources/shop/tokens/{made['id']}").status_code == 204
    assert call("delete", f"/sources/shop/tokens/{made['id']}").status_code == 400
    assert call("post", "/sources", {"name": "A shop!"}).status_code == 400
    assert call("get", "/sources/none").status_code == 404


def test_rejected_records_are_read_as_they_came(call: Call) -> None:
    """With the reason."""
    call("post", "/sources", {"name": "shop"})
    RejectedRecord.objects.create(source="shop", event_id="e", received_at=now(), reason="not JSON", raw="<b>")
    assert call("get", "/sources/shop/rejected").json()["items"][0]["raw"] == "<b>"


def test_rules_are_listed_and_checked(call: Call, guessing: LoadedRule) -> None:
    """One in use, what is wrong with others, and a text that is not kept."""
    RuleIssue.objects.create(code="c", severity="error", path="b.yml", line=3, message="m")
    assert [each["id"] for each in call("get", "/rules?words=guess").json()["items"]] == ["ssh-guessing"]
    assert call("get", "/rules?words=none").json()["items"] == []
    assert call("get", "/rules/ssh-guessing").json()["level"] == "high"
    assert call("get", "/rules/none").status_code == 404
    assert [each["line"] for each in call("get", "/rules/issues").json()["items"]] == [3]
    wrong = call("post", "/rules/check", {"text": RULE}).json()
    assert wrong["rules"] == []
    assert ("rule.yml", 4) in [(each["path"], each["line"]) for each in wrong["issues"]]
    assert call("post", "/rules/check", {"text": RULE.replace("|hwat", "|contains")}).json()["rules"] == ["A"]


def test_a_rule_is_switched_off_and_on(call: Call, guessing: LoadedRule) -> None:
    """With a reason; it says which it is."""
    assert call("post", "/rules/switch", {"rule": "ssh-guessing", "is_on": False}).status_code == 400
    off = call("post", "/rules/switch", {"rule": "ssh-guessing", "is_on": False, "reason": "noise"})
    assert off.json()["is_on"] is False
    assert [each["is_on"] for each in call("get", "/rules").json()["items"]] == [False]
    assert call("post", "/rules/switch", {"rule": "ssh-guessing", "is_on": True}).json()["is_on"] is True
    assert call("post", "/rules/switch", {"rule": "none", "is_on": True}).status_code == 404


def test_a_file_of_rules_is_changed_by_who_saw_it(call: Call, owner: User) -> None:
    """Written; changed and removed only with the ETag of the version there is."""
    good = RULE.replace("|hwat", "")
    assert call("put", "/rules/written/shop", {"text": good}).status_code == 201
    read = call("get", "/rules/written/shop")
    assert (read.json()["text"], read.json()["by"]) == (good, owner.email)
    assert call("put", "/rules/written/shop", {"text": RULE}).status_code == 428
    changed = call("put", "/rules/written/shop", {"text": RULE}, **{"If-Match": read["ETag"]})
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    assert call("put", "/rules/written/shop", {"text": good}, **{"If-Match": read["ETag"]}).status_code == 412
    assert call("delete", "/rules/written/shop", **{"If-Match": read["ETag"]}).status_code == 412
    newest = call("get", "/rules/written/shop")["ETag"]
    assert [each["name"] for each in call("get", "/rules/written").json()["items"]] == ["shop"]
    assert call("delete", "/rules/written/shop", **{"If-Match": newest}).status_code == 204
    assert call("get", "/rules/written/shop").status_code == 404
    assert call("put", "/rules/written/shop", {"text": good}, **{"If-Match": newest}).status_code == 412
    assert call("put", "/rules/written/Shop!", {"text": good}).status_code == 422


def test_a_checked_text_runs_its_own_tests(call: Call) -> None:
    """Each with what came instead."""
    tests = "tocsin: {tests: [{events: [{a: x}], alerts: 1}, {events: [{a: x}], alerts: 2}]}\n"
    found = call("post", "/rules/check", {"text": RULE.replace("|hwat", "") + tests}).json()["tests"]
    assert [each["failure"].splitlines()[:1] for each in found] == [[], ["2 alerts must come and 1 came"]]


def test_a_rotation_is_made_and_somebody_stands_in(call: Call, owner: User, teammate: User) -> None:
    """Who is on call now."""
    body = {"people": [owner.email], "starts_at": (now() - timedelta(days=1)).isoformat()}
    assert call("put", "/rotations/primary", body).json()["now"] == owner.email
    stand_in = {"email": teammate.email, "from_at": body["starts_at"], "until_at": "2100-01-01T00:00:00Z"}
    assert call("post", "/rotations/primary/substitutions", stand_in).json()["now"] == teammate.email
    assert call("put", "/rotations/Primary!", body).status_code == 422
    assert call("put", "/rotations/primary", {**body, "people": ["x@example.com"]}).status_code == 422
    assert call("delete", "/rotations/primary").status_code == 204
    assert call("get", "/rotations").json() == {"items": []}


def test_people_are_listed(call: Call, owner: User) -> None:
    """By their address."""
    assert [each["email"] for each in call("get", "/people").json()["items"]] == [owner.email]
