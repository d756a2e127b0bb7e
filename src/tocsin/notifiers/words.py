"""Messages in words. What comes out of here is one visible line each, or lines; markup is the notifier's job."""

from datetime import UTC, datetime, timedelta

from tocsin.notifiers.differences import find_differences
from tocsin.notifiers.message import Message, Occasion, Sample
from tocsin.notifiers.text import cut, visible, visible_lines

MAX_SAMPLES = 5
MAX_VARIANTS = 5
_NAME = 80
_VALUE = 200
_SUBJECT = 160
_GROUP = 6
_BEGINNINGS = {Occasion.UPDATE: "now ", Occasion.AGAIN: "again: "}


def subject(message: Message) -> str:
    """The line that is read on a phone at 3 a.m.: level, how many, who, what."""
    if message.occasion is Occasion.TEST:
        return f"[TEST] {title(message)}"
    label = f"[{level(message).upper()}]"
    if message.occasion is Occasion.UNDELIVERED:
        return f"{label} {title(message)}"
    return cut(f"{label} {summary(message)} — {title(message)}", _SUBJECT)


def title(message: Message) -> str:
    """What happened, in one line."""
    return visible(message.title, 90)


def level(message: Message) -> str:
    """How urgent it is."""
    return visible(message.level, 15)


def summary(message: Message) -> str:
    """How many and who; for a message about a channel, what kind of message it is."""
    if message.occasion is Occasion.TEST:
        return "A test message; nothing has happened"
    if message.occasion is Occasion.UNDELIVERED:
        return "People were not told; they are told here instead"
    told = ", ".join(part for part in (how_many(message), _who(message)) if part)
    return _BEGINNINGS.get(message.occasion, "") + told


def how_many(message: Message) -> str:
    """``12 events``, ``45 distinct user.name``."""
    if message.count_of:
        return f"{message.count:,} distinct {visible(message.count_of, _NAME)}"
    return _events(message.count)


def how_often(message: Message) -> str:
    """`how_many`, and for distinct values the number of events that carried them."""
    return f"{how_many(message)} in {_events(message.events)}" if message.count_of else how_many(message)


def facts(message: Message) -> list[tuple[str, str]]:
    """Who and where, how often, since when: (label, value) to show as a table."""
    shown = [(visible(field, _NAME), visible(value, _VALUE)) for field, value in message.group[:_GROUP]]
    if message.source:
        shown.append(("Source", visible(message.source, _VALUE)))
    if message.occasion not in (Occasion.TEST, Occasion.UNDELIVERED):
        shown.append(("How often", how_often(message)))
        if message.normal:
            shown.append(("Normal", visible(message.normal, _VALUE)))
    if message.occasion is not Occasion.TEST:
        shown.append(("Since", f"{moment(message.first_at)} ({ago(message.at - message.first_at)})"))
        shown.append(("Last", moment(message.last_at)))
    return shown


def passages(message: Message) -> list[tuple[str, str]]:
    """The rule's own words: (heading, lines), the empty ones left out."""
    written = (
        ("What happened", visible_lines(message.description, 2_000)),
        ("What to do next", visible_lines(message.next_steps, 2_000)),
        ("It can be harmless", "\n".join(f"– {visible(each, 300)}" for each in message.falsepositives[:10])),
    )
    return [(heading, lines) for heading, lines in written if lines]


def samples(message: Message, limit: int) -> list[str]:
    """The first sample events, one line each of at most ``limit`` characters after its time.

    A line of a log is told as it came; of JSON, which is for machines, its fields.
    """
    return [_sample(each, limit) for each in message.samples[:MAX_SAMPLES]]


def variants(message: Message, limit: int) -> list[str]:
    """The most frequent wordings, a line each: how often, who, and what; ‹what differs› from the first one."""
    shown = []
    for each in message.variants[:MAX_VARIANTS]:
        parts = find_differences(message.variants[0].text, each.text)
        said = "".join(f"‹{part.text}›" if part.is_different and part.text.strip() else part.text for part in parts)
        shown.append(f"{each.count:,} × {visible(each.who, 60)}: {visible(said, limit)}")
    return shown


def links(message: Message) -> list[str]:
    """The rule's references that are web addresses, safe to make clickable."""
    return [visible(each, 500) for each in message.references[:10] if each.startswith(("https://", "http://"))]


def origin(message: Message) -> str:
    """Which rule rang: its id and tags."""
    named = [message.rule_id, *message.tags[:10]]
    return " · ".join(visible(each, _NAME) for each in named if each)


def moment(at: datetime) -> str:
    """``2026-01-31T02:14:07Z``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ago(age: timedelta) -> str:
    """``12 min ago``; two units at most, as ``3 h 20 min ago``."""
    seconds = int(age.total_seconds())
    if seconds < 60:
        return "just now" if seconds > -60 else "ahead of the clock"
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86_400
    if days:
        return f"{days} d {hours % 24} h ago" if hours % 24 else f"{days} d ago"
    if hours:
        return f"{hours} h {minutes % 60} min ago" if minutes % 60 else f"{hours} h ago"
    return f"{minutes} min ago"


def _events(count: int) -> str:
    return "1 event" if count == 1 else f"{count:,} events"


def _who(message: Message) -> str:
    return cut(", ".join(visible(value, 60) for _, value in message.group if value), _NAME)


def _sample(sample: Sample, limit: int) -> str:
    is_json = sample.raw.lstrip().startswith("{")
    fields = " ".join(f"{name}={value}" for name, value in sample.fields)
    body = fields or sample.raw if is_json or not sample.raw else sample.raw
    when = f"{moment(sample.at)}  " if sample.at else ""
    return when + visible(body, limit)
