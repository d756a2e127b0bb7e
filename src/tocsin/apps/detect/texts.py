"""Text from outside as a database may hold it."""

from typing import Final

MAX_CHARACTERS: Final = 4_000


def storable(text: str, characters: int = MAX_CHARACTERS) -> str:
    """``text`` without NUL, which PostgreSQL refuses; a longer one is cut, with an ellipsis as its last character."""
    text = text.replace("\x00", "\ufffd")
    return text if len(text) <= characters else text[: characters - 1] + "…"
