"""Signatures of webhook messages."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.notifiers.webhook.signature import sign, verify

SECRET = "tcs_hook_0123456789abcdef"
BODY = b'{"a":1}'
SIGNED = sign(SECRET, BODY, 1_000)


def test_a_signature_is_hmac_of_time_dot_body() -> None:
    """Any language signs the same with its own library."""
    digest = hmac.new(SECRET.encode(), b"1000." + BODY, hashlib.sha256).hexdigest()
    assert f"t=1000,v1={digest}" == SIGNED


@given(st.binary(max_size=200), st.integers(0, 10**11), st.text(min_size=16, max_size=40))
def test_what_is_signed_verifies(body: bytes, at_s: int, secret: str) -> None:
    """For every body, time and secret."""
    try:
        header = sign(secret, body, at_s)
    except UnicodeEncodeError:
        return
    assert verify(secret, header, body, at_s)
    assert not verify(secret, header, body + b" ", at_s)
    assert not verify(secret + "x", header, body, at_s)


@pytest.mark.parametrize(("now_s", "is_fresh"), [(1_300, True), (1_301, False), (700, True), (699, False)])
def test_a_recorded_message_grows_stale(now_s: float, is_fresh: bool) -> None:
    """Five minutes after (or before) its time a signature is worth nothing."""
    assert verify(SECRET, SIGNED, BODY, now_s) is is_fresh


def test_the_time_cannot_be_changed() -> None:
    """A new time needs a new signature."""
    assert not verify(SECRET, SIGNED.replace("t=1000", "t=2000"), BODY, 2_000)


def test_one_of_several_signatures_is_enough() -> None:
    """While a secret is changed, both may sign."""
    other = sign("another-secret-of-mine", BODY, 1_000).partition(",")[2]
    assert verify(SECRET, f"{SIGNED}, {other}", BODY, 1_000)
    assert verify(SECRET, f"t=1000,{other},{SIGNED.partition(',')[2]}", BODY, 1_000)


@pytest.mark.parametrize(
    "header", ["", "t=1000", "v1=abc", "t=,v1=", "t=x,v1=y", "t=²,v1=y", f"{SIGNED},t=1000", "t=1000,v1=é", "=,=", ",,"]
)
def test_what_is_no_signature_is_refused(header: str) -> None:
    """A malformed header is a no, not a crash."""
    assert not verify(SECRET, header, BODY, 1_000)
