"""How the console writes moments, levels, states, charts, and text from outside."""

import json
from datetime import datetime, timedelta
from typing import Final

from django import template
from django.template import RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString

from tocsin.kernel.clock import now
from tocsin.notifiers import text
from tocsin.rules.model import Level
from tocsin.web.reads.alert import EPISODE_WIDTH, Episode

register = template.Library()

_UNITS: Final = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_OLD: Final = timedelta(days=30)
MAX_ENTITY: Final = 600
CHART_HEIGHT: Final = 24
_BAR_WIDTH: Final = 2


@register.filter
def visible(value: object, limit: int = 200) -> str:
    """Text from outside with its unseen characters shown, cut after ``limit`` characters."""
    return text.visible(_plain(value), limit)


@register.filter
def visible_lines(value: object, limit: int = 4_000) -> str:
    """As `visible`, but lines stay lines."""
    return text.visible_lines(_plain(value), limit)


@register.filter
def as_entity(value: object) -> str:
    """A value of a group as `AlertEntity` has it."""
    return _plain(value)[:MAX_ENTITY]


@register.filter
def is_web(value: object) -> bool:
    """Whether a reference may be a link: an address of the web, and no `javascript:`."""
    return str(value).startswith(("https://", "http://"))


@register.filter
def as_json(value: object) -> str:
    """``value`` as JSON, for an attribute that a script reads; the template escapes it."""
    return json.dumps(value)


def _plain(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return "" if value is None else str(value)


@register.simple_tag
def when(moment: datetime | None, absent: str = "never") -> SafeString:
    """A moment, relative to now, with the exact one in `datetime` and in the tooltip."""
    if moment is None:
        return format_html('<span class="absent">{}</span>', absent)
    return format_html(
        '<time datetime="{}" title="{}" data-relative>{}</time>',
        moment.isoformat(timespec="seconds").replace("+00:00", "Z"),
        exact(moment),
        relative(moment, now()),
    )


@register.filter
def exact(moment: datetime) -> str:
    """A moment to the second, in UTC."""
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"


def relative(moment: datetime, at: datetime) -> str:
    """How long ``moment`` lies from ``at``; its date where that is more than a month. `console.js` goes on with it."""
    distance = abs(at - moment)
    if distance > _OLD:
        return f"{moment:%Y-%m-%d}"
    seconds = int(distance.total_seconds())
    size_s, unit = next((each for each in _UNITS if seconds >= each[0]), _UNITS[-1])
    length = f"{seconds // size_s} {unit}"
    return f"in {length}" if moment > at else f"{length} ago"


@register.simple_tag(takes_context=True)
def without(context: RequestContext, name: str) -> str:
    """The address of this page without the parameter ``name``, from its first page on."""
    query = context["request"].GET.copy()
    for each in (name, "after"):
        query.pop(each, None)
    return f"{context['request'].path}?{query.urlencode()}" if query else str(context["request"].path)


@register.simple_tag
def level(name: str) -> SafeString:
    """A level's badge: its word, and as many bars as it is urgent, so that colour says nothing alone."""
    rank = Level(name).rank if name in list(Level) else 0
    return format_html(
        '<span class="level level-{0}"><svg class="bars bars-{1}" viewBox="0 0 16 12" aria-hidden="true">'
        '<path d="M1 9h2v3h-2z"/><path d="M5 6h2v6h-2z"/><path d="M9 3h2v9h-2z"/><path d="M13 0h2v12h-2z"/>'
        "</svg>{0}</span>",
        name,
        rank,
    )


@register.simple_tag
def state(name: str) -> SafeString:
    """A state's badge: its word, and a ring that is empty, half or full."""
    return format_html('<span class="state state-{0}"><span class="ring"></span>{0}</span>', name)


@register.simple_tag
def episode(shown: Episode) -> SafeString:
    """An episode as a line: a tick a sample, and a ring where it rang."""
    ticks = "".join(f"M{place} 6v12" for place in sorted(set(shown.samples)))
    return format_html(
        '<svg class="episode" viewBox="-10 0 {} 24" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path class="line" d="M0 12h{}"/><path class="ticks" d="{}"/><path class="rang" d="M{} 0v24"/></svg>',
        EPISODE_WIDTH + 20,
        f"{shown.words}; {len(shown.samples)} samples",
        EPISODE_WIDTH,
        ticks or "M0 12",
        shown.opened,
    )


@register.simple_tag
def chart(counts: tuple[int, ...]) -> SafeString:
    """Counts as bars of an SVG. A count above nothing is at least one unit high: rare is not never."""
    peak = max(counts, default=0)
    bars = "".join(_bar(place, _height(count, peak)) for place, count in enumerate(counts) if count)
    return format_html(
        '<svg class="chart" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path d="{}"/></svg>',
        len(counts) * _BAR_WIDTH,
        CHART_HEIGHT,
        f"the last {len(counts)} minutes, at most {peak:,} a minute",
        bars or f"M0 {CHART_HEIGHT}",
    )


def _height(count: int, peak: int) -> int:
    return max(1, round(count / peak * CHART_HEIGHT))


def _bar(place: int, height: int) -> str:
    return f"M{place * _BAR_WIDTH} {CHART_HEIGHT}v-{height}h{_BAR_WIDTH - 0.5}v{height}z"
