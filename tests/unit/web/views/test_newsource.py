"""Adding a source by the guided page."""

import pytest
from django.test import Client
from tests.unit.web.conftest import read

from tocsin.apps.audit.models import AuditRow
from tocsin.apps.intake.models import IngestToken, RejectedRecord, Source
from tocsin.kernel.clock import now
from tocsin.web.clients import CLIENTS


def make(console: Client, **asked: str) -> str:
    """The address that the guided page leads to."""
    response = console.post("/sources/new/make", {"client": "http", "name": "shop", "format": ""} | asked)
    assert response.status_code == 302
    return response.headers["Location"]


def test_the_token_stands_in_the_configuration_once(console: Client) -> None:
    """A second look has a place for it, and no secret."""
    address = make(console)
    page = read(console, address)
    secret = page.text[page.text.index("tcs_in_") :].split()[0]
    token = IngestToken.find(secret)
    assert token is not None
    assert token.source.name == "shop"
    assert page.text.count(secret) == 2
    assert "Waiting for the first record" in page.text
    assert secret not in read(console, address).markup


@pytest.mark.parametrize("key", CLIENTS)
def test_every_client_has_its_page(console: Client, key: str) -> None:
    """With a source of its own format."""
    assert "/ingest/shop" in read(console, make(console, client=key)).text or key in {"follow", "rsyslog", "fluent-bit"}
    assert Source.objects.get().format == CLIENTS[key].format


def test_the_format_is_the_persons_where_lines_go_as_they_are(console: Client) -> None:
    """And the client's everywhere else."""
    make(console, client="vector", name="web", format="access")
    make(console, client="kubernetes", name="cluster", format="access")
    assert dict(Source.objects.values_list("name", "format")) == {"web": "access", "cluster": "k8saudit"}


@pytest.mark.parametrize(
    "asked",
    [{"name": ""}, {"name": "Not OK"}, {"name": "tocsin.audit"}, {"name": "new"}, {"client": "x"}, {"format": "x"}],
)
def test_what_cannot_be_makes_nothing(console: Client, asked: dict[str, str]) -> None:
    """Neither a source nor a token, and nothing is recorded as done."""
    before = AuditRow.objects.count()
    assert make(console, **asked) == "/sources/new"
    assert not Source.objects.exists()
    assert not IngestToken.objects.exists()
    assert AuditRow.objects.count() == before


def test_rejected_records_are_shown_while_waiting(console: Client) -> None:
    """With the reason, and harmless."""
    make(console)
    RejectedRecord.objects.create(
        source="shop", event_id="1", received_at=now(), reason="not JSON", raw="<script>alert(1)</script>"
    )
    markup = console.get("/sources/shop/arrival").content.decode()
    assert "not JSON" in markup
    assert "<script>" not in markup


def test_a_source_that_was_removed_is_told_kindly(console: Client) -> None:
    """The waiting part says so and asks no more; the page leads back to the list."""
    address = make(console)
    Source.objects.all().delete()
    markup = console.get("/sources/shop/arrival").content.decode()
    assert "The source is gone" in markup
    assert "hx-trigger" not in markup
    assert console.get(address).headers["Location"] == "/sources"
