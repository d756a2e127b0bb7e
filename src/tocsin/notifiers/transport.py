"""What notifiers are lent by the process that runs them."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mail:
    """One email with two bodies, before it has a sender.

    Attributes:
        headers: (name, value) of the headers beside Subject, From, To and Date.
    """

    subject: str
    text: str
    html: str
    recipients: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]


SendMail = Callable[[Mail], None]
"""Hands a mail to the SMTP server; raises smtplib's errors and OSError as they come."""


@dataclass(frozen=True, slots=True)
class Transports:
    """The ways out.

    Attributes:
        send_mail: None where no SMTP server is configured.
        timeout_s: how long one HTTP exchange may take; `send_mail` brings its own limit.
    """

    send_mail: SendMail | None = None
    timeout_s: float = 10.0
