"""Webhooks: a signed JSON POST.

`parse` and `Config` read a channel, `deliver` sends; `body` is the JSON, `signature` signs and verifies.
"""

from tocsin.notifiers.webhook.config import Config, parse
from tocsin.notifiers.webhook.deliver import deliver
from tocsin.notifiers.webhook.signature import verify

__all__ = ["Config", "deliver", "parse", "verify"]
