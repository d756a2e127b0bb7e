"""What the answers of HTTP receivers mean."""

from datetime import UTC, datetime

import pytest

from tocsin.kernel.errors import ConfigError
from tocsin.notifiers.http import check_url, judge, mask_url

NOW = datetime(2026, 1, 31, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
def test_2xx_is_taken(status: int) -> None:
    """Every success is one."""
    assert judge("it", status, b"", None, NOW) is None


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_temporary_answers(status: int) -> None:
    """Too slow, too many and a broken server are tried again."""
    error = judge("it", status, b"", None, NOW)
    assert error is not None
    assert not error.is_permanent


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404, 410, 413, 422])
def test_final_answers(status: int) -> None:
    """Trying again does not change an address, a right or a form."""
    error = judge("it", status, b"", None, NOW)
    assert error is not None
    assert error.is_permanent


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120.0),
        (" 7 ", 7.0),
        ("Sat, 31 Jan 2026 02:05:00 GMT", 300.0),
        ("Sat, 31 Jan 2026 01:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    """Both forms are read; what is neither is as if it were not there."""
    error = judge("it", 429, b"", header, NOW)
    assert error is not None
    assert error.retry_after_s == seconds


def test_an_answer_is_told_short_and_visible() -> None:
    """The other side's words cannot paint on a terminal."""
    error = judge("it", 400, b"bad\x1b[2J\xff" + b"x" * 10_000, None, NOW)
    assert str(error).startswith("it answered 400 bad\\x1b[2J")
    assert len(str(error)) < 300


@pytest.mark.parametrize(
    "url",
    [
        None, 7, "", "hooks.slack.com/x", "ftp://host/x", "file:///etc/passwd", "http://", "https://host:99999/",
        "https://host:0/", "https://ho st/", "https://host/\r\nX: y", "https://höst/", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url: object) -> None:
    """Only http and https with a host, in printable ASCII; the address is not repeated."""
    with pytest.raises(ConfigError, match="the webhook is not a web address; write https://host/path"):
        check_url(url, what="the webhook")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://hooks.slack.com/services/T0/B0/secret", "https://hooks.slack.com/…"),
        ("http://user:secret@host:8080/?key=secret#secret", "http://host:8080/…"),
        ("https://[::1]:9/secret", "https://[::1]:9/…"),
    ],
)
def test_a_masked_address_is_its_host(url: str, shown: str) -> None:
    """Path, query and credentials may be secrets."""
    assert mask_url(url) == shown
