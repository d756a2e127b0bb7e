"""The JSON of a webhook."""

import json

from tests.unit.notifiers.cast import HOSTILE, hostile, message

from tocsin.notifiers.message import Occasion
from tocsin.notifiers.webhook.body import encode


def test_the_schema_is_stable() -> None:
    """Receivers rely on these keys: a change here is a new schema."""
    assert json.loads(encode(message())) == {
        "schema": "tocsin.message/1",
        "occasion": "opened",
        "idempotency_key": "12:1:opened:5f",
        "sent_at": "2026-01-31T02:26:07Z",
        "text": "[HIGH] 12 events, 203.0.113.9 — SSH brute force",
        "url": "https://tocsin.example.com/alerts/12",
        "alert": {
            "id": 12,
            "level": "high",
            "title": "SSH brute force",
            "source": "web-auth",
            "count": 12,
            "count_of": "",
            "events": 12,
            "first_at": "2026-01-31T02:14:07Z",
            "last_at": "2026-01-31T02:25:07Z",
            "normal": "",
            "rule": {
                "id": "ssh_brute_force",
                "description": "Someone guesses passwords.",
                "next_steps": "1. Look for an accepted one.\n2. Block the address.",
                "falsepositives": ["A deploy script with an old key"],
                "references": ["https://attack.mitre.org/techniques/T1110/"],
                "tags": ["attack.t1110"],
            },
            "group": [{"field": "src_ip", "value": "203.0.113.9"}],
            "samples": [
                {
                    "time": "2026-01-31T02:14:07Z",
                    "raw": "sshd[2211]: Failed password for root from 203.0.113.9",
                    "fields": {},
                }
            ],
            "variants": [],
        },
    }


def test_values_arrive_as_they_came() -> None:
    """A program gets the value itself, escaped on the way: pure ASCII, no control character."""
    body = encode(hostile())
    assert body.isascii()
    assert body.decode().isprintable()
    assert json.loads(body)["alert"]["group"][0]["value"] == HOSTILE


def test_long_values_are_cut() -> None:
    """A hundred kilobytes of one value are not passed on."""
    assert len(encode(hostile())) < 40_000


def test_a_lone_surrogate_does_not_stop_the_message() -> None:
    """Half a character in a log is passed on as its escape."""
    assert b"\\ud800" in encode(message(group=(("user", "\ud800"),)))


def test_a_test_has_no_alert() -> None:
    """Nothing can take a test for an alarm."""
    assert json.loads(encode(message(occasion=Occasion.TEST)))["alert"] is None
