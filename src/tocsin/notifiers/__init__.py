"""Notifiers: one package a kind. They get frozen dataclasses, deliver once, and raise `DeliveryError`.

`message` is what is told; `words` says it; `text` makes hostile content harmless; `http` reads answers.
`email`, `slack` and `webhook` each have a `Config`, `parse` and `deliver`. `NOTIFIERS` names them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final, Protocol

from tocsin.kernel.errors import ConfigError
from tocsin.notifiers.message import Message
from tocsin.notifiers.transport import Transports

NOTIFIERS: Final[dict[str, str]] = {
    "email": "tocsin.notifiers.email",
    "slack": "tocsin.notifiers.slack",
    "webhook": "tocsin.notifiers.webhook",
}


class Config(Protocol):
    """What a notifier needs to know of one channel: frozen, checked, made by the kind's `parse`."""

    @property
    def target(self) -> str:
        """Where messages go, for people: no secret in it."""
        ...

    def as_json(self) -> dict[str, Any]:
        """What `parse` reads back, secrets included: for the database alone."""
        ...


@dataclass(frozen=True, slots=True)
class Notifier:
    """A kind of channel.

    Attributes:
        parse: a channel's JSON → its config; raises ConfigError.
        deliver: send one message, return what the other side answered; raises DeliveryError.
    """

    kind: str
    parse: Callable[[Mapping[str, Any]], Config]
    deliver: Callable[[Any, Message, Transports], str]


def load_notifier(kind: str) -> Notifier:
    """The notifier called ``kind``.

    Raises: ConfigError naming the kinds there are.
    """
    if kind not in NOTIFIERS:
        raise ConfigError(f"'{kind}' is not a kind of channel; use {', '.join(sorted(NOTIFIERS))}")
    module = import_module(NOTIFIERS[kind])
    return Notifier(kind, module.parse, module.deliver)
