"""The messages that the tests of notifiers tell."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tocsin.notifiers.message import Message, Occasion, Sample

AT = datetime(2026, 1, 31, 2, 14, 7, tzinfo=UTC)

HOSTILE = (
    "</td><script>alert(1)</script>\r\nBcc: eve@evil.test\x1b[2J\x07\u202etxt.exe\u200b<!here> ``` @channel & \x00"
)
"""All that log content tries: markup, header injection, ANSI, direction marks, mentions, fences, NUL."""


def message(**changes: Any) -> Message:
    """12 failed sign-ins from one address."""
    plain = Message(
        occasion=Occasion.OPENED,
        at=AT + timedelta(minutes=12),
        level="high",
        title="SSH brute force",
        url="https://tocsin.example.com/alerts/12",
        idempotency_key="12:1:opened:5f",
        thread_key="12:1:opened:5f",
        first_at=AT,
        last_at=AT + timedelta(minutes=11),
        alert_id=12,
        rule_id="ssh_brute_force",
        description="Someone guesses passwords.",
        next_steps="1. Look for an accepted one.\n2. Block the address.",
        falsepositives=("A deploy script with an old key",),
        references=("https://attack.mitre.org/techniques/T1110/",),
        tags=("attack.t1110",),
        group=(("src_ip", "203.0.113.9"),),
        source="web-auth",
        count=12,
        events=12,
        samples=(Sample(AT, "sshd[2211]: Failed password for root from 203.0.113.9"),),
    )
    return replace(plain, **changes)


def hostile() -> Message:
    """A message all of whose log content, and rule too, is an attack."""
    return message(
        title=HOSTILE,
        description=HOSTILE,
        next_steps=HOSTILE,
        falsepositives=(HOSTILE,),
        references=("javascript:alert(1)", f"https://example.com/{HOSTILE}"),
        tags=(HOSTILE,),
        rule_id=HOSTILE,
        source=HOSTILE,
        count_of=HOSTILE,
        group=((HOSTILE, HOSTILE), ("long", "A" * 100_000)),
        samples=(Sample(AT, HOSTILE), Sample(None, "", ((HOSTILE, HOSTILE),)), Sample(AT, "B" * 100_000)),
    )
