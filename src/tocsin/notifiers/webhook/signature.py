"""Signatures of webhook messages: a receiver can copy `verify` as it stands."""

import hashlib
import hmac

HEADER = "Tocsin-Signature"
TOLERANCE_S = 300


def sign(secret: str, body: bytes, at_s: int) -> str:
    """The header's value: ``t=<unix seconds>,v1=<HMAC-SHA256 of "t.body", in hex>``."""
    return f"t={at_s},v1={_digest(secret, str(at_s), body)}"


def verify(secret: str, header: str, body: bytes, now_s: float, tolerance_s: float = TOLERANCE_S) -> bool:
    """Whether ``body`` was signed with ``secret`` at most ``tolerance_s`` before or after ``now_s``.

    The time is part of what is signed, so that a recorded message cannot be played again later.
    Several ``v1`` may stand in the header; one that fits is enough.
    """
    pairs = [part.strip().partition("=") for part in header.split(",")]
    times = [value for name, _, value in pairs if name == "t"]
    if len(times) != 1 or not times[0].isascii() or not times[0].isdecimal() or len(times[0]) > 15:
        return False
    expected = _digest(secret, times[0], body).encode()
    given = [value.encode() for name, _, value in pairs if name == "v1"]
    is_signed = any(hmac.compare_digest(expected, each) for each in given)
    return is_signed and abs(now_s - int(times[0])) <= tolerance_s


def _digest(secret: str, at: str, body: bytes) -> str:
    return hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
