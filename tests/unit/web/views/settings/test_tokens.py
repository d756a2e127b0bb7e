"""Tokens: made, shown once, refused."""

from django.test import Client
from tests.unit.web.conftest import read

from tocsin.apps.intake.models import IngestToken, Source


def test_a_token_is_shown_once_with_how_to_send(console: Client) -> None:
    """Its source is added if it is new."""
    page = console.post("/settings/tokens/make", {"source": "shop", "format": "logfmt"}, follow=True).content.decode()
    assert "/ingest/shop" in page
    secret = next(word for word in page.replace("<", " ").split() if word.startswith("Bearer") or "tcs_in_" in word)
    found = secret[secret.index("tcs_in_") :].strip('">&;')
    assert IngestToken.find(found) is not None
    assert found not in read(console, "/settings/tokens").markup
    assert Source.objects.get(name="shop").format == "logfmt"


def test_a_source_that_cannot_be_is_refused(console: Client) -> None:
    """Also one of Tocsin's own, whose events nobody may forge."""
    for name, words in (("Not OK", "cannot name a source"), ("tocsin.audit", "Tocsin&#x27;s own"), ("", "cannot name")):
        page = console.post("/settings/tokens/make", {"source": name}, follow=True).content.decode()
        assert words in page
    assert not IngestToken.objects.exists()
