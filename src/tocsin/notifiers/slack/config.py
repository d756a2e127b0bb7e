"""A Slack channel: its incoming webhook, whose address is its secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tocsin.notifiers.http import check_url, mask_url


@dataclass(frozen=True, slots=True)
class Config:
    """Where to post."""

    url: str = field(repr=False)

    @property
    def target(self) -> str:
        """The webhook's host."""
        return mask_url(self.url)

    def as_json(self) -> dict[str, Any]:
        """What `parse` reads back."""
        return {"url": self.url}


def parse(data: Mapping[str, Any]) -> Config:
    """Read ``{"url": "https://hooks.slack.com/services/…"}``.

    Raises: ConfigError.
    """
    return Config(check_url(data.get("url"), what="the Slack webhook"))
