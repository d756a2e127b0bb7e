"""The cast of the console's tests, signed in, and makers of what it shows."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from tests.unit.web.markup import Page

from tocsin.apps.accounts.links import issue_link
from tocsin.apps.accounts.models import User
from tocsin.apps.accounts.roles import Role
from tocsin.apps.alerts.models import Alert
from tocsin.rules.model import Level
from tocsin.web.reads.catalogue import forget


@pytest.fixture(autouse=True)
def _fresh() -> None:
    """What the pages keep for a minute is read again: each test has rules and sources of its own."""
    forget()


START = datetime(2026, 1, 1, 0, 0, tzinfo=UTC)
MakeAlert = Callable[..., Alert]


@pytest.fixture
def owner(db: None) -> User:
    """The person who installed Tocsin."""
    return User.objects.create(email="owner@example.com", name="Olive Owner", role=Role.OWNER)


@pytest.fixture
def teammate(db: None) -> User:
    """Another person with an account."""
    return User.objects.create(email="teammate@example.com", name="Tom Teammate", role=Role.RESPONDER)


def sign_in(user: User) -> Client:
    """A browser in which ``user`` has opened a link."""
    client = Client(enforce_csrf_checks=False)
    assert client.get(issue_link(user.email)).status_code == 302
    return client


@pytest.fixture
def console(owner: User) -> Client:
    """The owner's browser, signed in."""
    return sign_in(owner)


@pytest.fixture
def outsider(db: None) -> Client:
    """A browser that nobody has signed in to."""
    return Client()


@pytest.fixture
def make_alert(db: None) -> MakeAlert:
    """Makes an alert; what a test does not name is ordinary."""

    def make(**changes: Any) -> Alert:
        number = Alert.objects.count()
        level = Level(changes.pop("level", Level.HIGH))
        values: dict[str, Any] = {
            "rule_id": "ssh-guessing",
            "rule_title": "SSH password guessing",
            "level": level,
            "level_rank": level.rank,
            "source": "sshd",
            "group": {"src_ip": "192.0.2.7"},
            "group_key": hashlib.sha256(str(number).encode()).hexdigest(),
            "first_at": START + timedelta(minutes=number),
            "last_at": START + timedelta(minutes=number, seconds=79),
            "opened_at": START + timedelta(minutes=number),
            "count": 12,
            "events": 12,
        }
        return Alert.objects.create(**values | changes)

    return make


def read(client: Client, address: str, *, status: int = 200, **headers: str) -> Page:
    """Open a page and read its markup, which must be well formed and free of anything inline."""
    response = client.get(address, headers=headers)
    assert response.status_code == status, response.content[:500]
    return Page(response.content.decode())
