"""A message in Slack's Block Kit. Log content stands in code, escaped: it names, links and calls nobody.

Source: Slack's documentation of blocks (limits of text and number) and of escaping (``&``, ``<``, ``>``).
"""

import re
from typing import Any

from tocsin.notifiers import words
from tocsin.notifiers.message import Message

_HEADER = 150
_SECTION = 2_900
_FIELDS = 10
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_COLOURS = {"critical": "🔴", "high": "🟠", "medium": "🟡", "low": "🔵", "informational": "⚪"}

Block = dict[str, Any]


def write(message: Message) -> list[Block]:
    """The blocks that tell ``message``; the first one's id is the idempotency key."""
    mark = _COLOURS.get(message.level, "⚪")
    header = {"type": "plain_text", "text": escape(f"{mark} {words.subject(message)}", _HEADER), "emoji": False}
    told: list[Block] = [{"type": "header", "block_id": message.idempotency_key[:255], "text": header}]
    if shown := words.facts(message)[:_FIELDS]:
        told.append({"type": "section", "fields": [_mrkdwn(f"*{escape(a, 200)}*\n{_code(b)}") for a, b in shown]})
    told += [_section(f"*{heading}*\n{escape(lines, _SECTION - 50)}") for heading, lines in words.passages(message)]
    if said := words.variants(message, 400):
        told.append(_section(f"*What they say*\n{_fence(said)}"))
    if events := words.samples(message, 400):
        told.append(_section(f"*Sample events*\n{_fence(events)}"))
    told.append(_section(f"<{escape(message.url, 1000).replace('|', '%7C')}|Open in Tocsin>"))
    if origin := words.origin(message):
        told.append({"type": "context", "elements": [_plain(origin)]})
    return told


def escape(text: str, limit: int) -> str:
    """``text`` with Slack's three special characters as entities, at most ``limit`` characters of it all.

    An entity is never cut in two.
    """
    parts: list[str] = []
    length = 0
    for character in text:
        part = _ENTITIES.get(character, character)
        length += len(part)
        if length > limit - 1:
            return "".join(parts) + "…"
        parts.append(part)
    return "".join(parts)


def _code(value: str) -> str:
    """A value as inline code; a backtick in it, which would end the code, becomes its look-alike."""
    return f"`{escape(value.replace('`', 'ˋ'), 500)}`" if value else "–"


def _fence(lines: list[str]) -> str:
    """Lines as a code block, which no run of backticks in them can end."""
    text = re.sub("`(?=`)", "`\u200b", "\n".join(lines))
    return f"```\n{escape(text, _SECTION - 100)}\n```"


def _section(text: str) -> Block:
    return {"type": "section", "text": _mrkdwn(text)}


def _mrkdwn(text: str) -> Block:
    """Text in which only our own marks are marks: ``verbatim`` keeps Slack from finding names and links."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def _plain(text: str) -> Block:
    return {"type": "plain_text", "text": escape(text, 1_000), "emoji": False}
