"""A first rule made of one event: its telling fields as the selection, the event itself as the first test."""

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any, Final

import yaml

from tocsin.kernel.logsource import LogSource

MAX_FIELDS: Final = 8
"""Fields of a selection that are chosen by themselves; more would match nothing but this event."""
MAX_VALUE: Final = 200
"""Characters of a value that is still worth comparing as a whole."""
MAX_TEST_VALUE: Final = 2_000
_PARTS: Final = ("product", "category", "service")
_NAME: Final = re.compile(r"[\w.@:/ -]{1,200}")
"""Names that Sigma can write: a `|` would begin a modifier."""
_UNTELLING: Final = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-.*|(?:[\w-]+=)?[0-9a-f]{16,}|\d{4}-\d\d-\d\d.*|[-+]?\d[\d.:,]{3,}|\{.*|\[.*|\s*",
    re.I | re.S,
)
"""Ids, hashes, moments, large numbers and what is no plain text: they are seldom twice the same."""


def draft_from_event(
    event: Mapping[str, str],
    logsource: LogSource,
    rule_id: str,
    today: date,
    *,
    fields: Collection[str] | None = None,
    source: str = "",
) -> str:
    """The text of a Sigma rule that matches ``event``, for a person to go on with.

    Args:
        event: field → text, as the store has it.
        logsource: what its source says of itself; what that leaves open is taken from the event.
        fields: those to select by; None: the first few that look as if they could be the same in another event.
    """
    chosen = [name for name in (event if fields is None else fields) if _is_writable(event, name)]
    if fields is None:
        telling = [name for name in chosen if name not in _PARTS and not _UNTELLING.fullmatch(event[name])]
        chosen = (telling or chosen)[:MAX_FIELDS]
    document = {
        "title": f"New rule from an event of {source}" if source else "New rule from an event",
        "id": rule_id,
        "status": "experimental",
        "description": "Say what this means, and what a person should do when it rings.",
        "date": today.isoformat(),
        "logsource": _logsource(event, logsource) or {"product": source or "any"},
        "detection": {
            "selection": {name: escape_value(event[name]) for name in chosen},
            "condition": "selection",
        },
        "level": "medium",
        "tocsin": {"tests": [{"events": [dict(_test_event(event, chosen))], "alerts": 1}]},
    }
    return _dump(document)


def escape_value(text: str) -> str:
    r"""``text`` as Sigma writes it so that it means itself: `*`, `?` and a backslash before them are escaped."""
    return re.sub(r"[*?]|\\(?=[\\*?])", r"\\\g<0>", text)


def _is_writable(event: Mapping[str, str], name: str) -> bool:
    value = event.get(name)
    return value is not None and len(value) <= MAX_VALUE and _NAME.fullmatch(name) is not None and _is_printable(value)


def _is_printable(text: str) -> bool:
    """Whether YAML can hold it, and a person see it."""
    return bool(text) and all(character.isprintable() for character in text)


def _logsource(event: Mapping[str, str], logsource: LogSource) -> dict[str, str]:
    said = {part: getattr(logsource, part) or event.get(part) for part in _PARTS}
    return {part: value for part, value in said.items() if value and _is_printable(value) and len(value) <= MAX_VALUE}


def _test_event(event: Mapping[str, str], chosen: Collection[str]) -> Iterator[tuple[str, str]]:
    """The event, without what is too long for a rule's text or cannot be written in it."""
    for name, value in event.items():
        if name in chosen or (len(value) <= MAX_TEST_VALUE and _is_printable(name) and _is_printable(value)):
            yield name, value


def _dump(document: Mapping[str, Any]) -> str:
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110, indent=2)
