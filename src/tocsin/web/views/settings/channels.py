"""Channels: whom Tocsin tells, and by which way."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from tocsin.apps.accounts.roles import Action
from tocsin.apps.notify import channels as work
from tocsin.apps.notify.models import Channel
from tocsin.kernel.errors import ConfigError, DeliveryError
from tocsin.kernel.ids import new_secret
from tocsin.rules.model import Level
from tocsin.web.access import needs
from tocsin.web.asked import storable
from tocsin.web.pages import render_page
from tocsin.web.reads.channels import read_channels

_FRESH_SECRET = "tocsin_fresh_secret"  # noqa: S105 - a name


@needs(Action.SEE)
@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    """List the channels; the secret of one that was just made is shown this once."""
    fresh = request.session.pop(_FRESH_SECRET, None)
    return render_page(
        request, "settings-channels", title="Channels", rows=read_channels(), fresh=fresh, levels=list(Level)
    )


@needs(Action.MANAGE_CHANNELS)
@require_POST
@sensitive_variables()
def add(request: HttpRequest) -> HttpResponse:
    """Add a channel."""
    asked = {key: storable(str(value)).strip() for key, value in request.POST.items()}
    name, kind = asked.get("name", ""), asked.get("kind", "")
    config = _config(kind, asked.get("to", ""))
    try:
        work.add_channel(name, kind, config, asked.get("level", ""))
    except ConfigError as error:
        messages.error(request, f"Nothing was added: {error}")
        return redirect("settings-channels")
    if "secret" in config:
        request.session[_FRESH_SECRET] = {"name": name, "secret": config["secret"]}
    messages.success(request, f"Added the channel '{name}'. Try it now, before it is needed.")
    return redirect("settings-channels")


@needs(Action.MANAGE_CHANNELS)
@require_POST
def try_one(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Send a test message, and say what the other side answered."""
    channel = get_object_or_404(Channel, pk=channel_id)
    try:
        said = work.try_channel(channel.name, settings.TOCSIN_OPTIONS)
    except (ConfigError, DeliveryError) as error:
        messages.error(request, f"Not delivered: {error}")
    else:
        messages.success(request, f"Delivered to '{channel.name}': {said}")
    return redirect("settings-channels")


@needs(Action.MANAGE_CHANNELS)
@require_POST
def switch(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Switch a channel off, or on again."""
    channel = get_object_or_404(Channel, pk=channel_id)
    is_enabled = request.POST.get("enabled") == "yes"
    work.switch_channel(channel.name, is_enabled=is_enabled)
    messages.success(request, f"The channel '{channel.name}' is {'on' if is_enabled else 'off'}.")
    return redirect("settings-channels")


@needs(Action.MANAGE_CHANNELS)
@require_POST
def remove(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Remove a channel, and with it the record of its deliveries."""
    channel = get_object_or_404(Channel, pk=channel_id)
    work.remove_channel(channel.name)
    messages.success(request, f"Removed the channel '{channel.name}'.")
    return redirect("settings-channels")


def _config(kind: str, to: str) -> dict[str, Any]:
    """What the one line of the form means to a notifier of this kind."""
    if kind == "email":
        return {"to": [each.strip() for each in to.split(",") if each.strip()]}
    if kind == "webhook":
        return {"url": to, "secret": new_secret("tcs_hook")}
    return {"url": to}
