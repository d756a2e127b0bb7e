"""Where a text differs from another one, word by word: for people who look at variants side by side."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

MAX_CHARACTERS: Final = 500
_WORDS: Final = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a text, and whether the other one has something else in its place."""

    text: str
    is_different: bool


def find_differences(base: str, text: str) -> tuple[Part, ...]:
    """``text``, its first `MAX_CHARACTERS`, in pieces: those that ``base`` has as well and those that it has not.

    A word that only looks the same, in letters of another script, is different.
    """
    theirs, ours = (_WORDS.findall(each[:MAX_CHARACTERS]) for each in (base, text))
    parts: list[Part] = []
    for kind, _, _, start, stop in SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes():
        if start < stop:
            parts.append(Part("".join(ours[start:stop]), kind != "equal"))
    return tuple(parts)
