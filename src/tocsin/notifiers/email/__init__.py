"""Email: one message with a text and an HTML body; the updates of an alert answer its first mail.

`parse` and `Config` read a channel, `deliver` sends; `body` writes the two bodies.
"""

from tocsin.notifiers.email.config import Config, parse
from tocsin.notifiers.email.deliver import deliver

__all__ = ["Config", "deliver", "parse"]
