"""Channels: each with its target, without its secrets."""

from dataclasses import dataclass

from tocsin.apps.notify.channels import ChannelSummary, summarize
from tocsin.apps.notify.models import Channel


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """A channel and what may be told of it."""

    pk: int
    summary: ChannelSummary


def read_channels() -> tuple[ChannelRow, ...]:
    """Every channel by name. Cost: one query, and one a channel."""
    return tuple(ChannelRow(each.pk, summarize(each)) for each in Channel.objects.order_by("name"))
