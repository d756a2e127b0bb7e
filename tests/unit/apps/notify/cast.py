"""Alerts, channels and settings that the tests of the outbox use."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tocsin.apps.alerts.models import Alert
from tocsin.apps.notify.models import Channel, Delivery

AT = datetime(2026, 1, 31, 2, 14, 7, tzinfo=UTC)
SECRET = "s" * 32


@dataclass(frozen=True)
class Settings:
    """What notifications need of the settings."""

    base_url: str = "https://tocsin.example.com"
    smtp_url: str = ""
    owner: str = "owner@example.com"


def alert(**changes: Any) -> Alert:
    """12 failed sign-ins from one address."""
    fields: dict[str, Any] = {
        "rule_id": "ssh_brute_force",
        "rule_title": "SSH brute force",
        "level": "high",
        "level_rank": 3,
        "rule_text": {
            "description": "Someone guesses.",
            "next_steps": "Block it.",
            "tags": ["attack.t1110"],
            "fields": ["user"],
        },
        "source": "web-auth",
        "group": {"src_ip": "203.0.113.9"},
        "group_key": "k",
        "first_at": AT,
        "last_at": AT,
        "opened_at": AT,
        "count": 12,
        "events": 12,
        "samples": [
            {
                "id": "1",
                "time": "2026-01-31T02:14:07.500000+00:00",
                "source": "web-auth",
                "raw": "Failed password",
                "fields": {"port": "22", "user": "root"},
            }
        ],
    }
    return Alert.objects.create(**fields | changes)


def channel(name: str = "hook", url: str = "http://127.0.0.1:9/", **changes: Any) -> Channel:
    """A webhook."""
    return Channel.objects.create(
        **{"name": name, "kind": "webhook", "config": {"url": url, "secret": SECRET}, "min_level_rank": 2} | changes
    )


def states() -> list[tuple[str, str, str]]:
    """(channel, occasion, state) of every delivery, in order."""
    rows = Delivery.objects.order_by("id")
    return [(each.channel.name, each.occasion, each.state) for each in rows.select_related("channel")]
