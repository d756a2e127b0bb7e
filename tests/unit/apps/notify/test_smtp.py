"""The SMTP server's address, read strictly and never repeated."""

import pytest

from tocsin.apps.notify.smtp import SmtpServer, parse_smtp_url
from tocsin.kernel.errors import ConfigError


@pytest.mark.parametrize(
    ("url", "server"),
    [
        (
            "smtp://tocsin%40example.com:p%40ss%3Aw%2Frd%25@mail.example.com",
            SmtpServer("mail.example.com", 587, "starttls", "tocsin@example.com", "tocsin@example.com", "p@ss:w/rd%"),
        ),
        (
            "smtp://user:secret@mail.example.com:2525?tls=starttls&from=alarm%2Bx@example.com",
            SmtpServer("mail.example.com", 2525, "starttls", "alarm+x@example.com", "user", "secret"),
        ),
        (
            "smtps://user:secret@mail.example.com/?from=a@example.com",
            SmtpServer("mail.example.com", 465, "tls", "a@example.com", "user", "secret"),
        ),
        (
            "smtp://relay.example.com?tls=none&from=a@example.com",
            SmtpServer("relay.example.com", 25, "none", "a@example.com"),
        ),
        ("smtp://localhost:1025", SmtpServer("localhost", 1025, "none", "tocsin@localhost")),
        ("smtp://[::1]:25?from=a@example.com", SmtpServer("::1", 25, "none", "a@example.com")),
    ],
)
def test_an_address_is_read(url: str, server: SmtpServer) -> None:
    """Escapes, ports, TLS and the sender, with defaults that are safe."""
    assert parse_smtp_url(url) == server


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("mail.example.com", "is not the address of an SMTP server"),
        ("http://mail.example.com", "is not the address of an SMTP server"),
        ("smtp://", "is not the address of an SMTP server"),
        ("smtp://host/path?from=a@b", "is not the address of an SMTP server"),
        ("smtp://host:0?from=a@b", "is not the address of an SMTP server"),
        ("smtp://host:hunter2?from=a@b", "is not an address"),
        ("smtp://[host?from=a@b", "is not an address"),
        ("smtp://host?from", "is not an address"),
        ("smtp://host?from=a@b&timeout=3", "unknown option 'timeout'"),
        ("smtp://host?from=a@b&tls=ssl", "tls='ssl'; use tls=starttls or tls=none"),
        ("smtps://host?from=a@b&tls=starttls", "both smtps:// and tls="),
        ("smtp://u:hunter2@host?from=a@b&tls=none", "would send the password to host in the clear"),
        ("smtp://u:hunter2@host", "does not say whose address"),
        ("smtp://host?from=nobody", "'nobody' is not an email address"),
    ],
)
def test_what_cannot_be_used_is_named(url: str, reason: str) -> None:
    """Each mistake has its sentence, and no sentence has the password."""
    with pytest.raises(ConfigError, match=reason) as caught:
        parse_smtp_url(url)
    assert "hunter2" not in str(caught.value)


def test_a_servers_repr_has_no_password() -> None:
    """A traceback or a log of the server does not tell its password."""
    assert "hunter2" not in repr(parse_smtp_url("smtps://u:hunter2@host?from=a@b"))
