"""Log content is written by attackers: here it becomes text that shows what it is and does nothing."""

import unicodedata

ELLIPSIS = "…"
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Categories that are not seen or that change how their neighbours are seen: controls and ANSI's
escape, bidirectional marks and zero-width characters, lone surrogates, line separators."""


def visible(text: str, limit: int) -> str:
    r"""One line in which every character can be seen: a line feed becomes ``\n``, an escape ``\x1b``.

    Shape: at most ``limit`` characters, the last one ``…`` where something was cut.
    """
    shown = "".join(_seen(character) for character in text[: limit + 1])
    return cut(shown, limit)


def visible_lines(text: str, limit: int) -> str:
    """As `visible`, but lines stay lines: for texts that people wrote."""
    lines = text[: limit + 1].expandtabs(4).splitlines()
    return cut("\n".join(visible(line, limit) for line in lines).strip(), limit)


def cut(text: str, limit: int) -> str:
    """``text``, or its beginning and ``…``: at most ``limit`` characters."""
    return text if len(text) <= limit else text[: limit - 1] + ELLIPSIS


def _seen(character: str) -> str:
    if character.isprintable() or unicodedata.category(character) not in _UNSEEN:
        return character
    return character.encode("unicode_escape").decode("ascii")
