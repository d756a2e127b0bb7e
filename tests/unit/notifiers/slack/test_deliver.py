"""Slack's answers, and what stands in for Slack."""

import json
import logging
import ssl
import time
from pathlib import Path
from threading import Event
from typing import BinaryIO

import pytest
import trustme
from tests.unit.notifiers.cast import message
from tests.unit.notifiers.servers import http_receiver

from tocsin.kernel.errors import DeliveryError
from tocsin.notifiers.slack import Config, deliver
from tocsin.notifiers.transport import Transports

WAYS = Transports(timeout_s=0.5)


def test_it_says_what_slack_answered() -> None:
    """The answer is told, the webhook's path is not."""
    with http_receiver() as slack:
        answer = deliver(Config(slack.url), message(), WAYS)
    assert answer.endswith("/… answered 200 ok")


def test_blocks_have_a_text_beside_them() -> None:
    """Notifications and screen readers get the line that a phone shows."""
    with http_receiver() as slack:
        deliver(Config(slack.url), message(), WAYS)
    body = json.loads(slack.requests[0].body)
    assert body["text"] == "[HIGH] 12 events, 203.0.113.9 — SSH brute force"
    assert body["blocks"][0]["type"] == "header"


def test_too_many_messages_wait_as_long_as_slack_asks() -> None:
    """429 is temporary, and its Retry-After is handed on."""
    with http_receiver((429, {"Retry-After": "30"}, b"rate_limited")) as slack, pytest.raises(DeliveryError) as caught:
        deliver(Config(slack.url), message(), WAYS)
    assert (caught.value.is_permanent, caught.value.retry_after_s) == (False, 30.0)


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (400, b"invalid_payload"),
        (403, b"invalid_token"),
        (404, b"no_service"),
        (404, b"channel_not_found"),
        (410, b"channel_is_archived"),
    ],
)
def test_a_dead_webhook_is_final(status: int, answer: bytes) -> None:
    """What Slack says of a webhook that is gone is told in its words."""
    with (
        http_receiver((status, {}, answer)) as slack,
        pytest.raises(DeliveryError, match=f"{status} {answer.decode()}") as caught,
    ):
        deliver(Config(slack.url), message(), WAYS)
    assert caught.value.is_permanent


def test_a_page_is_not_a_delivery() -> None:
    """A proxy's sign-in page says 200, and nobody was told."""
    with (
        http_receiver((200, {}, b"<html>Sign in")) as slack,
        pytest.raises(DeliveryError, match="Slack would have answered 200 ok") as caught,
    ):
        deliver(Config(slack.url), message(), WAYS)
    assert not caught.value.is_permanent


def test_redirects_are_not_followed() -> None:
    """A redirected message would lose its body; the address is to be mended."""
    with http_receiver() as target, http_receiver((302, {"Location": target.url}, b"")) as slack:
        with pytest.raises(DeliveryError, match="redirects are not followed") as caught:
            deliver(Config(slack.url), message(), WAYS)
        assert not target.requests
    assert caught.value.is_permanent


@pytest.mark.parametrize("status", [200, 500])
def test_an_endless_answer_is_not_read(status: int) -> None:
    """An answer without end costs a few kilobytes."""

    def endless(out: BinaryIO, stopped: Event) -> None:
        out.write(b"HTTP/1.0 %d x\r\n\r\n" % status)
        while not stopped.is_set():
            out.write(b"x" * 65_536)

    with http_receiver(endless) as slack, pytest.raises(DeliveryError, match=f"answered {status} x") as caught:
        deliver(Config(slack.url), message(), WAYS)
    assert len(str(caught.value)) < 400


def test_a_trickle_is_cut_off() -> None:
    """An answer that comes byte by byte ends with the time limit."""

    def trickle(out: BinaryIO, stopped: Event) -> None:
        out.write(b"HTTP/1.0 200 x\r\n\r\n")
        while not stopped.wait(0.05):
            out.write(b"x")
            out.flush()

    began = time.monotonic()
    with http_receiver(trickle) as slack, pytest.raises(DeliveryError, match=r"did not answer within 0\.5 s"):
        deliver(Config(slack.url), message(), WAYS)
    assert time.monotonic() - began < 5


def test_what_is_no_http_is_temporary() -> None:
    """Another protocol on the port is an error like others."""

    def other(out: BinaryIO, stopped: Event) -> None:
        out.write(b"220 mail.test ESMTP\r\n")

    with http_receiver(other) as slack, pytest.raises(DeliveryError, match="cannot be reached") as caught:
        deliver(Config(slack.url), message(), WAYS)
    assert not caught.value.is_permanent


def test_a_trusted_certificate_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same server is refused before its authority is trusted, and told after."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with http_receiver(tls=context) as slack:
        with pytest.raises(DeliveryError, match="CERTIFICATE_VERIFY_FAILED"):
            deliver(Config(slack.url), message(), WAYS)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        deliver(Config(slack.url), message(), WAYS)
    assert len(slack.requests) == 1


def test_nothing_logs_the_address(caplog: pytest.LogCaptureFixture) -> None:
    """The webhook's address is its secret: not even a debug log has it."""
    with caplog.at_level(logging.DEBUG), http_receiver((500, {}, b"")) as slack, pytest.raises(DeliveryError):
        deliver(Config(slack.url), message(), WAYS)
    assert "secret-path" not in caplog.text
