"""Which source a token may send to."""

import asyncio

import pytest
from django.db import connection

from tocsin.apps.intake.grants import LIFETIME_S, MAX_REMEMBERED, Grants
from tocsin.apps.intake.models import IngestToken, Source
from tocsin.apps.intake.sources import revoke_token
from tocsin.sources.http import Grant, Refusal

pytestmark = pytest.mark.django_db(transaction=True)


class Watch:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        """What it shows."""
        return self.now_s


def ask(grants: Grants, secret: str) -> Grant | None:
    """Ask once."""
    return asyncio.run(grants(secret))


@pytest.fixture
def secret() -> str:
    """A token for source `web`."""
    return IngestToken.issue(Source.objects.create(name="web", format="access"))


def test_a_token_grants_its_source_and_format(secret: str) -> None:
    """Only that."""
    assert ask(Grants(), secret) == Grant("web", "access")


@pytest.mark.parametrize("guess", ["", "tcs_in_guess", "x" * 10_000, "tcs_in_\x00ü"])
def test_an_unknown_token_grants_nothing(secret: str, guess: str) -> None:
    """Whatever it is."""
    assert ask(Grants(), guess) is None


def test_a_revoked_token_is_refused_within_seconds(secret: str) -> None:
    """An answer is believed for its lifetime, and then asked again."""
    watch = Watch()
    grants = Grants(watch)
    assert ask(grants, secret) is not None
    revoke_token(secret[:11])
    watch.now_s = LIFETIME_S - 0.1
    assert ask(grants, secret) is not None
    watch.now_s = LIFETIME_S
    assert ask(grants, secret) is None


def test_a_remembered_answer_asks_no_database(secret: str) -> None:
    """A known and an unknown token cost one question each, however often they come."""
    grants = Grants(Watch())
    answers = [ask(grants, secret), ask(grants, "tcs_in_guess")]
    IngestToken.objects.all().delete()
    assert [ask(grants, secret), ask(grants, "tcs_in_guess")] == answers


def test_guessing_tokens_costs_no_memory(secret: str) -> None:
    """Beyond a number of answers all are forgotten."""
    grants = Grants(Watch())
    grants._remembered = {str(number): (1e9, None) for number in range(MAX_REMEMBERED)}
    assert ask(grants, secret) is not None
    assert len(grants._remembered) == 1


def test_a_database_that_does_not_answer_is_a_503(secret: str) -> None:
    """The sender is told to come again, and nothing is remembered."""
    grants = Grants(Watch())
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE intake_ingesttoken RENAME TO aside")
    try:
        with pytest.raises(Refusal, match="cannot be looked up now") as caught:
            ask(grants, secret)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE aside RENAME TO intake_ingesttoken")
    assert caught.value.status == 503
    assert ask(grants, secret) == Grant("web", "access")
