"""Case: what it means that two texts are equal without it.

Each character is taken on its own to its upper and then to its lower case, by Unicode's simple
mappings. So `ς` and `σ`, `K` (Kelvin) and `k`, `ſ` and `s` are one letter, as they are to RE2's
`(?i)`, and no text changes its number of characters. Accents are letters of their own.
"""

from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc


def fold(texts: pa.Array) -> pa.Array:
    """Fold every text of a string array; nulls stay null."""
    lowered = pc.utf8_lower(texts)
    # Only a text beyond ASCII can gain from the detour over upper case, and they are few.
    if pc.all(pc.string_is_ascii(lowered)).as_py() is False:
        return pc.utf8_lower(pc.utf8_upper(texts))
    return lowered


@lru_cache(maxsize=65_536)
def fold_text(text: str) -> str:
    """Fold one text, exactly as `fold` does."""
    if text.isascii():
        return text.lower()
    folded: str = fold(pa.array([text], pa.string()))[0].as_py()
    return folded
