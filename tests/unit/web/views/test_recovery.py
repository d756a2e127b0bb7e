"""Recovery codes, and the limit on trying them."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.core.cache import cache
from django.test import Client
from tests.unit.web.conftest import read

from tocsin.apps.accounts.models import User
from tocsin.apps.audit.models import AuditRow

ADDRESS = "/account/recovery"


@pytest.fixture(autouse=True)
def forget_limits(db: None) -> None:
    """Each test may try as often as anybody."""
    cache.clear()


@pytest.fixture
def codes(owner: User) -> list[str]:
    """The owner's codes."""
    return RecoveryCodes.activate(owner).get_unused_codes()


def recorded() -> list[str]:
    """What was recorded, in order."""
    return [row.content["event.action"] for row in AuditRow.objects.order_by("pk")]


def test_a_code_signs_in_once(owner: User, codes: list[str]) -> None:
    """With blanks as people type them; it is recorded as what it is."""
    client = Client()
    spaced = f" {codes[0][:4]} {codes[0][4:]} "
    answer = client.post(ADDRESS, {"email": "OWNER@example.com", "code": spaced})
    assert answer.headers["Location"] == "/settings/"
    assert read(client, "/alerts").all("span", class_="who", title="owner@example.com, owner")
    again = Client().post(ADDRESS, {"email": owner.email, "code": codes[0]})
    assert again.status_code == 400
    assert recorded() == ["recovery_codes.used", "session.started", "session.failed"]
    assert len(codes[0]) == 12


def test_a_stranger_is_answered_as_a_wrong_code_is(owner: User, codes: list[str]) -> None:
    """Nobody learns who is here."""
    pages = [
        Client().post(ADDRESS, {"email": email, "code": "000000000000"}).content
        for email in ("nobody@example.com", owner.email)
    ]
    texts = [page.decode().partition("<form")[0] for page in pages]
    assert texts[0] == texts[1]


def test_after_five_wrong_codes_not_even_the_right_one_is_looked_at(owner: User, codes: list[str]) -> None:
    """In five minutes; the limit is the person's, wherever the tries come from."""
    for number in range(5):
        tried = Client(REMOTE_ADDR=f"192.0.2.{number}").post(ADDRESS, {"email": owner.email, "code": "1" * 12})
        assert tried.status_code == 400
    assert Client(REMOTE_ADDR="192.0.2.9").post(ADDRESS, {"email": owner.email, "code": codes[0]}).status_code == 400
    assert Authenticator.objects.get().wrap().validate_code(codes[0])


def test_one_address_may_not_try_without_end(db: None) -> None:
    """After thirty in a minute the answer is 429, whatever is tried."""
    statuses = [Client().post(ADDRESS, {"email": f"a{n}@example.com", "code": "1"}).status_code for n in range(31)]
    assert statuses[:30] == [400] * 30
    assert statuses[30] == 429


def test_a_person_switched_off_is_not_let_in(owner: User, codes: list[str]) -> None:
    """Not by a right code either."""
    User.objects.update(is_active=False)
    assert Client().post(ADDRESS, {"email": owner.email, "code": codes[0]}).status_code == 400
