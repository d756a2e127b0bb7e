"""Literals: texts that a value must contain for a pattern to hold, so that few values need the pattern itself."""

import re
import warnings
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

MAX_LITERALS = 64
"""Alternatives of one pattern; more would cost the automaton more than they save."""

_Node = tuple[object, Any]
_WILDCARDS = re.compile(r"\\([*?\\])|([*?])", re.DOTALL)


def split_like(pattern: str) -> list[str]:
    r"""Split a LIKE pattern into literal texts and wildcards.

    Shape: out literals at even places (maybe empty), `*` or `?` at odd places.
    A backslash before `*`, `?` or a backslash takes its meaning away; any other stands for itself.
    """
    parts, start = [""], 0
    for found in _WILDCARDS.finditer(pattern):
        parts[-1] += pattern[start : found.start()] + (found[1] or "")
        start = found.end()
        if found[2]:
            parts += [found[2], ""]
    parts[-1] += pattern[start:]
    return parts


def like_to_regex(pattern: str) -> str:
    """The RE2 expression that a whole text must fulfil to be like ``pattern``."""
    wildcards = {"*": ".*", "?": "."}
    parts = split_like(pattern)
    body = (wildcards[part] if place % 2 else re.escape(part) for place, part in enumerate(parts))
    return rf"(?s)\A{''.join(body)}\z"


def regex_literals(expression: str) -> tuple[str, ...]:
    """ASCII texts of which every value that ``expression`` finds contains one, without regard to case.

    Shape: out the alternatives; empty where none could be had safely.
    """
    if "[:" in expression:  # [[:alpha:]] is a class to RE2, and something else to the parser used here
        return ()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = _parse(expression)
    except (re.error, OverflowError, RecursionError):
        return ()
    return _best(tree)


@lru_cache(maxsize=4_096)
def least_length(expression: str) -> int:
    """A number of characters below which no value can be found by ``expression``; 0 where that is not known."""
    if "[:" in expression:
        return 0
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return int(_parse(expression).getwidth()[0])  # type: ignore[attr-defined]
    except (re.error, OverflowError, RecursionError):
        return 0


def _parse(expression: str) -> Iterable[_Node]:
    # Python's own parser has no public name; whatever it does not know as RE2 does is refused above.
    tree: Iterable[_Node] = re._parser.parse(expression)  # type: ignore[attr-defined]
    return tree


def _best(tree: Iterable[_Node]) -> tuple[str, ...]:
    """The alternatives, of all that one sequence of nodes requires, whose shortest is longest."""
    candidates: list[tuple[str, ...]] = []
    run = ""
    for node in tree:
        name, argument = str(node[0]), node[1]
        if name == "LITERAL" and argument < 128:
            run += chr(argument).lower()
            continue
        candidates += [(run,), _inside(node)]
        run = ""
    candidates.append((run,))
    return max((found for found in candidates if found and all(found)), key=_worth, default=())


def _worth(literals: tuple[str, ...]) -> tuple[int, int]:
    return min(map(len, literals)), -len(literals)


def _inside(node: _Node) -> tuple[str, ...]:
    """What a group, a repetition or an alternation requires."""
    name, argument = str(node[0]), node[1]
    if name == "SUBPATTERN":
        return _best(argument[-1])
    if name in {"MAX_REPEAT", "MIN_REPEAT"} and argument[0] >= 1:
        return _best(argument[2])
    if name == "BRANCH":
        branches = [_best(branch) for branch in argument[1]]
        literals = tuple(dict.fromkeys(literal for branch in branches for literal in branch))
        return literals if all(branches) and len(literals) <= MAX_LITERALS else ()
    return ()
