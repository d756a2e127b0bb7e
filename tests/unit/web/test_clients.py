"""The registry of clients: every one renders, with a format that there is."""

import pytest

from tocsin.formats import FORMATS, WHOLE_FILES
from tocsin.web.clients import CLIENTS

SECRET = "tcs_in_secret"


@pytest.mark.parametrize("key", CLIENTS)
def test_every_client_renders_and_names_a_format(key: str) -> None:
    """No place is left open, and what is sent can be read line by line."""
    client = CLIENTS[key]
    text = client.configuration(base_url="https://tocsin.example", name="shop", format=client.format, token=SECRET)
    assert client.format in FORMATS
    assert client.format not in WHOLE_FILES
    assert "shop" in text
    assert not any(f"@{place}@" in text for place in ("URL", "TOKEN", "NAME", "FORMAT", "HOST", "PORT", "PATH", "TLS"))


@pytest.mark.parametrize("key", set(CLIENTS) - {"follow"})
def test_every_client_over_http_has_address_and_token(key: str) -> None:
    """In the words of its own configuration."""
    text = CLIENTS[key].configuration(base_url="http://h.example:8000", name="shop", format="json", token=SECRET)
    assert SECRET in text
    assert "ingest/shop" in text
    assert "h.example" in text
    assert "8000" in text


def test_where_the_address_says_https_so_do_clients_of_parts() -> None:
    """With its port, which no address need name."""
    for key in ("fluent-bit", "rsyslog"):
        text = CLIENTS[key].configuration(base_url="https://h.example", name="shop", format="json", token=SECRET)
        assert "443" in text
        assert "off" not in text
