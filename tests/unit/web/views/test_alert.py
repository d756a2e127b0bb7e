"""One alert, and what people do with it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from tests.unit.web.conftest import START, MakeAlert, read, sign_in
from tests.unit.web.markup import Page

from tocsin.apps.accounts.models import User
from tocsin.apps.alerts.models import Alert, AlertAction, AlertEntity, State
from tocsin.apps.notify.models import Channel, Delivery, DeliveryState
from tocsin.web.asked_search import Asked

Queries = Callable[[int], AbstractContextManager[Any]]
HOSTILE = '<script>alert(1)</script><img src=x onerror="alert(2)">\x1b[31m\u202egnp.exe\x00\r\nforged: line'
RULE_TEXT = {
    "description": "Somebody tries many passwords.",
    "next_steps": "1. Block the address.\n2. Look for a success.",
    "falsepositives": ["A forgotten cron job"],
    "references": ["https://attack.mitre.org/techniques/T1110/", "javascript:alert(1)", "runbook 7"],
    "tags": ["attack.t1110"],
    "fields": ["user", "src_ip"],
}


def sample(**fields: str) -> dict[str, Any]:
    """A sample event as the detector keeps it."""
    return {
        "id": "1",
        "time": "2026-01-01T00:00:05+00:00",
        "source": "sshd",
        "raw": "Failed password",
        "fields": fields,
    }


def test_the_page_tells_the_whole_story(console: Client, make_alert: MakeAlert) -> None:
    """What happened in words, the rule's text, the facts."""
    alert = make_alert(rule_text=RULE_TEXT)
    page = read(console, f"/alerts/{alert.pk}")
    for words in (
        "12 events, within 79 seconds",
        "src_ip 192.0.2.7",
        "Somebody tries many passwords.",
        "1. Block the address.",
        "A forgotten cron job",
        "attack.t1110",
        "2026-01-01 00:00:00 UTC",
        "runbook 7",
    ):
        assert words in page.text
    assert {"https://attack.mitre.org/techniques/T1110/", "/alerts?rule=ssh-guessing", "/alerts?source=sshd"} <= set(
        page.links
    )


def test_distinct_values_are_told_with_their_events(console: Client, make_alert: MakeAlert) -> None:
    """A value count says what was counted."""
    alert = make_alert(count=45, events=51, count_of="account", last_at=START, first_at=START)
    assert "45 different values of account in 51 events, at one moment" in read(console, f"/alerts/{alert.pk}").text


def test_the_rules_fields_come_first_in_a_sample(console: Client, make_alert: MakeAlert) -> None:
    """Then the group's, then the others by name."""
    fields = {"zone": "eu", "auth": "password", "src_ip": "192.0.2.7", "user": "root"}
    alert = make_alert(rule_text=RULE_TEXT, samples=[sample(**fields)])
    text = read(console, f"/alerts/{alert.pk}").text
    shown = text[text.index("Sample events") :]
    assert "user root src_ip 192.0.2.7 auth password zone eu Raw text Failed password" in shown


@pytest.mark.parametrize("samples", [["a text"], [None, 3], [{"fields": 7, "time": 3}], {"not": "a list"}, [{}]])
def test_a_sample_of_another_shape_is_shown_as_it_is(console: Client, make_alert: MakeAlert, samples: object) -> None:
    """No kept event can break the page of its alert."""
    read(console, f"/alerts/{make_alert(samples=samples).pk}")


def test_hostile_content_is_shown_and_does_nothing(console: Client, make_alert: MakeAlert) -> None:
    """Markup stays text; escapes, direction marks and line ends are visible; an address that is a script is no link."""
    alert = make_alert(
        rule_title=HOSTILE.replace("\x00", ""),
        source=HOSTILE.replace("\x00", ""),
        group={HOSTILE: HOSTILE},
        samples=[sample(**{HOSTILE: HOSTILE}) | {"raw": HOSTILE * 1_000}],
        rule_text={key: [HOSTILE] if isinstance(value, list) else HOSTILE for key, value in RULE_TEXT.items()},
    )
    AlertAction.objects.create(alert=alert, verb="reopened", note=HOSTILE)
    for address in (f"/alerts/{alert.pk}", "/"):
        page = read(console, address)
        assert "<script>alert(1)</script>" in page.text
        assert not {"\x1b", "\u202e", "\x00"} & set(page.markup)
    assert not any("javascript" in link for link in page.links)


def test_a_long_value_is_cut(console: Client, make_alert: MakeAlert) -> None:
    """A megabyte in an event does not become a megabyte of page."""
    long = "A" * 1_000_000
    alert = make_alert(group={"path": long}, samples=[sample(path=long) | {"raw": long}])
    assert len(read(console, f"/alerts/{alert.pk}").markup) < 30_000
    assert len(read(console, "/").markup) < 30_000


def test_an_unknown_alert_is_not_found(console: Client) -> None:
    """Any id that is none, however large."""
    for number in ("1", "0", str(10**30)):
        assert console.get(f"/alerts/{number}").status_code == 404
        assert console.post(f"/alerts/{number}/act", {"verb": "resolve", "seen": "open"}).status_code == 404


def test_merged_alerts_lead_to_the_one_they_joined(console: Client, make_alert: MakeAlert) -> None:
    """And that one names them; nothing can be done with a merged alert."""
    kept = make_alert()
    merged = make_alert(state=State.MERGED, merged_into=kept)
    page = read(console, f"/alerts/{merged.pk}")
    assert f"/alerts/{kept.pk}" in page.links
    assert not page.all("button", name="verb")
    assert f"/alerts/{merged.pk}" in read(console, f"/alerts/{kept.pk}").links


def test_notifications_of_the_alert_are_listed(console: Client, make_alert: MakeAlert) -> None:
    """To whom, how it went, and why not."""
    alert = make_alert()
    assert "Nobody was told" in read(console, f"/alerts/{alert.pk}").text
    channel = Channel.objects.create(name="oncall", kind="email")
    Delivery.objects.create(
        channel=channel,
        alert=alert,
        occasion="opened",
        state=DeliveryState.DEAD,
        due_at=START,
        error="550 no such user",
    )
    text = read(console, f"/alerts/{alert.pk}").text
    assert "oncall opened Failed" in text
    assert "550 no such user" in text


@pytest.mark.parametrize(
    ("before", "verb", "after"),
    [("open", "acknowledge", "acknowledged"), ("open", "resolve", "resolved"), ("acknowledged", "reopen", "open")],
)
def test_people_act_without_javascript(
    console: Client, make_alert: MakeAlert, before: str, verb: str, after: str
) -> None:
    """A plain form changes the state, writes the history, and leads back to the alert."""
    alert = make_alert(state=before)
    response = console.post(f"/alerts/{alert.pk}/act", {"verb": verb, "seen": before, "note": " on it "})
    assert (response.status_code, response.headers["Location"]) == (302, f"/alerts/{alert.pk}")
    alert.refresh_from_db()
    assert alert.state == after
    action = AlertAction.objects.get()
    assert (str(action.user), action.note) == ("Olive Owner", "on it")
    assert f"Alert {alert.pk} {action.verb}." in read(console, f"/alerts/{alert.pk}").text


def test_htmx_gets_the_alert_as_it_is_now(console: Client, make_alert: MakeAlert) -> None:
    """The changed part of the page, with the message beside it."""
    alert = make_alert()
    form = {"verb": "acknowledge", "seen": "open"}
    response = console.post(f"/alerts/{alert.pk}/act", form, headers={"HX-Request": "true"})
    markup = response.content.decode()
    assert response.status_code == 200
    assert "<html" not in markup
    assert "state-acknowledged" in markup
    assert f"Alert {alert.pk} acknowledged." in markup


def test_the_second_of_two_people_is_told(make_alert: MakeAlert, owner: User, teammate: User) -> None:
    """Both saw it open; the first wins, the second sees who was first, and keeps the note."""
    alert = make_alert()
    address = f"/alerts/{alert.pk}/act"
    assert sign_in(owner).post(address, {"verb": "acknowledge", "seen": "open"}).status_code == 302
    response = sign_in(teammate).post(address, {"verb": "resolve", "seen": "open", "note": "false alarm"})
    text = response.content.decode()
    assert response.status_code == 409
    assert "Olive Owner was first (acknowledged)" in text
    assert ">false alarm</textarea>" in text
    alert.refresh_from_db()
    assert (alert.state, AlertAction.objects.count()) == ("acknowledged", 1)


def test_the_keyboard_on_the_list_gets_the_message_alone(console: Client, make_alert: MakeAlert) -> None:
    """The list fetches itself; the answer to the key is what was done."""
    alert = make_alert()
    form = {"verb": "resolve", "seen": "open", "from": "list"}
    response = console.post(f"/alerts/{alert.pk}/act", form, headers={"HX-Request": "true"})
    assert f"Alert {alert.pk} resolved." in response.content.decode()
    assert "<title>" not in response.content.decode()


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"verb": "delete", "seen": "open"},
        {"verb": "resolve", "seen": "closed"},
        {"verb": "resolve", "seen": "open", "note": "x" * 2_001},
    ],
)
def test_a_form_that_makes_no_sense_changes_nothing(
    console: Client, make_alert: MakeAlert, form: dict[str, str]
) -> None:
    """It is answered with 400 and the reason."""
    alert = make_alert()
    response = console.post(f"/alerts/{alert.pk}/act", form)
    assert response.status_code == 400
    assert "Nothing was changed" in response.content.decode()
    assert Alert.objects.get().state == State.OPEN
    assert not AlertAction.objects.exists()


def test_the_page_of_an_alert_costs_the_same_queries_however_long(
    console: Client, make_alert: MakeAlert, owner: User, django_assert_num_queries: Queries
) -> None:
    """Session, person, three for the pulse, five for the alert, two for what is related, one for the people."""
    alert = make_alert(samples=[sample(user=str(number)) for number in range(20)])
    channel = Channel.objects.create(name="oncall", kind="email")
    for each in (alert, *(make_alert() for _ in range(20))):
        AlertEntity.objects.create(alert=each, value="192.0.2.7")
    for number in range(30):
        AlertAction.objects.create(alert=alert, user=owner, verb="reopened")
        Delivery.objects.create(
            channel=channel, alert=alert, occasion="opened", due_at=START, idempotency_key=str(number)
        )
    with django_assert_num_queries(13):
        console.get(f"/alerts/{alert.pk}")


def test_variants_stand_side_by_side_with_what_differs_marked(console: Client, make_alert: MakeAlert) -> None:
    """The most frequent one first; what an attacker wrote is shown and does nothing."""
    said = [("send it back", "ann", 7), (f"send {HOSTILE} back", "bob", 2)]
    alert = make_alert(variants=[{"text": text, "actor": who, "count": count} for text, who, count in said])
    page = read(console, f"/alerts/{alert.pk}")
    assert "What they say" in page.text
    assert "7 ann send it back" in page.text
    assert page.all("mark")
    assert not page.all("img")


def test_an_alert_without_variants_has_no_place_for_them(console: Client, make_alert: MakeAlert) -> None:
    """Most rules compare nothing."""
    assert "What they say" not in read(console, f"/alerts/{make_alert().pk}").text


def test_the_page_says_what_was_normal(console: Client, make_alert: MakeAlert) -> None:
    """Under why it rings; whatever a group or a day is called."""
    learnt = {
        "peak": 47,
        "low": 0,
        "high": 3,
        "seasons": 4,
        "season": "week",
        "day": HOSTILE,
        "over": "group",
        "condition": "at least 10",
        "timespan_s": 600,
        "count_of": "",
    }
    page = read(console, f"/alerts/{make_alert(normal=learnt | {'day': ''}).pk}")
    assert "Why this rings 47 in 10 minutes; at this hour 0 to 3 are normal." in page.text
    assert "normal" not in read(console, f"/alerts/{make_alert().pk}").text
    assert "<script>alert(1)" not in console.get(f"/alerts/{make_alert(normal=learnt).pk}").content.decode()


def test_an_alert_is_given_to_somebody(console: Client, make_alert: MakeAlert, owner: User, teammate: User) -> None:
    """To oneself, to another, to nobody; who saw somebody else with it is told."""
    alert = make_alert()
    address = f"/alerts/{alert.pk}/assign"
    assert console.post(address, {"assignee": owner.pk, "seen": ""}).status_code == 302
    assert "Assigned Olive Owner" in read(console, f"/alerts/{alert.pk}").text
    late = console.post(address, {"assignee": teammate.pk, "seen": ""})
    assert late.status_code == 409
    assert "Olive Owner has the alert by now" in late.content.decode()
    console.post(address, {"assignee": teammate.pk, "seen": owner.pk})
    console.post(address, {"assignee": "", "seen": teammate.pk})
    alert.refresh_from_db()
    assert alert.assignee is None
    assert [each.note for each in AlertAction.objects.order_by("pk")] == [
        "to Olive Owner",
        "to Tom Teammate",
        "to nobody",
    ]


@pytest.mark.parametrize("form", [{"assignee": "x"}, {"assignee": "999"}, {"assignee": str(10**30)}, {"seen": "-1"}])
def test_an_alert_is_given_to_nobody_else(console: Client, make_alert: MakeAlert, form: dict[str, str]) -> None:
    """Only to those who work on alerts."""
    viewer = User.objects.create(email="viewer@example.com", role="viewer")
    alert = make_alert()
    for sent in (form, {"assignee": str(viewer.pk)}):
        assert console.post(f"/alerts/{alert.pk}/assign", sent).status_code == 400
    assert not AlertAction.objects.exists()


def test_a_note_alone_goes_into_the_history(console: Client, make_alert: MakeAlert) -> None:
    """An empty or too long one does not."""
    alert = make_alert()
    address = f"/alerts/{alert.pk}/note"
    assert console.post(address, {"note": HOSTILE.replace("\x00", "")}).status_code == 302
    assert "<script>alert(1)</script>" in read(console, f"/alerts/{alert.pk}").text
    for wrong in (" ", "x" * 2_001):
        assert console.post(address, {"note": wrong}).status_code == 400
    assert AlertAction.objects.count() == 1
    assert console.post("/alerts/987654/note", {"note": "x"}).status_code == 404


def test_resolving_says_what_it_was(console: Client, make_alert: MakeAlert) -> None:
    """The verdict stands at the head and in the history; one that is none changes nothing."""
    alert = make_alert()
    address = f"/alerts/{alert.pk}/act"
    wrong = {"verb": "resolve", "seen": "open", "verdict": "perhaps"}
    assert console.post(address, wrong).status_code == 400
    console.post(address, {"verb": "resolve", "seen": "open", "verdict": "false"})
    text = read(console, f"/alerts/{alert.pk}").text
    assert "False alarm" in text
    assert "resolved as false alarm" in text


def test_others_about_the_same_are_listed(console: Client, make_alert: MakeAlert) -> None:
    """The newest first, without those that are part of another; and a link to all of them."""
    alert, other, merged, apart = make_alert(), make_alert(), make_alert(state=State.MERGED), make_alert()
    for each in (alert, other, merged):
        AlertEntity.objects.create(alert=each, value="192.0.2.7")
    AlertEntity.objects.create(alert=apart, value="192.0.2.8")
    page = read(console, f"/alerts/{alert.pk}")
    assert [each["id"] for each in page.all("a") if each.get("id", "").startswith("related-")] == [
        f"related-{other.pk}"
    ]
    assert "/alerts?entity=192.0.2.7" in page.links


def test_the_events_can_be_searched(console: Client, make_alert: MakeAlert) -> None:
    """Those of its group, in its sources, from its first to its last."""
    alert = make_alert(source="sshd, web", group={"src_ip": "192.0.2.7", "a b": 'x"y'})
    link = next(each for each in read(console, f"/alerts/{alert.pk}").links if each.startswith("/search?"))
    asked = Asked.of(QueryDict(link.partition("?")[2]))
    assert asked.sources == ("sshd", "web")
    assert (asked.from_at, asked.to_at) == (alert.first_at, alert.last_at)
    assert asked.query == 'src_ip:"192.0.2.7" a\\ b:"x\\"y"'
    asked.node(START)


def test_a_sample_is_opened_with_why_it_rang(console: Client, make_alert: MakeAlert) -> None:
    """A part of the page that is fetched when it is opened; a sample that there is not is not found."""
    alert = make_alert(samples=[sample(**{HOSTILE: HOSTILE}), "a text"])
    response = console.get(f"/alerts/{alert.pk}/samples/0")
    part = Page(response.content.decode())
    assert "The rule is gone" in part.text
    assert "<script>alert(1)</script>" in part.text
    assert console.get(f"/alerts/{alert.pk}/samples/1").status_code == 200
    for place in (2, 10**30):
        assert console.get(f"/alerts/{alert.pk}/samples/{place}").status_code == 404


def test_ten_samples_are_one_row_each(console: Client, make_alert: MakeAlert) -> None:
    """Their fields and raw texts are opened in place."""
    alert = make_alert(samples=[sample(user=str(number)) for number in range(10)])
    page = read(console, f"/alerts/{alert.pk}")
    rows = page.all("details", class_="sample")
    assert len(rows) == 10
    assert not any("open" in each for each in rows)
