"""What changed from one text to another, line by line, for people."""

from dataclasses import dataclass
from difflib import unified_diff
from typing import Final

MAX_LINES: Final = 3_000
"""Of a text that is compared: comparing takes time that grows with its square."""


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line: ``kind`` is `add`, `drop`, `same` or `gap`, where lines that are the same were left out."""

    kind: str
    text: str


_KINDS: Final = {"+": "add", "-": "drop", " ": "same", "@": "gap"}


def diff(before: str, after: str) -> tuple[DiffLine, ...]:
    """The lines that changed, with three around each; nothing where none did."""
    old, new = before.splitlines()[:MAX_LINES], after.splitlines()[:MAX_LINES]
    lines = list(unified_diff(old, new, lineterm=""))[2:]
    return tuple(DiffLine(_KINDS[line[0]], "" if line[0] == "@" else line[1:]) for line in lines if line[:1] in _KINDS)
