"""Slack, and what speaks its incoming webhooks.

`parse` and `Config` read a channel, `deliver` sends; `blocks` writes the message in Block Kit.
"""

from tocsin.notifiers.slack.config import Config, parse
from tocsin.notifiers.slack.deliver import deliver

__all__ = ["Config", "deliver", "parse"]
