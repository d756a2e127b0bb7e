"""Case: what it means that two texts are equal without it.

Each character is taken on its own to its upper and then to its lower case, by Unicode's simple
mappings. So `ς` and `σ`, `K` (Kelvin) and `k`, `ſ` and `s` are one letter, as they are to RE2's
`(?i)`, and no text changes its number of characters. Accents are letters of their own.
"""

from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def fold(texts: pa.Array) -> pa.Array:
    """Fold every text of a string array; nulls stay null."""
    if _is_ascii(texts):
        return pc.ascii_lower(texts)
    return pc.utf8_lower(pc.utf8_upper(texts))


def _is_ascii(texts: pa.Array) -> bool:
    """Whether all of ``texts`` are ASCII, seen from the bytes that they lie in."""
    data = texts.buffers()[2]
    offsets = np.frombuffer(texts.buffers()[1] or bytes(4), np.int32)[texts.offset : texts.offset + len(texts) + 1]
    if data is None or not len(offsets):
        return True
    return bool(np.frombuffer(data, np.uint8)[offsets[0] : offsets[-1]].max(initial=0) < 128)


@lru_cache(maxsize=65_536)
def fold_text(text: str) -> str:
    """Fold one text, exactly as `fold` does."""
    return text.lower() if text.isascii() else "".join(map(_fold_character, text))


@lru_cache(maxsize=65_536)
def _fold_character(character: str) -> str:
    """A rule's text is folded by its characters: each is asked of Arrow once, which costs as much as a whole text."""
    folded: str = fold(pa.array([character], pa.string()))[0].as_py()
    return folded
