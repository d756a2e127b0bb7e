"""Identities and secrets."""

import hashlib
import secrets
import time
import uuid


def new_id() -> str:
    """A UUIDv7 (RFC 9562): 48 bits of milliseconds, then random bits; sorts by time of making."""
    stamp = time.time_ns() // 1_000_000
    value = (stamp << 80) | secrets.randbits(80)
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return str(uuid.UUID(int=value))


def new_secret(prefix: str) -> str:
    """A secret of 256 random bits, with a ``prefix`` that tells a reader (and a secret scanner) what it is."""
    return f"{prefix}_{secrets.token_urlsafe(32)}"


def fingerprint(secret: str) -> str:
    """What is stored in place of a secret: SHA-256, in hex. Enough for secrets of 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()
