"""`tocsin.absent`: of two rules, one matched and the other did not follow it, or did not come before it."""

from typing import Final

from tocsin.kernel.issues import Issue
from tocsin.rules import issues
from tocsin.rules.correlations import Correlation
from tocsin.rules.documents import Document
from tocsin.rules.durations import read_timespan
from tocsin.rules.model import Absence, CorrelationType

_KEYS: Final = ("within",)
_PLACE: Final = ("tocsin", "absent")
_MEND: Final = "write 'type: temporal_ordered', two rules, and a condition such as 'a and not b'"


def read_absent(document: Document, correlation: Correlation | None) -> tuple[Absence | None, list[Issue]]:
    """Read the section of a correlation; None where there is none or it is wrong.

    The rule after `not` is the one that is missing. The order of `rules` is the order in which they should come.
    """
    tocsin = document.data.get("tocsin")
    if not isinstance(tocsin, dict) or "absent" not in tocsin:
        return None, []
    section = tocsin["absent"]
    if not isinstance(section, dict):
        wanted = "a mapping, such as {within: 10m}"
        return None, [issues.wrong_type(document.at(*_PLACE), "absent", section, wanted)]
    found = [
        issues.unknown_key(document.at_key(*_PLACE, str(key)), str(key), "absent", _KEYS)
        for key in section
        if key not in _KEYS
    ]
    within_us, more = _read_within(document, section)
    found += more
    found += [] if correlation is None else _check_correlation(document, correlation)
    if found or within_us is None or correlation is None:
        return None, found
    missing = correlation.condition.presences[0].absent[0]
    return Absence(within_us, is_before=missing == correlation.references[0][0]), []


def _read_within(document: Document, section: dict[object, object]) -> tuple[int | None, list[Issue]]:
    if "within" not in section:
        mend = "say how long the other one has time, such as 'within: 10m'"
        return None, [issues.missing_key(document.at_key(*_PLACE), "within", mend)]
    return read_timespan(document, *_PLACE, "within")


def _check_correlation(document: Document, correlation: Correlation) -> list[Issue]:
    """One rule that is there and one that is not, in the order in which they should come."""
    presences = correlation.condition.presences
    is_pair = len(presences) == 1 and len(presences[0].present) == 1 and len(presences[0].absent) == 1
    if correlation.type is CorrelationType.TEMPORAL_ORDERED and len(correlation.references) == 2 and is_pair:
        return []
    problem = "'absent' is about two rules in order, of which one is missing"
    return [Issue("absent-without-order", problem, document.at_key(*_PLACE), _MEND)]
