"""Whether a regular expression can be used: by pySigma, which compiles it with Python, and by the engine, with RE2.

RE2 matches in time linear in the text's length, so that no event can stall the detector; the price is
that it has neither look-around nor back-references.
"""

import re
import warnings
from typing import Final

import re2

MAX_LENGTH: Final = 8_192
_SYNTAX: Final = "write it as RE2 does, see https://github.com/google/re2/wiki/Syntax"
_LOOKAROUND: Final = "RE2 has no look-around; write what stands around it as a selection of its own"
_MENDS: Final = {
    "(?=": _LOOKAROUND,
    "(?!": _LOOKAROUND,
    "(?<=": _LOOKAROUND,
    "(?<!": _LOOKAROUND,
    "(?>": "write (?:…), as RE2 has no atomic groups",
}


def check_regex(expression: str) -> tuple[str, str] | None:
    """What is wrong with ``expression`` and how to mend it; None if it can be used."""
    if len(expression) > MAX_LENGTH:
        return f"it is longer than {MAX_LENGTH} characters", "split it into several"
    return _check_with_python(expression) or _check_with_re2(expression)


def _check_with_python(expression: str) -> tuple[str, str] | None:
    mend = "mend the expression, and put it in single quotes"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            re.compile(expression)
    except re.error as error:
        return (error.msg if error.pos is None else f"{error.msg} at character {error.pos + 1}"), mend
    except (OverflowError, RecursionError):
        return "it repeats or nests too much", mend
    return None


def _check_with_re2(expression: str) -> tuple[str, str] | None:
    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(expression, options=options)
    except re2.error as error:
        (reason,) = error.args
        problem = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        return problem, _MENDS.get(problem.rpartition(": ")[2], _SYNTAX)
    return None
