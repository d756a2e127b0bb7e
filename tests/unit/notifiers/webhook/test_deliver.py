"""A webhook as its receiver gets it, and what its answers mean."""

import gzip
import ssl
import time
from pathlib import Path
from threading import Event
from typing import BinaryIO

import pytest
import trustme
from tests.unit.notifiers.cast import message
from tests.unit.notifiers.servers import http_receiver

from tocsin.kernel.errors import ConfigError, DeliveryError
from tocsin.notifiers.message import Occasion
from tocsin.notifiers.transport import Transports
from tocsin.notifiers.webhook import Config, deliver, parse, verify

SECRET = "tcs_hook_0123456789abcdef"
WAYS = Transports(timeout_s=0.5)


def test_a_receiver_can_verify_it() -> None:
    """Signature, key and occasion stand in the headers."""
    with http_receiver() as hook:
        deliver(Config(hook.url, SECRET), message(occasion=Occasion.UPDATE), WAYS)
    (got,) = hook.requests
    assert verify(SECRET, got.headers["Tocsin-Signature"], got.body, time.time())
    assert not verify("another-secret-of-mine", got.headers["Tocsin-Signature"], got.body, time.time())
    assert got.headers["Idempotency-Key"] == "12:1:opened:5f"
    assert got.headers["Tocsin-Event"] == "update"
    assert got.headers["Content-Type"] == "application/json"


def test_retry_after_is_handed_on() -> None:
    """A receiver that is overrun says when to come back."""
    with http_receiver((503, {"Retry-After": "90"}, b"")) as hook, pytest.raises(DeliveryError) as caught:
        deliver(Config(hook.url, SECRET), message(), WAYS)
    assert (caught.value.is_permanent, caught.value.retry_after_s) == (False, 90.0)


def test_redirects_are_not_followed() -> None:
    """A signed message does not travel to a place that nobody set."""
    with http_receiver() as target, http_receiver((307, {"Location": target.url}, b"")) as hook:
        with pytest.raises(DeliveryError, match="redirects are not followed") as caught:
            deliver(Config(hook.url, SECRET), message(), WAYS)
        assert not target.requests
    assert caught.value.is_permanent


def test_an_endless_answer_is_not_read() -> None:
    """A success whose answer has no end is a success."""

    def endless(out: BinaryIO, stopped: Event) -> None:
        out.write(b"HTTP/1.0 200 x\r\n\r\n")
        while not stopped.is_set():
            out.write(b"x" * 65_536)

    with http_receiver(endless) as hook:
        assert len(deliver(Config(hook.url, SECRET), message(), WAYS)) < 300


def test_a_compressed_bomb_is_not_unpacked() -> None:
    """Only the answer's own bytes are looked at."""
    bomb = gzip.compress(b"0" * 50_000_000)
    with http_receiver((200, {"Content-Encoding": "gzip"}, bomb)) as hook:
        assert len(deliver(Config(hook.url, SECRET), message(), WAYS)) < 1_000


@pytest.mark.parametrize("beginning", [b"", b"HTTP/1.0 200 x\r\n\r\n"])
def test_a_trickle_is_cut_off(beginning: bytes) -> None:
    """Headers or a body that come byte by byte end with the time limit of the whole exchange."""

    def trickle(out: BinaryIO, stopped: Event) -> None:
        out.write(beginning)
        for byte in b"HTTP/1.0 200 OK\r\nX: " + b"x" * 1_000:
            if stopped.wait(0.05):
                break
            out.write(bytes([byte]))
            out.flush()

    began = time.monotonic()
    with http_receiver(trickle) as hook, pytest.raises(DeliveryError, match=r"did not answer within 0\.5 s") as caught:
        deliver(Config(hook.url, SECRET), message(), WAYS)
    assert time.monotonic() - began < 5
    assert not caught.value.is_permanent


def test_a_trusted_certificate_is_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same server is refused before its authority is trusted, and told after."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with http_receiver(tls=context) as hook:
        with pytest.raises(DeliveryError, match="CERTIFICATE_VERIFY_FAILED") as caught:
            deliver(Config(hook.url, SECRET), message(), WAYS)
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        deliver(Config(hook.url, SECRET), message(), WAYS)
    assert not caught.value.is_permanent
    assert len(hook.requests) == 1


@pytest.mark.parametrize("secret", [None, "", "short", "x" * 15, "0123456789abcdef\n"])
def test_a_weak_secret_is_refused(secret: object) -> None:
    """A secret that can be guessed signs nothing."""
    with pytest.raises(ConfigError, match="secret is too short or unprintable; use 16 characters or more"):
        parse({"url": "https://example.com/hook", "secret": secret})
