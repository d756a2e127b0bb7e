"""A webhook channel: where to post, and the secret that signs."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tocsin.kernel.errors import ConfigError
from tocsin.notifiers.http import check_url, mask_url

_MIN_SECRET = 16


@dataclass(frozen=True, slots=True)
class Config:
    """Where to post, and the secret shared with the receiver."""

    url: str = field(repr=False)
    secret: str = field(repr=False)

    @property
    def target(self) -> str:
        """The receiver's host."""
        return mask_url(self.url)

    def as_json(self) -> dict[str, Any]:
        """What `parse` reads back."""
        return {"url": self.url, "secret": self.secret}


def parse(data: Mapping[str, Any]) -> Config:
    """Read ``{"url": "https://…", "secret": "…"}``.

    Raises: ConfigError; it repeats neither.
    """
    secret = data.get("secret")
    if not isinstance(secret, str) or len(secret) < _MIN_SECRET or not secret.isprintable():
        raise ConfigError(f"the webhook's secret is too short or unprintable; use {_MIN_SECRET} characters or more")
    return Config(check_url(data.get("url"), what="the webhook"), secret)
