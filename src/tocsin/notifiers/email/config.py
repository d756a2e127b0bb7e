"""An email channel: to whom. The SMTP server is the installation's, not the channel's."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.kernel.errors import ConfigError

_ADDRESS = re.compile(r"""[^\s@<>,;:"'()\[\]\\\x00-\x1f\x7f]{1,64}@[A-Za-z0-9\u00a1-\uffff.-]{1,190}""")
_MAX_RECIPIENTS = 50


@dataclass(frozen=True, slots=True)
class Config:
    """Whom to write to: 1 to 50 addresses."""

    to: tuple[str, ...]

    @property
    def target(self) -> str:
        """The addresses."""
        return ", ".join(self.to)

    def as_json(self) -> dict[str, Any]:
        """What `parse` reads back."""
        return {"to": list(self.to)}


def parse(data: Mapping[str, Any]) -> Config:
    """Read ``{"to": ["a@example.com", …]}``.

    Raises: ConfigError with the address that is none.
    """
    to = data.get("to")
    if not isinstance(to, list) or not 1 <= len(to) <= _MAX_RECIPIENTS:
        raise ConfigError(f"an email channel needs 1 to {_MAX_RECIPIENTS} addresses to write to")
    return Config(tuple(dict.fromkeys(check_address(each) for each in to)))


def check_address(address: object) -> str:
    """``address`` if mail can be sent to it.

    Raises: ConfigError.
    """
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        raise ConfigError(f"{address!r} is not an email address; write name@example.com")
    return address
