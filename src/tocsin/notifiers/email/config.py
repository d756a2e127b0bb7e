"""An email channel: to whom. The SMTP server is the installation's, not the channel's."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tocsin.kernel.errors import ConfigError

_ADDRESS = re.compile(r"""[^\s@<>,;:"'()\[\]\\\x00-\x1f\x7f]{1,64}@[A-Za-z0-9\u00a1-\uffff.-]{1,190}""")
_ROTATION = re.compile(r"@[a-z0-9_-]{1,60}")
_MAX_RECIPIENTS = 50


@dataclass(frozen=True, slots=True)
class Config:
    """Whom to write to: 1 to 50 addresses; `@name` stands for whoever is on call in that rotation."""

    to: tuple[str, ...]

    @property
    def target(self) -> str:
        """The addresses."""
        return ", ".join(self.to)

    @property
    def people(self) -> tuple[str, ...]:
        """The addresses that mail can be sent to: without rotations in which nobody is on call."""
        return tuple(each for each in self.to if not _ROTATION.fullmatch(each))

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
    return Config(tuple(dict.fromkeys(_check_recipient(each) for each in to)))


def check_address(address: object) -> str:
    """``address`` if mail can be sent to it.

    Raises: ConfigError.
    """
    if not isinstance(address, str) or not _ADDRESS.fullmatch(address):
        raise ConfigError(f"{address!r} is not an email address; write name@example.com")
    return address


def _check_recipient(recipient: object) -> str:
    if isinstance(recipient, str) and _ROTATION.fullmatch(recipient):
        return recipient
    return check_address(recipient)
