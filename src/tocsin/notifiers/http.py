"""Addresses and answers of the notifiers that speak HTTP."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from tocsin.kernel.errors import ConfigError, DeliveryError
from tocsin.notifiers.text import visible

ANSWER_BYTES = 4096
"""As much of an answer as is read; the rest stays unread."""

_RETRIED = frozenset({408, 425, 429})


def check_url(url: object, *, what: str) -> str:
    """``url`` if it is an http or https address with a host.

    Raises: ConfigError; it does not repeat the address, which may hold a secret.
    """
    try:
        parts = urlsplit(url) if isinstance(url, str) else None
        is_usable = bool(parts and parts.scheme in ("http", "https") and parts.hostname and parts.port != 0)
    except ValueError:
        is_usable = False
    if not isinstance(url, str) or not is_usable or not url.isascii() or not url.isprintable() or " " in url:
        raise ConfigError(f"{what} is not a web address; write https://host/path")
    return url


def mask_url(url: str) -> str:
    """The address without its path, query and credentials, where secrets are."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}/…"


def judge(target: str, status: int, answer: bytes, retry_after: str | None, now: datetime) -> DeliveryError | None:
    """None where ``status`` says that the message was taken, else the error to raise.

    408, 425, 429 and 5xx are temporary; every other answer, redirects included, stays what it is.
    """
    if 200 <= status < 300:
        return None
    is_temporary = status in _RETRIED or status >= 500
    hint = "; redirects are not followed, set the final address" if 300 <= status < 400 else ""
    return DeliveryError(
        f"{target} answered {describe(status, answer)}{hint}",
        is_permanent=not is_temporary,
        retry_after_s=_seconds(retry_after, now) if is_temporary else None,
    )


def describe(status: int, answer: bytes) -> str:
    """``404 no_service``: the status and the beginning of what was said, made visible."""
    said = visible(answer.decode("utf-8", "replace").strip(), 200)
    return f"{status} {said}".rstrip()


def _seconds(retry_after: str | None, now: datetime) -> float | None:
    """Read a Retry-After header: seconds or an HTTP date. None where it is absent or unreadable."""
    if not retry_after:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, (parsedate_to_datetime(retry_after) - now).total_seconds())
    except (ValueError, TypeError, OverflowError):
        return None
