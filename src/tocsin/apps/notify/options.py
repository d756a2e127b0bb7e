"""The settings that notifications need; `conf.options` has them."""

from typing import Protocol


class NotifyOptions(Protocol):
    """A part of Tocsin's settings."""

    @property
    def base_url(self) -> str:
        """The console's address, without a slash at the end."""
        ...

    @property
    def smtp_url(self) -> str:
        """The SMTP server; empty: no email."""
        ...

    @property
    def owner(self) -> str:
        """Email address of the first owner."""
        ...
